//! A file that one process holds for as long as it likes, and that others look at.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};
use rustix::io::{Errno, retry_on_intr};

use super::read::OPEN_FILE;
use super::{VolumeDir, VolumeError};
use crate::rehearsal::Entry;

/// How such a file is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glimpse {
    /// `None`: there are more than anybody wants to read.
    pub bytes: Option<Vec<u8>>,
    /// By the clock of the machine that keeps the file.
    pub modified: SystemTime,
    /// Whether another process holds it.
    pub held: bool,
}

/// A file that this process holds, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Claim {
    directory: VolumeDir,
    name: OsString,
    file: OwnedFd,
    created: bool,
}

impl VolumeDir {
    /// Looks at the file `name`, of at most `limit` bytes; `None` when there is no such name.
    pub fn glimpse(
        &self,
        name: impl AsRef<OsStr>,
        limit: usize,
    ) -> Result<Option<Glimpse>, VolumeError> {
        let name = self.component(name.as_ref())?;
        if let Some(folder) = &self.rehearsed {
            return match folder.entry(name) {
                Ok(Some(Entry::Real(origin))) => self.at(&origin).glimpse(&origin.name, limit),
                Ok(_) => Ok(None),
                Err(errno) => Err(self.error(name, errno)),
            };
        }
        let flags = OFlags::RDONLY.union(OPEN_FILE);
        let file = match rustix::fs::openat(self, name, flags, Mode::empty()) {
            Ok(file) => self.check_lock(name, file)?,
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(self.error(name, errno)),
        };
        // Shared, so that two who look do not see each other.
        let shared = FlockOperation::NonBlockingLockShared;
        let held = match retry_on_intr(|| rustix::fs::flock(&file, shared)) {
            Ok(()) => false,
            Err(Errno::WOULDBLOCK) => true,
            Err(errno) => return Err(self.error(name, errno)),
        };
        self.glimpse_of(name, &file, limit, held).map(Some)
    }

    /// Takes the file `name`, made when missing (mode 0600); `None` where another process holds
    /// it. In a dry run there is nothing to be had.
    pub fn claim(&self, name: impl AsRef<OsStr>) -> Result<Option<Claim>, VolumeError> {
        let name = self.component(name.as_ref())?;
        if self.rehearsed.is_some() {
            return Err(self.error(name, Errno::ROFS));
        }
        let (file, created) = self.open_lock(name)?;
        let exclusive = FlockOperation::NonBlockingLockExclusive;
        match retry_on_intr(|| rustix::fs::flock(&file, exclusive)) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(errno) => return Err(self.error(name, errno)),
        }
        let claim = Claim {
            directory: self.clone(),
            name: name.to_owned(),
            file,
            created,
        };
        // Somebody removed it meanwhile: this one excludes nobody.
        Ok(claim.is_current()?.then_some(claim))
    }

    fn glimpse_of(
        &self,
        name: &OsStr,
        file: &OwnedFd,
        limit: usize,
        held: bool,
    ) -> Result<Glimpse, VolumeError> {
        let failed = |errno| self.error(name, errno);
        // First the time: bytes that are newer than it are looked at once more.
        let modified = modified(&rustix::fs::fstat(file).map_err(failed)?);
        let bytes = read(file, limit).map_err(failed)?;
        Ok(Glimpse {
            bytes,
            modified,
            held,
        })
    }
}

impl Claim {
    /// Whether the file was made for this.
    pub fn is_new(&self) -> bool {
        self.created
    }

    /// What is in the file, which nobody else holds.
    pub fn glimpse(&self, limit: usize) -> Result<Glimpse, VolumeError> {
        let held = false;
        self.directory
            .glimpse_of(&self.name, &self.file, limit, held)
    }

    /// Makes `bytes` the contents of the file, in place and to survive a power cut.
    pub fn write(&self, bytes: &[u8]) -> Result<(), VolumeError> {
        self.overwrite(bytes).map_err(|errno| self.error(errno))
    }

    /// Removes the file, if it still has its name.
    pub fn remove(&self) -> Result<(), VolumeError> {
        if self.is_current()? {
            self.directory.remove_file(&self.name)?;
        }
        Ok(())
    }

    /// Shows those who look that it is still held.
    pub fn touch(&self) -> Result<(), VolumeError> {
        let times = Timestamps {
            last_access: Timespec {
                tv_sec: 0,
                tv_nsec: UTIME_OMIT,
            },
            last_modification: Timespec {
                tv_sec: 0,
                tv_nsec: UTIME_NOW,
            },
        };
        rustix::fs::futimens(&self.file, &times).map_err(|errno| self.error(errno))
    }

    /// Whether the file still has its name.
    pub fn is_current(&self) -> Result<bool, VolumeError> {
        self.directory.is_current(&self.name, &self.file)
    }

    /// Never empty meanwhile: who looks finds the old bytes, the new ones, or a mixture that
    /// cannot be read.
    fn overwrite(&self, bytes: &[u8]) -> Result<(), Errno> {
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            match retry_on_intr(|| rustix::io::pwrite(&self.file, rest, done as u64))? {
                0 => return Err(Errno::NOSPC),
                count => done += count,
            }
        }
        rustix::fs::ftruncate(&self.file, bytes.len() as u64)?;
        rustix::fs::fsync(&self.file)
    }

    fn error(&self, errno: Errno) -> VolumeError {
        self.directory.error(&self.name, errno)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // As with `Lock`.
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }
}

fn read(file: &OwnedFd, limit: usize) -> Result<Option<Vec<u8>>, Errno> {
    let mut bytes = vec![0; limit + 1];
    let mut length = 0;
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match retry_on_intr(|| rustix::io::pread(file, &mut *rest, length as u64))? {
            0 => break,
            count => length += count,
        }
    }
    bytes.truncate(length);
    Ok((length <= limit).then_some(bytes))
}

fn modified(stat: &Stat) -> SystemTime {
    let seconds = Duration::from_secs(u64::try_from(stat.st_mtime).unwrap_or(0));
    let nanoseconds = Duration::from_nanos(stat.st_mtime_nsec);
    SystemTime::UNIX_EPOCH
        .checked_add(seconds + nanoseconds)
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
