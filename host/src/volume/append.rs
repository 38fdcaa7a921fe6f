//! Adding to a file in a single write.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::read::OPEN_FILE;
use super::{VolumeDir, VolumeError};

/// What became of something to append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    Done,
    /// There is no such file.
    Missing,
    /// The file is large enough already.
    Full,
}

impl VolumeDir {
    /// Appends `bytes` to the regular file `name`, unless it has `full` bytes or more.
    pub fn append(
        &self,
        name: impl AsRef<OsStr>,
        bytes: &[u8],
        full: u64,
    ) -> Result<Appended, VolumeError> {
        let name = self.component(name.as_ref())?;
        if let Some(folder) = &self.rehearsed {
            return self.rehearse_append(folder, name, bytes, full);
        }
        let Some((file, size)) = self.open_end(name)? else {
            return Ok(Appended::Missing);
        };
        if size >= full {
            return Ok(Appended::Full);
        }
        let written = File::from(file).write(bytes);
        match written.map_err(|error| VolumeError::from_io(self.path.join(name), error))? {
            count if count == bytes.len() => Ok(Appended::Done),
            _ => Err(self.error(name, Errno::NOSPC)),
        }
    }

    /// The file to append to, with its size in bytes.
    pub(super) fn open_end(&self, name: &OsStr) -> Result<Option<(OwnedFd, u64)>, VolumeError> {
        let flags = OFlags::WRONLY.union(OFlags::APPEND).union(OPEN_FILE);
        let file = match rustix::fs::openat(self, name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            // A FIFO without a reader and a directory, among others.
            Err(errno) => return Err(self.error(name, errno)),
        };
        let stat = self.check_regular(name, &file)?;
        // It could be anybody's file under one more name.
        if stat.st_nlink != 1 {
            return Err(VolumeError::ForeignHardLink {
                path: self.path.join(name),
            });
        }
        Ok(Some((file, u64::try_from(stat.st_size).unwrap_or(0))))
    }
}
