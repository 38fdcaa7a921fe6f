use rustix::fs::FileType;
use serde::{Deserialize, Serialize};

use super::{Bytes, ConnectionId, DirectoryId, Effect, Failure, ListenerId, PathAction};

/// What came of an effect.
pub type Outcome = Result<Reply, Failure>;

/// What an effect that happened answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    Done,
    Directory(DirectoryId),
    Listener(ListenerId),
    Connection(ConnectionId),
    Bytes(Bytes),
    Entries(Vec<(String, FileKind)>),
    Metadata(FileMetadata),
    /// The listeners with bytes, by their place in the question.
    Ready(Vec<u32>),
    Output(Output),
    /// Nanoseconds.
    Time(u64),
}

impl Reply {
    /// Whether an effect like this one answers so.
    pub fn fits(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Open { .. } => matches!(self, Self::Directory(_)),
            Effect::Path { action, .. } => match action {
                PathAction::OpenDirectory => matches!(self, Self::Directory(_)),
                PathAction::Listen { .. } => matches!(self, Self::Listener(_)),
                PathAction::Read { .. } => matches!(self, Self::Bytes(_)),
                PathAction::Entries => matches!(self, Self::Entries(_)),
                PathAction::Metadata => matches!(self, Self::Metadata(_)),
                _ => matches!(self, Self::Done),
            },
            Effect::ReadGranted { .. } | Effect::Receive { .. } | Effect::ReceiveFrom { .. } => {
                matches!(self, Self::Bytes(_))
            }
            Effect::Wait { .. } => matches!(self, Self::Ready(_)),
            Effect::Connect { .. } => matches!(self, Self::Connection(_)),
            Effect::Run { .. } => matches!(self, Self::Output(_)),
            Effect::Now | Effect::Monotonic => matches!(self, Self::Time(_)),
            _ => matches!(self, Self::Done),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    File,
    Directory,
    Fifo,
    Socket,
    Symlink,
    Other,
}

impl From<FileType> for FileKind {
    fn from(file_type: FileType) -> Self {
        match file_type {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Directory,
            FileType::Fifo => Self::Fifo,
            FileType::Socket => Self::Socket,
            FileType::Symlink => Self::Symlink,
            _ => Self::Other,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMetadata {
    pub kind: FileKind,
    pub size: u64,
    /// Permission, set-id and sticky bits.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub inode: u64,
    /// Nanoseconds since the Unix epoch.
    pub modified: u64,
}

/// What a granted program left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// `None`: it was ended by a signal.
    pub exit_code: Option<u8>,
    pub stdout: Bytes,
    pub stderr: Bytes,
}
