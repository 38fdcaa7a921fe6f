use serde::{Deserialize, Serialize};

use super::Bytes;

/// Handles are numbered in the order in which they were opened and never used
/// again, so that a recording names the same things when it is replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DirectoryId(pub u32);

/// See [`DirectoryId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ListenerId(pub u32);

/// See [`DirectoryId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConnectionId(pub u32);

/// One call of a backend on the outside. The contract in `wit/` says what each
/// means; durations are nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "kebab-case")]
pub enum Effect {
    Open {
        label: String,
    },
    ReadGranted {
        label: String,
        limit: u32,
    },
    /// One action on a path in an open directory.
    Path {
        directory: DirectoryId,
        path: String,
        #[serde(flatten)]
        action: PathAction,
    },
    CloseDirectory {
        directory: DirectoryId,
    },
    Receive {
        listener: ListenerId,
    },
    Wait {
        listeners: Vec<ListenerId>,
        timeout: u64,
    },
    CloseListener {
        listener: ListenerId,
    },
    Connect {
        label: String,
        timeout: u64,
    },
    Send {
        connection: ConnectionId,
        bytes: Bytes,
        timeout: u64,
    },
    ReceiveFrom {
        connection: ConnectionId,
        limit: u32,
        timeout: u64,
    },
    CloseConnection {
        connection: ConnectionId,
    },
    Run {
        label: String,
        arguments: Vec<String>,
    },
    Now,
    Monotonic,
    Sleep {
        duration: u64,
    },
    Log {
        level: LogLevel,
        message: String,
    },
}

impl Effect {
    /// Whether it lets go of a handle, which always happens.
    pub fn closes(&self) -> bool {
        matches!(
            self,
            Self::CloseDirectory { .. } | Self::CloseListener { .. } | Self::CloseConnection { .. }
        )
    }

    /// The same without the bytes that it writes or sends, and without how many
    /// it expects to read.
    #[must_use]
    pub fn without_contents(&self) -> Self {
        let mut effect = self.clone();
        match &mut effect {
            Self::Path {
                action: PathAction::Write { contents, .. } | PathAction::CreateFile { contents, .. },
                ..
            }
            | Self::Path {
                action:
                    PathAction::Expect {
                        expectation: Expectation::Contents(contents),
                        ..
                    },
                ..
            }
            | Self::Send {
                bytes: contents, ..
            } => *contents = Bytes::default(),
            Self::ReadGranted { limit, .. }
            | Self::Path {
                action: PathAction::Read { limit },
                ..
            } => *limit = 0,
            _ => {}
        }
        effect
    }
}

/// What is done to a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum PathAction {
    OpenDirectory,
    Read {
        limit: u32,
    },
    Write {
        contents: Bytes,
        mode: u32,
    },
    CreateFile {
        contents: Bytes,
        mode: u32,
    },
    Entries,
    Metadata,
    CreateDirectory {
        mode: u32,
    },
    CreateFifo {
        mode: u32,
    },
    CreateSymlink {
        target: String,
    },
    CreateLink {
        new_path: String,
        /// Where `new_path` starts, if not where the path does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        other: Option<DirectoryId>,
    },
    SetOwner {
        uid: u32,
        gid: u32,
    },
    Rename {
        new_path: String,
    },
    Remove,
    RemoveTree,
    Signal {
        bytes: Bytes,
        /// Not in recordings of earlier versions; none where nothing is written.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        meaning: String,
    },
    Listen {
        mode: u32,
    },
    /// Says what somebody else will do: nothing is done.
    Expect {
        expectation: Expectation,
        meaning: String,
    },
}

/// What another program makes of a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    Contents(Bytes),
    Reader,
    NoReader,
    Absent,
}

impl PathAction {
    /// Whether a `read-directory` grant is enough.
    pub fn only_reads(&self) -> bool {
        matches!(
            self,
            Self::OpenDirectory
                | Self::Read { .. }
                | Self::Entries
                | Self::Metadata
                | Self::Expect { .. }
        )
    }

    /// The action as the contract calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OpenDirectory => "open-directory",
            Self::Read { .. } => "read",
            Self::Write { .. } => "write",
            Self::CreateFile { .. } => "create-file",
            Self::Entries => "entries",
            Self::Metadata => "metadata",
            Self::CreateDirectory { .. } => "create-directory",
            Self::CreateFifo { .. } => "create-fifo",
            Self::CreateSymlink { .. } => "create-symlink",
            Self::CreateLink { .. } => "create-link",
            Self::SetOwner { .. } => "set-owner",
            Self::Rename { .. } => "rename",
            Self::Remove => "remove",
            Self::RemoveTree => "remove-tree",
            Self::Signal { .. } => "signal",
            Self::Listen { .. } => "listen",
            Self::Expect { .. } => "expect",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[cfg(test)]
mod tests;
