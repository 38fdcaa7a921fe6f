//! Safe access to a directory tree that a hostile user may be writing at the same time.
//!
//! The agent of a profile runs unprivileged and owns the files; `hermes-host` may be root. So
//! every name is a single component relative to an open directory, no symbolic link is followed,
//! no open waits for another process, and every size has a limit.

mod append;
mod claim;
mod error;
mod lock;
mod mounts;
mod read;
mod rehearsed;
mod replace;
mod staged;
mod tree;

pub use append::Appended;
pub use claim::{Claim, Glimpse};
pub use error::VolumeError;
pub use lock::{Lock, LockMode};
pub use replace::Durability;
pub use staged::Staged;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cap_std::fs::Dir;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use crate::rehearsal::{Attributes, Change, Folder, Rehearsal};

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
#[derive(Debug, Clone)]
pub struct VolumeDir {
    /// Of what a rehearsal has made: the real directory nearest above.
    dir: Arc<Dir>,
    path: PathBuf,
    /// A dry run: everything is looked up here and nothing performed.
    rehearsed: Option<Folder>,
}

impl VolumeDir {
    /// Opens a directory by the operator's own path, following links in it.
    pub fn open(path: &Path) -> Result<Self, VolumeError> {
        match rustix::fs::openat(CWD, path, OPEN_DIRECTORY, Mode::empty()) {
            Ok(fd) => Ok(Self::from_fd(fd, path.to_owned())),
            Err(errno) => Err(VolumeError::new(path.to_owned(), errno)),
        }
    }

    /// The same in a dry run: what is done there and below is only planned.
    pub fn rehearse(path: &Path, rehearsal: &Rehearsal) -> Result<Self, VolumeError> {
        let mut directory = Self::open(path)?;
        let folder = rehearsal
            .open(path)
            .map_err(|errno| directory.own_error(errno))?;
        directory.rehearsed = Some(folder);
        Ok(directory)
    }

    /// Opens the directory `name`; `None` when there is no such name.
    pub fn directory(&self, name: impl AsRef<OsStr>) -> Result<Option<Self>, VolumeError> {
        let name = self.component(name.as_ref())?;
        match self.open_directory(name) {
            Ok(directory) => Ok(Some(directory)),
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
        Ok(self.attributes_of(name)?.map(|found| found.kind.into()))
    }

    /// Whether there is anything called `name`.
    pub fn exists(&self, name: impl AsRef<OsStr>) -> Result<bool, VolumeError> {
        Ok(self.kind(name)?.is_some())
    }

    /// The permission bits of `name`; `None` when there is no such name.
    pub fn mode(&self, name: impl AsRef<OsStr>) -> Result<Option<u32>, VolumeError> {
        let name = self.component(name.as_ref())?;
        Ok(self.attributes_of(name)?.map(|found| found.mode & 0o777))
    }

    /// When the contents of `name` last changed, of a link its own; `None` when there is no
    /// such name.
    pub fn modified(&self, name: impl AsRef<OsStr>) -> Result<Option<SystemTime>, VolumeError> {
        let name = self.component(name.as_ref())?;
        match rustix::fs::statat(self, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => {
                let seconds = Duration::from_secs(u64::try_from(stat.st_mtime).unwrap_or(0));
                Ok(SystemTime::UNIX_EPOCH.checked_add(seconds))
            }
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.error(name, errno)),
        }
    }

