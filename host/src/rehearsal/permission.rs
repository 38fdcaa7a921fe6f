//! What the system would refuse.

use rustix::fs::{Access, AtFlags, accessat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::{Attributes, Folder};

const STICKY: u32 = 0o1000;

impl Folder {
    pub(super) fn check_readable(&self) -> Result<(), Errno> {
        self.check_access(Access::READ_OK)
    }

    /// Whether names may come and go.
    pub(crate) fn check_writable(&self) -> Result<(), Errno> {
        self.check_access(Access::WRITE_OK | Access::EXEC_OK)
    }

    /// What the rehearsal has made is ours.
    fn check_access(&self, access: Access) -> Result<(), Errno> {
        match &self.below {
            Some(below) => accessat(below, ".", access, AtFlags::EACCESS),
            None => Ok(()),
        }
    }

    /// Whether `victim` may be removed, replaced or moved away.
    pub(super) fn check_removable(&self, victim: &Attributes) -> Result<(), Errno> {
        self.check_writable()?;
        let us = geteuid();
        let own = self.attributes()?;
        let others = own.mode & STICKY != 0
            && ![victim.uid, own.uid].contains(&us.as_raw())
            && !us.is_root();
        if others { Err(Errno::PERM) } else { Ok(()) }
    }

    /// Whether everything below may be removed.
    pub(super) fn check_emptyable(&self) -> Result<(), Errno> {
        let mut folders = vec![self.clone()];
        while let Some(folder) = folders.pop() {
            folder.check_readable()?;
            for (name, _) in folder.entries()? {
                let Some(found) = folder.attributes_of(&name)? else {
                    continue;
                };
                folder.check_removable(&found)?;
                if found.is_directory() {
                    folders.push(folder.enter(&name)?);
                }
            }
        }
        Ok(())
    }
}
