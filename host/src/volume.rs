//! Safe access to a directory tree that a hostile user may be writing at the same time.
//!
//! The agent of a profile runs unprivileged and owns the files; `hermes-host` may be root. So
//! every name is a single component relative to an open directory, no symbolic link is followed,
//! no open waits for another process, and every size has a limit.

mod error;
mod lock;
mod read;
mod replace;
mod tree;

pub use error::VolumeError;
pub use lock::{Lock, LockMode};
pub use replace::Durability;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use cap_std::fs::Dir;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;

/// More entries than this in one directory are refused, to bound memory.
const MAX_ENTRIES: usize = 100_000;

const OPEN_DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

/// What a name stands for, without following a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, wherever it leads.
    Symlink,
    /// A FIFO, socket or device.
    Other,
}

impl From<FileType> for FileKind {
    fn from(file_type: FileType) -> Self {
        match file_type {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Directory,
            FileType::Symlink => Self::Symlink,
            _ => Self::Other,
        }
    }
}

/// An open directory. Every `name` below is one component: no `/`, not empty, not `.` or `..`.
#[derive(Debug)]
pub struct VolumeDir {
    dir: Dir,
    path: PathBuf,
}

impl VolumeDir {
    /// Opens a directory by the operator's own path, following links in it.
    pub fn open(path: &Path) -> Result<Self, VolumeError> {
        match rustix::fs::openat(CWD, path, OPEN_DIRECTORY, Mode::empty()) {
            Ok(fd) => Ok(Self::from_fd(fd, path.to_owned())),
            Err(errno) => Err(VolumeError::new(path.to_owned(), errno)),
        }
    }

    /// Opens the directory `name`; `None` when there is no such name.
    pub fn directory(&self, name: impl AsRef<OsStr>) -> Result<Option<Self>, VolumeError> {
        let name = self.component(name.as_ref())?;
        let flags = OPEN_DIRECTORY.union(OFlags::NOFOLLOW);
        match rustix::fs::openat(self, name, flags, Mode::empty()) {
            Ok(fd) => Ok(Some(Self::from_fd(fd, self.path.join(name)))),
            Err(Errno::NOENT) => Ok(None),
            // The kernel says "not a directory" of a link too.
            Err(Errno::NOTDIR) if self.kind(name)? == Some(FileKind::Symlink) => {
                Err(self.error(name, Errno::LOOP))
            }
            Err(errno) => Err(self.error(name, errno)),
        }
    }

    /// What `name` is; `None` when there is no such name.
    pub fn kind(&self, name: impl AsRef<OsStr>) -> Result<Option<FileKind>, VolumeError> {
        let name = self.component(name.as_ref())?;
        Ok(self
            .stat(name)?
            .map(|stat| FileType::from_raw_mode(stat.st_mode).into()))
    }

    /// Whether there is anything called `name`.
    pub fn exists(&self, name: impl AsRef<OsStr>) -> Result<bool, VolumeError> {
        Ok(self.kind(name)?.is_some())
    }

    /// The permission bits of `name`; `None` when there is no such name.
    pub fn mode(&self, name: impl AsRef<OsStr>) -> Result<Option<u32>, VolumeError> {
        let name = self.component(name.as_ref())?;
        Ok(self.stat(name)?.map(|stat| stat.st_mode & 0o777))
    }

    /// All names in the directory but `.` and `..`, in no order.
    pub fn entries(&self) -> Result<Vec<(OsString, FileKind)>, VolumeError> {
        let mut entries = Vec::new();
        for entry in rustix::fs::Dir::read_from(self).map_err(|errno| self.own_error(errno))? {
            let entry = entry.map_err(|errno| self.own_error(errno))?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            if entries.len() == MAX_ENTRIES {
                return Err(VolumeError::TooManyEntries {
                    path: self.path.clone(),
                    limit: MAX_ENTRIES,
                });
            }
            let kind = match entry.file_type() {
                // Some file systems leave the type out of their listing.
                FileType::Unknown => self.kind(name)?,
                known => Some(known.into()),
            };
            entries.extend(kind.map(|kind| (name.to_owned(), kind)));
        }
        Ok(entries)
    }

    /// Removes a file, link, FIFO or socket; `false` when there is no such name.
    pub fn remove_file(&self, name: impl AsRef<OsStr>) -> Result<bool, VolumeError> {
        let name = self.component(name.as_ref())?;
        match rustix::fs::unlinkat(self, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(self.error(name, errno)),
        }
    }

