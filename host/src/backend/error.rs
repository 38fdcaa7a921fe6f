use std::io::ErrorKind;

use thiserror::Error;

use super::Exit;
use crate::os_error;
use crate::sandbox::SandboxError;
use crate::sandbox::contract::types;
use crate::text::excerpt;

/// What a unit is called that hermes-agent's own installer has made.
pub(crate) const OF_AGENTS: &str = ".service of hermes-agent";

/// Why a backend could not serve a command at all.
#[derive(Debug, Error)]
pub enum BackendError {
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error("backend {backend}: {error}")]
    Failed {
        backend: String,
        error: ServiceError,
    },
    /// Whether a gateway runs could not be looked up.
    #[error("too many open files")]
    TooManyFiles,
    #[error("no backend is called {name}")]
    Unknown { name: String },
}

/// What a backend answered for one service: the contract's error, its words
/// made safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ServiceError {
    #[error("not registered with the supervisor")]
    NotRegistered,
    /// The supervisor's service of that name is another home's.
    #[error("its name is taken: the supervisor has {} under it", theirs(home))]
    Foreign {
        /// Empty: hermes-host has not made it.
        home: String,
    },
    /// Another manager of this machine has a service for the profile.
    #[error("{0}")]
    Elsewhere(String),
    #[error("{0}")]
    Unsupported(String),
    #[error("{0}")]
    Unavailable(String),
    #[error("{0}")]
    PermissionDenied(String),
    #[error("{0}")]
    TimedOut(String),
    #[error("exited with {code} before it was ready")]
    Exited { code: u8 },
    #[error("was ended by signal {signal} before it was ready")]
    Killed { signal: u8 },
    /// Its supervisor does not say how.
    #[error("ended as soon as it was started")]
    Ended,
    /// Such a process there is not.
    #[error("its supervisor says that it runs as pid {pid}, and no such process is there")]
    Stale { pid: u32 },
    /// The supervisor that started this process has died, and the process has not.
    #[error("its gateway runs without a supervisor, left behind by one that is dead, pid {pid}")]
    LeftBehind { pid: u32 },
    #[error("the backend refuses its specification: {0}")]
    InvalidSpec(String),
    /// Where that was in the way, what the backend says is no answer.
    #[error("too many open files")]
    TooManyFiles,
    #[error("{0}")]
    Other(String),
}

impl From<types::Error> for ServiceError {
    fn from(error: types::Error) -> Self {
        match error {
            types::Error::NotRegistered => Self::NotRegistered,
            types::Error::Foreign(home) => Self::Foreign { home: safe(&home) },
            types::Error::Elsewhere(words) => Self::Elsewhere(safe(&words)),
            types::Error::Unsupported(words) => Self::Unsupported(safe(&words)),
            types::Error::Unavailable(words) => Self::Unavailable(safe(&words)),
            types::Error::PermissionDenied(words) => Self::PermissionDenied(safe(&words)),
            types::Error::TimedOut(words) => Self::TimedOut(safe(&words)),
            types::Error::Exited(Exit::Code(code)) => Self::Exited { code },
            types::Error::Exited(Exit::Signal(signal)) => Self::Killed { signal },
            types::Error::InvalidSpec(words) => Self::InvalidSpec(safe(&words)),
            types::Error::Other(words) => Self::Other(safe(&words)),
        }
    }
}

impl ServiceError {
    /// Whether the service has come to its end instead of coming up.
    pub fn is_end(&self) -> bool {
        matches!(
            self,
            Self::Exited { .. } | Self::Killed { .. } | Self::Ended
        )
    }

    /// What there is to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::PermissionDenied(_) => {
                "run as root, or run the gateways under a supervisor of this account's own, \
                 which lets it write"
                    .to_owned()
            }
            Self::TooManyFiles => os_error::MORE_FILES.to_owned(),
            Self::Stale { .. } => {
                "its supervisor may have no space for its status: free some, then gateway restart"
                    .to_owned()
            }
            Self::LeftBehind { pid } => {
                format!("end it: kill {pid}, or kill -9 {pid} where it ignores that")
            }
            Self::Foreign { home } if home.is_empty() => {
                "choose another name for the profile".to_owned()
            }
            Self::Foreign { home } if is_gone(home) => format!(
                "that home is gone: choose another name, or make a profile NAME there and delete \
                 it: mkdir -p {home}/profiles/NAME; touch {home}/profiles/NAME/SOUL.md; \
                 hermes-host --home {home} profile delete NAME --yes"
            ),
            Self::Foreign { home } => format!(
                "hermes-host --home {home} works on that one; here, choose another name for the \
                 profile, or give this home a supervisor of its own"
            ),
            Self::Elsewhere(words) if words.contains(OF_AGENTS) => {
                "one profile has one gateway: as the user whose it is, hermes-host gateway install \
                 -p NAME --migrate takes its place"
                    .to_owned()
            }
            Self::Elsewhere(_) => {
                "one profile has one gateway: use that one as the user whose it is, or there \
                 hermes-host gateway uninstall"
                    .to_owned()
            }
            _ => return None,
        })
    }

    /// Whether the supervisor has no service for the profile.
    pub fn means_absent(&self) -> bool {
        matches!(
            self,
            Self::NotRegistered | Self::Foreign { .. } | Self::Elsewhere(_)
        )
    }

    /// The same where an effect has failed as too many files were open: whether there is
    /// anything cannot be said then.
    pub(super) fn for_want_of_files(self) -> Self {
        match self {
            Self::NotRegistered
            | Self::Foreign { .. }
            | Self::Elsewhere(_)
            | Self::Unsupported(_)
            | Self::Unavailable(_)
            | Self::Other(_) => Self::TooManyFiles,
            other => other,
        }
    }

    /// Says where, in those that are about the place and not about a service.
    pub(super) fn at(self, place: &str) -> Self {
        let said = |words: String| match place.is_empty() {
            true => words,
            false => format!("{words} ({place})"),
        };
        match self {
            Self::Unavailable(words) => Self::Unavailable(said(words)),
            Self::PermissionDenied(words) => Self::PermissionDenied(said(words)),
            other => other,
        }
    }
}

fn theirs(home: &str) -> String {
    match home {
        "" => "a service that hermes-host has not made".to_owned(),
        home => format!("a gateway of {home}"),
    }
}

/// Foreign words, at the length of a line.
pub(super) fn safe(words: &str) -> String {
    const LONGEST: usize = 500;
    excerpt(words, LONGEST)
}

/// Whether a home is certainly not there any more.
fn is_gone(home: &str) -> bool {
    let found = std::fs::symlink_metadata(home);
    found.is_err_and(|error| error.kind() == ErrorKind::NotFound)
}
