use serde::{Deserialize, Serialize};

use super::{Bytes, ConnectionId, DirectoryId, Failure, ListenerId};

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
