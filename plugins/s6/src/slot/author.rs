use hermes_backend_sdk::files::{self, Directory};
use hermes_backend_sdk::types::Error;

use super::stock::Stock;
use crate::failure::{absent_is_fine, failed};

/// The account that s6-svscan runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// Writes the files of one slot.
pub(crate) struct Author<'a> {
    /// The slot.
    directory: &'a Directory,
    /// For messages only.
    slot: &'a str,
    /// Whom the files are given to, where that is not the writer.
    owner: Option<Owner>,
    stock: Option<&'a Stock<'a>>,
}

impl<'a> Author<'a> {
    pub(crate) fn new(directory: &'a Directory, slot: &'a str, owner: Option<Owner>) -> Self {
        Self {
            directory,
            slot,
            owner,
            stock: None,
        }
    }

    /// Files that it need not write.
    pub(super) fn with_stock(self, stock: Option<&'a Stock<'a>>) -> Self {
        Self { stock, ..self }
    }

    /// A new file that nobody looks at yet.
    pub(crate) fn create(&self, path: &str, contents: &str, mode: u32) -> Result<(), Error> {
        if self
            .stock
            .is_some_and(|stock| stock.link(path, self.directory))
        {
            return Ok(());
        }
        self.directory
            .create_file(path, contents.as_bytes(), mode)
            .map_err(|error| self.failed("write", path, &error))?;
        self.hand_over(path)
    }

    /// A file whose readers see the old contents or the new ones.
    pub(crate) fn replace(&self, path: &str, contents: &str, mode: u32) -> Result<(), Error> {
        self.directory
            .write(path, contents.as_bytes(), mode)
            .map_err(|error| self.failed("write", path, &error))?;
        self.hand_over(path)
    }

    /// A directory; `false` where it is there already.
    pub(crate) fn directory(&self, path: &str, mode: u32) -> Result<bool, Error> {
        match self.directory.create_directory(path, mode) {
            Ok(()) => self.hand_over(path).map(|()| true),
            Err(files::Error::AlreadyExists) => Ok(false),
            Err(error) => Err(self.failed("create", path, &error)),
        }
    }

    /// A second name for a file.
    pub(crate) fn link(&self, path: &str, new_path: &str) -> Result<(), Error> {
        match self.directory.create_link(path, new_path, None) {
            // Another command brings the slot up to date as well.
            Ok(()) | Err(files::Error::AlreadyExists) => Ok(()),
            Err(error) => Err(self.failed("link", new_path, &error)),
        }
    }

    /// A file that need not be there.
    pub(crate) fn remove(&self, path: &str) -> Result<(), Error> {
        absent_is_fine(self.directory.remove(path))
            .map_err(|error| self.failed("remove", path, &error))
    }

    fn hand_over(&self, path: &str) -> Result<(), Error> {
        let Some(owner) = self.owner else {
            return Ok(());
        };
        self.directory
            .set_owner(path, owner.uid, owner.gid)
            .map_err(|error| self.failed("hand over", path, &error))
    }

    fn failed(&self, what: &str, path: &str, error: &files::Error) -> Error {
        failed(&format!("{what} {}/{path}", self.slot), error)
    }
}
