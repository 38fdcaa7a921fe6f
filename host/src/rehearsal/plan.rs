use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::effect::{Bytes, to_hex};

/// Everything that a run would change, in its order.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Plan {
    pub steps: Vec<Step>,
}

/// One change. The fields of a plan in `--json`: they are only ever added to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The backend that does it, or `host`.
    pub by: String,
    #[serde(flatten)]
    pub change: Change,
}

/// What is changed, as the contract calls it where a backend can do it. Paths
/// are absolute, modes are permission, set-id and sticky bits.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Change {
    /// A whole file, new or in the place of another one.
    Write {
        path: String,
        mode: u32,
        #[serde(flatten)]
        contents: Contents,
    },
    /// A file that must not be there yet.
    CreateFile {
        path: String,
        mode: u32,
        #[serde(flatten)]
        contents: Contents,
    },
    /// More at the end of a file.
    Append {
        path: String,
        #[serde(flatten)]
        contents: Contents,
    },
    CreateDirectory {
        path: String,
        mode: u32,
    },
    CreateFifo {
        path: String,
        mode: u32,
    },
    CreateSymlink {
        path: String,
        target: String,
    },
    /// `new_path` is one more name of `path`.
    CreateLink {
        path: String,
        new_path: String,
    },
    SetOwner {
        path: String,
        uid: u32,
        gid: u32,
    },
    Rename {
        path: String,
        new_path: String,
    },
    Remove {
        path: String,
    },
    RemoveTree {
        path: String,
    },
    /// Bytes to whoever reads a FIFO, and what the backend says they mean.
    Signal {
        path: String,
        bytes: Bytes,
        meaning: String,
    },
    /// Bytes through a socket.
    Send {
        path: String,
        bytes: Bytes,
    },
    /// A call through a socket, in words.
    Call {
        path: String,
        call: String,
    },
    /// A FIFO, until it is removed again.
    Listen {
        path: String,
        mode: u32,
    },
    /// The file is made where there is none, and names its holder.
    Lock {
        path: String,
    },
    /// What the backend says another program will make of this.
    Expect {
        path: String,
        meaning: String,
    },
    /// Nobody said what would end this wait, of so many nanoseconds at most: what
    /// follows is for the case that nothing does.
    Wait {
        timeout: u64,
    },
}

/// What is written to a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contents {
    /// Bytes.
    pub size: usize,
    /// In hexadecimal.
    pub sha256: String,
    /// All of it, where it is short, text, and everybody may read the file: a
    /// plan is no place for secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Read permission of everybody.
const PUBLIC: u32 = 0o004;

/// Bytes of a text that a plan quotes.
const LONGEST_TEXT: usize = 4096;

impl Contents {
    /// Of a file that may hold secrets whatever its mode is.
    pub(crate) fn unquoted(bytes: &[u8]) -> Self {
        Self::new(bytes, 0)
    }

    /// `mode`: of the file that holds them.
    pub(crate) fn new(bytes: &[u8], mode: u32) -> Self {
        let shown = mode & PUBLIC != 0 && bytes.len() <= LONGEST_TEXT;
        Self {
            size: bytes.len(),
            sha256: to_hex(&Sha256::digest(bytes)),
            text: shown
                .then(|| std::str::from_utf8(bytes).ok().map(str::to_owned))
                .flatten(),
        }
    }
}

impl Change {
    /// As the field `action` says it.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Write { .. } => "write",
            Self::CreateFile { .. } => "create-file",
            Self::Append { .. } => "append",
            Self::CreateDirectory { .. } => "create-directory",
            Self::CreateFifo { .. } => "create-fifo",
            Self::CreateSymlink { .. } => "create-symlink",
            Self::CreateLink { .. } => "create-link",
            Self::SetOwner { .. } => "set-owner",
            Self::Rename { .. } => "rename",
            Self::Remove { .. } => "remove",
            Self::RemoveTree { .. } => "remove-tree",
            Self::Signal { .. } => "signal",
            Self::Send { .. } => "send",
            Self::Call { .. } => "call",
            Self::Listen { .. } => "listen",
            Self::Lock { .. } => "lock",
            Self::Expect { .. } => "expect",
            Self::Wait { .. } => "wait",
        }
    }
}
