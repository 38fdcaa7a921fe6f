//! Reading a file whole.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;

use rustix::buffer::spare_capacity;
use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::{Errno, retry_on_intr};

use super::{VolumeDir, VolumeError};

/// Never a link, never a wait: `NONBLOCK` also keeps a planted FIFO or lease from blocking.
pub(super) const OPEN_FILE: OFlags = OFlags::NOFOLLOW
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

impl VolumeDir {
    /// The bytes of the regular file `name`, at most `limit` of them; `None` when there is no
    /// such name.
    pub fn read(
        &self,
        name: impl AsRef<OsStr>,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, VolumeError> {
        let name = self.component(name.as_ref())?;
        if let Some(folder) = &self.rehearsed {
            return self.rehearse_read(folder, name, limit);
        }
        let flags = OFlags::RDONLY.union(OPEN_FILE);
        let file = match rustix::fs::openat(self, name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(self.error(name, errno)),
        };
        let stat = self.check_regular(name, &file)?;
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        let too_large = || VolumeError::TooLarge {
            path: self.path.join(name),
            limit,
        };
        if size > limit {
            return Err(too_large());
        }
        let size = usize::try_from(size).map_err(|_| too_large())?;
        // One byte more than the size, so that a single read also finds the end.
        let mut bytes = Vec::with_capacity(size + 1);
        loop {
            let space = bytes.capacity() - bytes.len();
            let count = retry_on_intr(|| rustix::io::read(&file, spare_capacity(&mut bytes)))
                .map_err(|errno| self.error(name, errno))?;
            if bytes.len() as u64 > limit {
                return Err(too_large());
            }
            if count == 0 || (count < space && bytes.len() >= size) {
                return Ok(Some(bytes));
            }
            bytes.reserve(4096);
        }
    }

    /// Refuses anything but a regular file, and a link to a file that the owner of the directory
    /// may have no right to.
    pub(super) fn check_regular(&self, name: &OsStr, file: &OwnedFd) -> Result<Stat, VolumeError> {
        let stat = rustix::fs::fstat(file).map_err(|errno| self.error(name, errno))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(VolumeError::NotARegularFile {
                path: self.path.join(name),
            });
        }
        if stat.st_nlink > 1 && stat.st_uid != self.owner()?.0 {
            return Err(VolumeError::ForeignHardLink {
                path: self.path.join(name),
            });
        }
        Ok(stat)
    }
}
