//! Removing a directory with all that is in it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::AtFlags;
use rustix::io::Errno;

use super::{FileKind, VolumeDir, VolumeError};

/// Each pass takes one level off; a tree that outlasts them is being refilled.
const MAX_PASSES: u32 = 100_000;

impl VolumeDir {
    /// Removes `name`, a file or a directory with everything below it, never through a link.
    /// `false` when there is no such name. What is mounted below it is not entered.
    ///
    /// However deep the tree, two directories are open at a time: what lies below the second
    /// level is moved up to the first before it is removed.
    pub fn remove_tree(&self, name: impl AsRef<OsStr>) -> Result<bool, VolumeError> {
        let name = self.component(name.as_ref())?;
        match self.kind(name)? {
            None => return Ok(false),
            Some(FileKind::Directory) => {}
            Some(_) => return self.remove_file(name),
        }
        if let Some(folder) = &self.rehearsed {
            return self.rehearse_removal(folder, name);
        }
        let root = match self.directory(name) {
            Ok(Some(root)) => root,
            Ok(None) => return Ok(false),
            // One that its owner may not read can be empty.
            Err(error @ VolumeError::PermissionDenied { .. }) => {
                return match self.remove_empty(name) {
                    Ok(true) => Ok(true),
                    _ => Err(error),
                };
            }
            Err(error) => return Err(error),
        };
        let mut moved = 0;
        for _ in 0..MAX_PASSES {
            root.each_entry(|entry| {
                if root.remove_unless_directory(entry)? {
                    return Ok(());
                }
                let Some(child) = root.directory(entry)? else {
                    return Ok(());
                };
                root.check_same_mount(&child)?;
                child.each_entry(|grandchild| {
                    if child.remove_unless_directory(grandchild)? {
                        return Ok(());
                    }
                    child.move_up(grandchild, &root, &mut moved)
                })?;
                root.remove_empty(entry).map(drop)
            })?;
            if self.remove_empty(name)? {
                return Ok(true);
            }
        }
        let source = io::Error::other("another process keeps adding files to it");
        Err(VolumeError::Other {
            path: self.path.join(name),
            source,
        })
    }

    fn each_entry(
        &self,
        mut visit: impl FnMut(&OsStr) -> Result<(), VolumeError>,
    ) -> Result<(), VolumeError> {
        for entry in rustix::fs::Dir::read_from(self).map_err(|errno| self.own_error(errno))? {
            let entry = entry.map_err(|errno| self.own_error(errno))?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                visit(name)?;
            }
        }
        Ok(())
    }

    /// `false` for a directory, which stays.
    fn remove_unless_directory(&self, name: &OsStr) -> Result<bool, VolumeError> {
        match self.remove_file(name) {
            Ok(_) => Ok(true),
            // The kernel's answer is EISDIR on Linux file systems, EPERM in POSIX.
            Err(error) => match self.kind(name)? {
                Some(FileKind::Directory) => Ok(false),
                _ => Err(error),
            },
        }
    }

    /// `false` when it is not empty.
    fn remove_empty(&self, name: &OsStr) -> Result<bool, VolumeError> {
        match rustix::fs::unlinkat(self, name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => Ok(true),
            Err(Errno::NOTEMPTY | Errno::EXIST) => Ok(false),
            Err(errno) => Err(self.error(name, errno)),
        }
    }

    fn move_up(&self, name: &OsStr, root: &Self, moved: &mut u64) -> Result<(), VolumeError> {
        loop {
            let free = OsString::from(format!(".moved-{moved}"));
            *moved += 1;
            match self.rename_no_replace(name, root, &free) {
                Err(VolumeError::AlreadyExists { .. }) => {}
                other => return other,
            }
        }
    }
}