    /// All names in the directory but `.` and `..`, in no order.
    pub fn entries(&self) -> Result<Vec<(OsString, FileKind)>, VolumeError> {
        if let Some(folder) = &self.rehearsed {
            let entries = folder.entries().map_err(|errno| self.own_error(errno))?;
            let entries = entries.into_iter();
            return Ok(entries.map(|(name, kind)| (name, kind.into())).collect());
        }
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
        let removed = match &self.rehearsed {
            Some(folder) => folder.remove_file(name),
            None => rustix::fs::unlinkat(self, name, AtFlags::empty()),
        };
        match removed {
            Ok(()) => {
                self.note(name, |path| Change::Remove { path });
                Ok(true)
            }
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
        if let Some(folders) = self.rehearsed.as_ref().zip(target.rehearsed.as_ref()) {
            return self.rehearse_rename(folders, name, target, new_name);
        }
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
        if self.rehearsed.is_some() {
            if target.exists(new_name)? {
                return Err(target.error(new_name, Errno::EXIST));
            }
            return self.rename(name, target, new_name);
        }
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
        let own = self.attributes()?;
        Ok((own.uid, own.gid))
    }

    /// Owner and mode of the directory.
    pub(crate) fn attributes(&self) -> Result<Attributes, VolumeError> {
        match &self.rehearsed {
            Some(folder) => folder.attributes(),
            None => rustix::fs::fstat(self).map(Attributes::from),
        }
        .map_err(|errno| self.own_error(errno))
    }

    /// Owner and mode of `name`, of a link its own; `None` when there is no such name.
    pub(crate) fn attributes_of(&self, name: &OsStr) -> Result<Option<Attributes>, VolumeError> {
        let found = match &self.rehearsed {
            Some(folder) => folder.attributes_of(name),
            None => rustix::fs::statat(self, name, AtFlags::SYMLINK_NOFOLLOW)
                .map(|stat| Some(stat.into())),
        };
        match found {
            Ok(found) => Ok(found),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.error(name, errno)),
        }
    }

    /// Makes names created, renamed and removed so far survive a power cut.
    pub fn sync(&self) -> Result<(), VolumeError> {
        self.syncing()()
    }

    /// Whether what is done to it is only planned.
    pub fn is_rehearsed(&self) -> bool {
        self.rehearsed.is_some()
    }

    /// Whether it is in memory, where syncing takes no time and is of no use.
    pub fn is_in_memory(&self) -> bool {
        // TMPFS_MAGIC of linux/magic.h.
        rustix::fs::fstatfs(self).is_ok_and(|found| found.f_type == 0x0102_1994)
    }

    /// What [`Self::sync`] does, for another thread to do.
    pub fn syncing(&self) -> impl FnOnce() -> Result<(), VolumeError> + Send + use<'_> {
        let (directory, path) = (self.as_fd(), &self.path);
        let performed = self.rehearsed.is_none();
        move || match performed {
            true => {
                rustix::fs::fsync(directory).map_err(|errno| VolumeError::new(path.clone(), errno))
            }
            false => Ok(()),
        }
    }

    /// Makes everything on the file system survive a power cut: cheaper than file by file after
    /// writing many.
    pub fn sync_file_system(&self) -> Result<(), VolumeError> {
        match self.rehearsed {
            Some(_) => Ok(()),
            None => rustix::fs::syncfs(self).map_err(|errno| self.own_error(errno)),
        }
    }

    /// Whether its path still leads to it: it may have been renamed or removed.
    pub fn is_in_place(&self) -> bool {
        let identity = |stat: rustix::fs::Stat| (stat.st_dev, stat.st_ino);
        match (rustix::fs::fstat(self), rustix::fs::stat(self.path())) {
            (Ok(held), Ok(named)) => identity(held) == identity(named),
            (_, Err(Errno::NOENT | Errno::NOTDIR)) => false,
            _ => true,
        }
    }

    /// Where the directory was when it was opened, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn from_fd(fd: OwnedFd, path: PathBuf) -> Self {
        Self {
            dir: Arc::new(Dir::from_std_file(File::from(fd))),
            path,
            rehearsed: None,
        }
    }

    fn open_directory(&self, name: &OsStr) -> Result<Self, Errno> {
        if let Some(folder) = &self.rehearsed {
            return Ok(self.within(folder.open(name)?, name));
        }
        let flags = OPEN_DIRECTORY.union(OFlags::NOFOLLOW);
        let fd = rustix::fs::openat(self, name, flags, Mode::empty())?;
        Ok(Self::from_fd(fd, self.path.join(name)))
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
