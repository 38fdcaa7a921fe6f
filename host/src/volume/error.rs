//! What can go wrong on a volume.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use thiserror::Error;

use crate::os_error;
use crate::text;

/// A failed operation on a volume, with the path it failed on.
#[derive(Debug, Error)]
pub enum VolumeError {
    /// There is no such name.
    #[error("{}: no such file or directory", shown(path))]
    NotFound { path: PathBuf },
    /// A symbolic link where none is followed.
    #[error("{}: is a symbolic link, which is never followed here", shown(path))]
    Symlink { path: PathBuf },
    /// Something else where a directory has to be.
    #[error("{}: is not a directory", shown(path))]
    NotADirectory { path: PathBuf },
    /// A directory, FIFO, socket or device where a file has to be.
    #[error("{}: is not a regular file", shown(path))]
    NotARegularFile { path: PathBuf },
    /// One more name of a file that belongs to somebody else than the directory.
    #[error("{}: is a hard link to another owner's file", shown(path))]
    ForeignHardLink { path: PathBuf },
    /// More bytes than the reader accepts.
    #[error("{}: is larger than {limit} bytes", shown(path))]
    TooLarge { path: PathBuf, limit: u64 },
    /// More names in a directory than the reader accepts.
    #[error("{}: holds more than {limit} entries", shown(path))]
    TooManyEntries { path: PathBuf, limit: usize },
    /// The name is taken.
    #[error("{}: already exists", shown(path))]
    AlreadyExists { path: PathBuf },
    /// The user running the command may not do this.
    #[error("{}: permission denied", shown(path))]
    PermissionDenied { path: PathBuf },
    /// The file system is mounted read-only.
    #[error("{}: the file system is read-only", shown(path))]
    ReadOnly { path: PathBuf },
    /// The file system or the quota is full.
    #[error("{}: no space left", shown(path))]
    NoSpace { path: PathBuf },
    /// Somebody else holds the lock.
    #[error("{}: locked by {}", shown(path), holder.as_deref().unwrap_or("another command"))]
    Locked {
        path: PathBuf,
        /// Who says to hold it, fit to show: `pid 1234 (gateway start)`.
        holder: Option<String>,
    },
    /// A name that would lead out of the directory.
    #[error("{}: {:?} is not a plain file name", shown(path), text::excerpt(&name.to_string_lossy(), 64))]
    NotAComponent { path: PathBuf, name: OsString },
    /// Another process put something else in the place of what was just made.
    #[error("{}: was changed by another process meanwhile", shown(path))]
    Interfered { path: PathBuf },
    /// Anything else the operating system said.
    #[error("{}: {}", shown(path), os_error::words(source))]
    Other { path: PathBuf, source: io::Error },
}

impl VolumeError {
    pub(super) fn new(path: PathBuf, errno: Errno) -> Self {
        match errno {
            Errno::NOENT => Self::NotFound { path },
            Errno::LOOP => Self::Symlink { path },
            Errno::NOTDIR => Self::NotADirectory { path },
            Errno::ISDIR | Errno::NXIO => Self::NotARegularFile { path },
            Errno::EXIST => Self::AlreadyExists { path },
            Errno::ACCESS | Errno::PERM => Self::PermissionDenied { path },
            Errno::ROFS => Self::ReadOnly { path },
            Errno::NOSPC | Errno::DQUOT => Self::NoSpace { path },
            errno => Self::Other {
                path,
                source: errno.into(),
            },
        }
    }

    pub(super) fn from_io(path: PathBuf, error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(errno) => Self::new(path, errno),
            None => Self::Other {
                path,
                source: error,
            },
        }
    }

    /// The path the operation failed on.
    pub fn path(&self) -> &Path {
        match self {
            Self::NotFound { path }
            | Self::Symlink { path }
            | Self::NotADirectory { path }
            | Self::NotARegularFile { path }
            | Self::ForeignHardLink { path }
            | Self::TooLarge { path, .. }
            | Self::TooManyEntries { path, .. }
            | Self::AlreadyExists { path }
            | Self::PermissionDenied { path }
            | Self::ReadOnly { path }
            | Self::NoSpace { path }
            | Self::Locked { path, .. }
            | Self::NotAComponent { path, .. }
            | Self::Interfered { path }
            | Self::Other { path, .. } => path,
        }
    }

    /// Whether it is about what the file itself is: another attempt ends the same way until
    /// somebody mends it.
    pub fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::Symlink { .. }
                | Self::NotADirectory { .. }
                | Self::NotARegularFile { .. }
                | Self::ForeignHardLink { .. }
                | Self::TooLarge { .. }
                | Self::PermissionDenied { .. }
        )
    }

    /// Whether it says nothing of the file: too many others were open to look at it.
    pub fn is_too_many_files(&self) -> bool {
        matches!(self, Self::Other { source, .. } if os_error::is_too_many_files(source))
    }

    /// What to do about it, where something can be done.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Symlink { .. } => "replace the link with the real file or directory",
            Self::ForeignHardLink { .. } => "replace it with a copy of its own",
            Self::PermissionDenied { .. } => "run as root or as the user that owns it",
            Self::ReadOnly { .. } => "mount it writable",
            Self::NoSpace { .. } => "free some space, then try again",
            Self::Locked { .. } => "try again when the other command is done",
            Self::NotARegularFile { .. } | Self::TooLarge { .. } => "move it out of the way",
            Self::Other { source, .. } if os_error::is_too_many_files(source) => {
                os_error::MORE_FILES
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// A path on one line, as the names in it may be anybody's.
fn shown(path: &Path) -> String {
    text::sanitise(&path.to_string_lossy()).into_owned()
}
