use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use thiserror::Error;

use crate::text::excerpt;

/// Why a component was not compiled.
#[derive(Debug, Error)]
pub enum CompileError {
    #[error("hermes-plugin cannot be run: {0}")]
    Start(io::Error),
    /// In the compiler's own words.
    #[error("{reason}")]
    Refused {
        reason: String,
        hint: Option<String>,
    },
    #[error("it was not compiled within {}s of processor time", .limit.as_secs())]
    OutOfTime { limit: Duration },
    /// In MiB.
    #[error("it was not compiled within {limit} MiB of memory")]
    OutOfMemory { limit: u64 },
    #[error("hermes-plugin ended with {0} and without a word")]
    Died(ExitStatus),
    #[error("hermes-plugin is version {version}, and this is {}", env!("CARGO_PKG_VERSION"))]
    OtherVersion { version: String },
    #[error("what hermes-plugin answered is damaged")]
    Garbled,
}

impl CompileError {
    /// Reads what the compiler says on standard error: `error: ` and a line, and
    /// at most one `  hint: `.
    pub fn reported(said: &str) -> Option<Self> {
        const LONGEST: usize = 500;
        let mut lines = said.lines();
        let reason = lines.next()?.strip_prefix("error: ")?;
        let hint = lines.find_map(|line| line.strip_prefix("  hint: "));
        Some(Self::Refused {
            reason: excerpt(reason, LONGEST),
            hint: hint.map(|hint| excerpt(hint, LONGEST)),
        })
    }

    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Refused { hint, .. } => hint.clone(),
            Self::OutOfTime { .. } | Self::OutOfMemory { .. } => {
                Some("no backend needs so much: do not trust this one".to_owned())
            }
            Self::Start(_) | Self::OtherVersion { .. } | Self::Garbled | Self::Died(_) => {
                Some("install hermes-host and hermes-plugin from the same build".to_owned())
            }
        }
    }
}