    /// Renames `name` to `new_name` in `target`, replacing what is there.
    pub fn rename(
        &self,
        name: impl AsRef<OsStr>,
        target: &Self,
        new_name: impl AsRef<OsStr>,
    ) -> Result<(), VolumeError> {
        let (name, new_name) = (
            self.component(name.as_ref())?,
            target.component(new_name.as_ref())?,
        );
        rustix::fs::renameat(self, name, target, new_name)
            .map_err(|errno| self.rename_error(name, target, new_name, errno))
    }

    /// Renames `name` to `new_name` in `target`, refusing with
    /// [`VolumeError::AlreadyExists`] when that name is taken.
    pub fn rename_no_replace(
        &self,
        name: impl AsRef<OsStr>,
        target: &Self,
        new_name: impl AsRef<OsStr>,
    ) -> Result<(), VolumeError> {
        let (name, new_name) = (
            self.component(name.as_ref())?,
            target.component(new_name.as_ref())?,
        );
        match rustix::fs::renameat_with(self, name, target, new_name, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            // Network and overlay file systems may lack the flag.
            Err(Errno::INVAL | Errno::NOSYS) => {
                if target.exists(new_name)? {
                    return Err(target.error(new_name, Errno::EXIST));
                }
                self.rename(name, target, new_name)
            }
            Err(errno) => Err(self.rename_error(name, target, new_name, errno)),
        }
    }

    /// User and group that own the directory.
    pub fn owner(&self) -> Result<(u32, u32), VolumeError> {
        let stat = rustix::fs::fstat(self).map_err(|errno| self.own_error(errno))?;
        Ok((stat.st_uid, stat.st_gid))
    }

    /// Makes names created, renamed and removed so far survive a power cut.
    pub fn sync(&self) -> Result<(), VolumeError> {
        rustix::fs::fsync(self).map_err(|errno| self.own_error(errno))
    }

    /// What [`Self::sync`] does, for another thread to do.
    pub fn syncing(&self) -> impl FnOnce() -> Result<(), VolumeError> + Send + use<'_> {
        let (directory, path) = (self.as_fd(), &self.path);
        move || rustix::fs::fsync(directory).map_err(|errno| VolumeError::new(path.clone(), errno))
    }

    /// Makes everything on the file system survive a power cut: cheaper than file by file after
    /// writing many.
    pub fn sync_file_system(&self) -> Result<(), VolumeError> {
        rustix::fs::syncfs(self).map_err(|errno| self.own_error(errno))
    }

    /// Another handle on the same directory.
    pub fn try_clone(&self) -> Result<Self, VolumeError> {
        let dir = self
            .dir
            .try_clone()
            .map_err(|error| VolumeError::from_io(self.path.clone(), error))?;
        Ok(Self {
            dir,
            path: self.path.clone(),
        })
    }

    /// Where the directory was when it was opened, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn from_fd(fd: OwnedFd, path: PathBuf) -> Self {
        Self {
            dir: Dir::from_std_file(File::from(fd)),
            path,
        }
    }

    fn stat(&self, name: &OsStr) -> Result<Option<Stat>, VolumeError> {
        match rustix::fs::statat(self, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.error(name, errno)),
        }
    }

    fn component<'a>(&self, name: &'a OsStr) -> Result<&'a OsStr, VolumeError> {
        if name.is_empty() || name == "." || name == ".." || name.as_bytes().contains(&b'/') {
            return Err(VolumeError::NotAComponent {
                path: self.path.clone(),
                name: name.to_owned(),
            });
        }
        Ok(name)
    }

    fn error(&self, name: &OsStr, errno: Errno) -> VolumeError {
        VolumeError::new(self.path.join(name), errno)
    }

    fn own_error(&self, errno: Errno) -> VolumeError {
        VolumeError::new(self.path.clone(), errno)
    }

    fn rename_error(
        &self,
        name: &OsStr,
        target: &Self,
        new_name: &OsStr,
        errno: Errno,
    ) -> VolumeError {
        match errno {
            Errno::EXIST | Errno::NOTEMPTY => target.error(new_name, Errno::EXIST),
            Errno::ISDIR | Errno::NOTDIR | Errno::NOSPC | Errno::DQUOT => {
                target.error(new_name, errno)
            }
            _ => self.error(name, errno),
        }
    }
}

impl AsFd for VolumeDir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
