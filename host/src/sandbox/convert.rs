//! Between the contract's types and the values of effects.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::contract::service_manager::Features;
use super::contract::{commands, files, log, sockets};
use crate::effect::{Bytes, Expectation, Failure, FileKind, FileMetadata, LogLevel, Output};

impl From<Failure> for files::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotGranted(_) => Self::NotGranted,
            Failure::NotFound => Self::NotFound,
            Failure::AlreadyExists => Self::AlreadyExists,
            Failure::PermissionDenied => Self::PermissionDenied,
            Failure::NotADirectory => Self::NotADirectory,
            Failure::IsADirectory => Self::IsADirectory,
            Failure::NotEmpty => Self::NotEmpty,
            Failure::ReadOnly => Self::ReadOnly,
            Failure::NoSpace => Self::NoSpace,
            Failure::Escapes => Self::Escapes,
            Failure::NoReader => Self::NoReader,
            Failure::WouldBlock => Self::WouldBlock,
            Failure::TooLarge => Self::TooLarge,
            other => Self::Other(words(other)),
        }
    }
}

impl From<Failure> for sockets::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotGranted(_) => Self::NotGranted,
            Failure::NotFound => Self::NotFound,
            Failure::PermissionDenied => Self::PermissionDenied,
            Failure::Refused => Self::Refused,
            Failure::TimedOut => Self::TimedOut,
            Failure::Closed => Self::Closed,
            Failure::TooLarge => Self::TooLarge,
            other => Self::Other(words(other)),
        }
    }
}

impl From<Failure> for commands::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotGranted(_) => Self::NotGranted,
            Failure::NotFound => Self::NotFound,
            Failure::TimedOut => Self::TimedOut,
            Failure::TooLarge => Self::TooLarge,
            other => Self::Other(words(other)),
        }
    }
}

fn words(failure: Failure) -> String {
    match failure {
        Failure::Other(words) => words,
        Failure::TimedOut => "timed out".into(),
        Failure::Refused => "refused".into(),
        Failure::Closed => "closed".into(),
        Failure::TooManyFiles => "too many open files".into(),
        other => format!("{other:?}"),
    }
}

impl From<files::Expectation> for Expectation {
    fn from(expectation: files::Expectation) -> Self {
        match expectation {
            files::Expectation::Contents(contents) => Self::Contents(Bytes(contents)),
            files::Expectation::Reader => Self::Reader,
            files::Expectation::NoReader => Self::NoReader,
            files::Expectation::Absent => Self::Absent,
        }
    }
}

impl From<FileKind> for files::Kind {
    fn from(kind: FileKind) -> Self {
        match kind {
            FileKind::File => Self::File,
            FileKind::Directory => Self::Directory,
            FileKind::Fifo => Self::Fifo,
            FileKind::Socket => Self::Socket,
            FileKind::Symlink => Self::Symlink,
            FileKind::Other => Self::Other,
        }
    }
}

impl From<FileMetadata> for files::Metadata {
    fn from(metadata: FileMetadata) -> Self {
        Self {
            kind: metadata.kind.into(),
            size: metadata.size,
            mode: metadata.mode,
            uid: metadata.uid,
            gid: metadata.gid,
            inode: metadata.inode,
            modified: metadata.modified,
        }
    }
}

impl From<Output> for commands::Output {
    fn from(output: Output) -> Self {
        Self {
            exit_code: output.exit_code,
            stdout: output.stdout.0,
            stderr: output.stderr.0,
        }
    }
}

impl From<log::Level> for LogLevel {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::Error => Self::Error,
            log::Level::Warn => Self::Warn,
            log::Level::Info => Self::Info,
            log::Level::Debug => Self::Debug,
            log::Level::Trace => Self::Trace,
        }
    }
}

/// Flags have no derives: they are written as a list of names.
const FEATURES: [(Features, &str); 5] = [
    (Features::RUNTIME_REGISTRATION, "runtime-registration"),
    (Features::READINESS, "readiness"),
    (Features::LOGS, "logs"),
    (Features::LIMITS, "limits"),
    (Features::LINGER, "linger"),
];

impl Serialize for Features {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let set = FEATURES.iter().filter(|(flag, _)| self.contains(*flag));
        serializer.collect_seq(set.map(|(_, name)| name))
    }
}

impl<'de> Deserialize<'de> for Features {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        names.iter().try_fold(Self::empty(), |features, name| {
            let known = FEATURES.iter().find(|(_, known)| known == name);
            known
                .map(|(flag, _)| features | *flag)
                .ok_or_else(|| de::Error::custom("no such feature"))
        })
    }
}
