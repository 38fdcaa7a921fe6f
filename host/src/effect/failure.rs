use std::io;

use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::dbus::Malformed;
use crate::os_error;

/// Why an effect did not happen: the errors of the contract's capability
/// interfaces in one list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    NotGranted(Denial),
    NotFound,
    AlreadyExists,
    PermissionDenied,
    NotADirectory,
    IsADirectory,
    NotEmpty,
    ReadOnly,
    NoSpace,
    Escapes,
    NoReader,
    WouldBlock,
    TooLarge,
    TimedOut,
    Refused,
    Closed,
    /// This process, or the machine, has as many files open as it may.
    TooManyFiles,
    /// The deadline of the whole operation has passed: ends the instance.
    OutOfTime,
    Other(String),
}

/// What a backend tried without holding a grant for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Error)]
#[error("backend {backend} was refused {capability} on {argument}: it holds no grant for it")]
pub struct Denial {
    pub backend: String,
    /// The function of the contract, for instance `files.write`.
    pub capability: String,
    pub argument: String,
    /// The grant that would have allowed it.
    pub missing: String,
}

/// Of the other side of a connection, where the host has to understand it.
impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        Self::Other(format!("a message that cannot be read: {malformed}"))
    }
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOENT => Self::NotFound,
            Errno::EXIST => Self::AlreadyExists,
            Errno::ACCESS | Errno::PERM => Self::PermissionDenied,
            Errno::NOTDIR => Self::NotADirectory,
            Errno::ISDIR => Self::IsADirectory,
            Errno::NOTEMPTY => Self::NotEmpty,
            Errno::ROFS => Self::ReadOnly,
            Errno::NOSPC | Errno::DQUOT => Self::NoSpace,
            Errno::XDEV => Self::Escapes,
            Errno::NXIO => Self::NoReader,
            Errno::AGAIN => Self::WouldBlock,
            Errno::TIMEDOUT => Self::TimedOut,
            Errno::CONNREFUSED => Self::Refused,
            Errno::MFILE | Errno::NFILE => Self::TooManyFiles,
            Errno::PIPE | Errno::CONNRESET => Self::Closed,
            other => Self::Other(os_error::words(&other.into())),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(errno) => errno.into(),
            // cap-std refuses an escape without an error of the system.
            None if error.kind() == io::ErrorKind::PermissionDenied => Self::Escapes,
            None => Self::Other(os_error::words(&error)),
        }
    }
}
