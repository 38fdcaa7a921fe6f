//! Writing a file in one step that is either done or not.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

use super::read::OPEN_FILE;
use super::{VolumeDir, VolumeError};
use crate::rehearsal::Contents;

/// How long a change has to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Survives a power cut once the call returns.
    Synced,
    /// The bytes survive a power cut once the call returns; that they took the
    /// name does so once the directory is synced.
    BytesSynced,
    /// Survives the process; the kernel writes it out when it likes.
    Unsynced,
}

/// A temporary name that is taken (left by a crash, or planted) is passed over this many times.
const MAX_TRIES: u32 = 32;

static NEXT_TEMPORARY: AtomicU32 = AtomicU32::new(0);

#[cfg(test)]
pub(super) fn next_temporary_for_test() -> u32 {
    NEXT_TEMPORARY.load(Ordering::Relaxed)
}

impl VolumeDir {
    /// Writes `bytes` as the file `name`, replacing what is there, with the permission bits
    /// `mode` whatever the umask. Readers see the old bytes or the new ones, nothing between.
    /// Root leaves the file to the owner of the directory.
    pub fn replace(
        &self,
        name: impl AsRef<OsStr>,
        bytes: &[u8],
        mode: u32,
        durability: Durability,
    ) -> Result<(), VolumeError> {
        let name = self.component(name.as_ref())?;
        if let Some(folder) = &self.rehearsed {
            return self.rehearse_replace(folder, name, mode, bytes, Contents::new(bytes, mode));
        }
        self.stage(name, bytes, mode, durability)?.publish()?;
        if durability == Durability::Synced {
            self.sync()
        } else {
            Ok(())
        }
    }

    /// Like [`Self::replace`] without syncing, for what an agent or its user wrote: it may hold
    /// secrets, so that a plan never quotes it.
    pub fn copy(
        &self,
        name: impl AsRef<OsStr>,
        bytes: &[u8],
        mode: u32,
    ) -> Result<(), VolumeError> {
        let name = self.component(name.as_ref())?;
        match &self.rehearsed {
            Some(folder) => {
                self.rehearse_replace(folder, name, mode, bytes, Contents::unquoted(bytes))
            }
            None => self.replace(name, bytes, mode, Durability::Unsynced),
        }
    }

    /// Removes the temporary files that killed writers of the file `name` have left. Only for
    /// whoever alone may write it now. What cannot be removed is tried again by the next one.
    pub fn sweep_temporaries(&self, name: &str) {
        for (entry, _) in self.entries().unwrap_or_default() {
            if is_temporary_of(&entry, name) {
                let _ = self.remove_file(&entry);
            }
        }
    }

    /// Creates the directory `name` with the permission bits `mode` whatever the umask. Root
    /// leaves it to the owner of the parent.
    pub fn create_directory(
        &self,
        name: impl AsRef<OsStr>,
        mode: u32,
    ) -> Result<Self, VolumeError> {
        let name = self.component(name.as_ref())?;
        if let Some(folder) = &self.rehearsed {
            return self.rehearse_directory(folder, name, mode);
        }
        rustix::fs::mkdirat(self, name, Mode::RWXU).map_err(|errno| self.error(name, errno))?;
        let interfered = || VolumeError::Interfered {
            path: self.path.join(name),
        };
        let created = self.directory(name)?.ok_or_else(interfered)?;
        // What is given away below has to be what was made above.
        if created.owner()?.0 != rustix::process::geteuid().as_raw()
            || !created.entries()?.is_empty()
        {
            return Err(interfered());
        }
        self.give_away(name, &created)?;
        rustix::fs::fchmod(&created, Mode::from_raw_mode(mode))
            .map_err(|errno| self.error(name, errno))?;
        Ok(created)
    }

    pub(super) fn create_temporary(&self, name: &OsStr) -> Result<(OsString, File), VolumeError> {
        let flags = OFlags::WRONLY
            .union(OFlags::CREATE)
            .union(OFlags::EXCL)
            .union(OPEN_FILE);
        let mut tries = 0;
        loop {
            tries += 1;
            let mut temporary = OsString::from(".");
            temporary.push(name);
            let number = NEXT_TEMPORARY.fetch_add(1, Ordering::Relaxed);
            temporary.push(format!(".{}-{number}.tmp", std::process::id()));
            match rustix::fs::openat(self, &temporary, flags, Mode::RUSR.union(Mode::WUSR)) {
                Ok(fd) => return Ok((temporary, File::from(fd))),
                Err(Errno::EXIST) if tries < MAX_TRIES => {}
                Err(errno) => return Err(self.error(name, errno)),
            }
        }
    }

    /// Gives what root just made to the owner of this directory. A file that root owned here
    /// would lock out the agent.
    pub(super) fn give_away(&self, name: &OsStr, created: impl AsFd) -> Result<(), VolumeError> {
        let Some((user, group)) = self.beneficiary()? else {
            return Ok(());
        };
        rustix::fs::fchown(
            created,
            Some(Uid::from_raw(user)),
            Some(Gid::from_raw(group)),
        )
        .map_err(|errno| self.error(name, errno))
    }

    /// User and group that get what root makes here.
    pub(super) fn beneficiary(&self) -> Result<Option<(u32, u32)>, VolumeError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let (user, group) = self.owner()?;
        Ok((user != 0).then_some((user, group)))
    }
}

/// Whether `create_temporary` gives such names for the file `name`.
fn is_temporary_of(entry: &OsStr, name: &str) -> bool {
    let numbers = entry.to_str().and_then(|entry| {
        let rest = entry.strip_prefix('.')?.strip_prefix(name)?;
        rest.strip_prefix('.')?
            .strip_suffix(".tmp")?
            .split_once('-')
    });
    numbers.is_some_and(|(process, number)| {
        [process, number]
            .iter()
            .all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    })
}
