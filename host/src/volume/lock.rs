//! One command at a time.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::read::OPEN_FILE;
use super::{VolumeDir, VolumeError};
use crate::text;

const POLL: Duration = Duration::from_millis(10);

/// Bytes read and characters shown of what a lock's holder wrote about itself.
const MAX_HOLDER: usize = 128;

/// What to do while somebody else holds a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    /// Give up at once.
    Now,
    /// Give up after this long.
    Wait(Duration),
}

/// A held lock; dropping it releases it.
#[derive(Debug)]
pub struct Lock {
    /// `None`: in a dry run.
    file: Option<OwnedFd>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            // Who locks the file without signing it is not taken for this holder.
            let _ = rustix::fs::ftruncate(file, 0);
            // Closing alone would leave it held by a child that was forked but has not run exec
            // yet.
            let _ = rustix::fs::flock(file, FlockOperation::Unlock);
        }
    }
}

impl VolumeDir {
    /// Takes the lock kept in the file `name` (mode 0600, made when missing). `who` is the
    /// command taking it, told to those who find it locked.
    pub fn lock(
        &self,
        name: impl AsRef<OsStr>,
        mode: LockMode,
        who: &str,
    ) -> Result<Lock, VolumeError> {
        let name = self.component(name.as_ref())?;
        if let Some(folder) = &self.rehearsed {
            self.rehearse_lock(folder, name)?;
            return Ok(Lock { file: None });
        }
        let patience = match mode {
            LockMode::Now => Duration::ZERO,
            LockMode::Wait(patience) => patience,
        };
        let start = Instant::now();
        loop {
            let (file, _) = self.open_lock(name)?;
            match retry_on_intr(|| {
                rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)
            }) {
                Ok(()) if self.is_current(name, &file)? => {
                    sign(&file, who);
                    return Ok(Lock { file: Some(file) });
                }
                // Somebody removed the file meanwhile: this lock excludes nobody.
                Ok(()) | Err(Errno::WOULDBLOCK) => {}
                Err(errno) => return Err(self.error(name, errno)),
            }
            if start.elapsed() >= patience {
                return Err(VolumeError::Locked {
                    path: self.path.join(name),
                    holder: holder(&file),
                });
            }
            thread::sleep(POLL);
        }
    }

    /// The file to lock, and whether it was made for that.
    pub(super) fn open_lock(&self, name: &OsStr) -> Result<(OwnedFd, bool), VolumeError> {
        let flags = OFlags::RDWR.union(OPEN_FILE);
        match rustix::fs::openat(self, name, flags, Mode::empty()) {
            Ok(file) => return Ok((self.check_lock(name, file)?, false)),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(self.error(name, errno)),
        }
        let create = flags.union(OFlags::CREATE).union(OFlags::EXCL);
        match rustix::fs::openat(self, name, create, Mode::RUSR.union(Mode::WUSR)) {
            Ok(file) => self.give_away(name, &file).map(|()| (file, true)),
            // Another command was faster.
            Err(Errno::EXIST) => match rustix::fs::openat(self, name, flags, Mode::empty()) {
                Ok(file) => Ok((self.check_lock(name, file)?, false)),
                Err(errno) => Err(self.error(name, errno)),
            },
            Err(errno) => Err(self.error(name, errno)),
        }
    }

    /// The holder's name is written into the file, so it must be nobody else's.
    pub(super) fn check_lock(&self, name: &OsStr, file: OwnedFd) -> Result<OwnedFd, VolumeError> {
        let stat = self.check_regular(name, &file)?;
        if stat.st_nlink > 1 {
            return Err(VolumeError::ForeignHardLink {
                path: self.path.join(name),
            });
        }
        Ok(file)
    }

    /// Whether an open file is still the one that has the name.
    pub(super) fn is_current(&self, name: &OsStr, file: &OwnedFd) -> Result<bool, VolumeError> {
        let held = rustix::fs::fstat(file).map_err(|errno| self.error(name, errno))?;
        match rustix::fs::statat(self, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(named) => Ok((named.st_dev, named.st_ino) == (held.st_dev, held.st_ino)),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(self.error(name, errno)),
        }
    }
}

/// Best effort: the lock holds without a signature.
fn sign(file: &OwnedFd, who: &str) {
    let signature = format!("pid {} ({who})\n", std::process::id());
    let _ = rustix::fs::ftruncate(file, 0)
        .and_then(|()| rustix::io::pwrite(file, signature.as_bytes(), 0));
}

fn holder(file: &OwnedFd) -> Option<String> {
    let mut bytes = [0; MAX_HOLDER];
    let count = rustix::io::pread(file, &mut bytes, 0).ok()?;
    let holder = text::excerpt(
        String::from_utf8_lossy(bytes.get(..count)?).trim(),
        MAX_HOLDER,
    );
    (!holder.is_empty()).then_some(holder)
}
