use std::ops::Deref;

use cap_std::fs::Dir;

use crate::effect::Failure;

/// The directory that holds the last part of a path, and that part's name.
///
/// A single normal component cannot leave a directory, so what cap-std does not
/// offer (FIFOs, owners) is done with it on the directory's own descriptor.
pub(super) struct Parent<'a> {
    directory: Holder<'a>,
    pub(super) name: &'a str,
}

enum Holder<'a> {
    Given(&'a Dir),
    Opened(Dir),
}

impl<'a> Parent<'a> {
    pub(super) fn of(directory: &'a Dir, path: &'a str) -> Result<Self, Failure> {
        let (folder, name) = match path.rsplit_once('/') {
            Some((folder, name)) => (Some(folder), name),
            None => (None, path),
        };
        if name.is_empty() || name == "." || name == ".." || name.contains('\0') {
            return Err(Failure::Escapes);
        }
        let directory = match folder {
            // The path is absolute.
            Some("") => return Err(Failure::Escapes),
            Some(folder) => Holder::Opened(directory.open_dir(folder)?),
            None => Holder::Given(directory),
        };
        Ok(Self { directory, name })
    }

    /// The directory, to keep.
    pub(super) fn into_directory(self) -> Result<Dir, Failure> {
        match self.directory {
            Holder::Given(directory) => Ok(directory.try_clone()?),
            Holder::Opened(directory) => Ok(directory),
        }
    }
}

impl Deref for Parent<'_> {
    type Target = Dir;

    fn deref(&self) -> &Dir {
        match &self.directory {
            Holder::Given(directory) => directory,
            Holder::Opened(directory) => directory,
        }
    }
}
