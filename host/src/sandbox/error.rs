use std::time::Duration;

use serde::Serialize;
use thiserror::Error;

use super::Mismatch;
use crate::effect::Denial;

/// Why a backend could not be run, or did not run to the end of a call.
#[derive(Debug, Error, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SandboxError {
    #[error(transparent)]
    Denied(#[from] Denial),
    #[error("backend {backend} does not load: {reason}")]
    DoesNotLoad { backend: String, reason: String },
    #[error("backend {backend} {mismatch}")]
    DoesNotFit { backend: String, mismatch: Mismatch },
    #[error("backend {backend} did not finish `{call}` within {}s", .budget.as_secs())]
    OutOfTime {
        backend: String,
        call: &'static str,
        #[serde(skip)]
        budget: Duration,
    },
    #[error("backend {backend} computed too long in `{call}`")]
    OutOfFuel { backend: String, call: &'static str },
    /// `most`: the limit and its unit.
    #[error("backend {backend} wanted more than {most} in `{call}`")]
    OutOfMemory {
        backend: String,
        call: &'static str,
        most: String,
    },
    /// Whose doing it is not.
    #[error("too many open files (in `{call}`)")]
    TooManyFiles { call: &'static str },
    #[error("there is not enough memory to run backend {backend}")]
    NoMemory { backend: String },
    #[error("backend {backend} crashed in `{call}`: {reason}")]
    Crashed {
        backend: String,
        call: &'static str,
        reason: String,
    },
    #[error("backend {backend} broke the contract in `{call}`: {reason}")]
    Misbehaved {
        backend: String,
        call: &'static str,
        reason: String,
    },
}
