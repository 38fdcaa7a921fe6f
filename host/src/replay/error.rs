use std::io;

use thiserror::Error;

use super::tape::LONGEST_LINE;
use crate::os_error;
use crate::recording::FORMAT;
use crate::sandbox::{CONTRACT, SandboxError};

/// Why a recording cannot be replayed. What it quotes of it is safe to show.
#[derive(Debug, Error)]
pub enum ReplayError {
    #[error("cannot be read: {}", os_error::words(.0))]
    Read(#[from] io::Error),
    #[error("holds no recording")]
    Empty,
    #[error("holds no call: nothing was recorded that could differ")]
    NoCalls,
    #[error("cut off: it may be incomplete; as recorded up to there")]
    CutOff,
    #[error("line {line}: {reason}")]
    Malformed { line: u64, reason: String },
    #[error("line {line}: longer than {} MiB", LONGEST_LINE >> 20)]
    TooLong { line: u64 },
    #[error("line {line}: cut short")]
    CutShort { line: u64 },
    #[error("ends within `{call}` of {backend}, after effect {effects}; as recorded up to there")]
    Unfinished {
        backend: String,
        call: &'static str,
        effects: u64,
    },
    #[error("its format is {format}, this host knows {FORMAT}")]
    OtherFormat { format: u32, host: String },
    #[error("recorded under the contract {contract}, this host has {CONTRACT}")]
    OtherContract { contract: String, host: String },
    #[error("recorded with the backend {backend}, which this host does not have")]
    UnknownBackend { backend: String, host: String },
    #[error(
        "recorded by hermes-host {host} with another {backend}: \
         its digest is {digest}, that of this host's {current}"
    )]
    OtherDigest {
        backend: String,
        host: String,
        digest: String,
        current: String,
    },
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

impl ReplayError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::OtherFormat { host, .. }
            | Self::OtherContract { host, .. }
            | Self::UnknownBackend { host, .. } => Some(format!(
                "replay it with the host that wrote it, hermes-host {host}"
            )),
            Self::OtherDigest { backend, .. } => {
                Some(format!("--current replays it with this host's {backend}"))
            }
            Self::Empty | Self::Malformed { .. } => {
                Some("a recording is what --trace FILE writes".to_owned())
            }
            Self::NoCalls => Some("record a command that asks a backend something".to_owned()),
            Self::CutOff | Self::CutShort { .. } | Self::Unfinished { .. } => {
                Some("record it again: the command that wrote it did not get to its end".to_owned())
            }
            Self::Read(_) | Self::TooLong { .. } | Self::Sandbox(_) => None,
        }
    }
}
