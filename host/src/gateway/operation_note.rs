use thiserror::Error;

use super::intent::IntentError;
use super::operation_lock::OperationLockError;

/// What an operator has to know of a verb beside its result.
#[derive(Debug, Error)]
pub enum OperationNote {
    /// A file of intent that nobody could read has been replaced.
    #[error("replaced: {0}")]
    Replaced(IntentError),
    /// A stop has failed, and what it recorded stays.
    #[error(
        "recorded all the same: {}",
        if *enables { "no reconcile starts it, but its supervisor may at the next boot" }
        else { "it will not come back at the next boot" }
    )]
    Stands {
        /// What comes up at boot is up to what its supervisor has enabled.
        enables: bool,
    },
    /// A stop went without the lock.
    #[error("not locked while it was stopped: {0}")]
    Unlocked(OperationLockError),
    /// A stop could not be recorded.
    #[error(
        "not recorded that it is to stay stopped, the next boot {} start it again: {error}",
        if *wanted { "would" } else { "may" }
    )]
    Unrecorded {
        error: IntentError,
        /// What is stored says that it is to run.
        wanted: bool,
    },
}

impl OperationNote {
    pub fn hint(&self) -> Option<String> {
        match self {
            // Nothing of these is to be tried again.
            Self::Replaced(_)
            | Self::Stands { .. }
            | Self::Unlocked(OperationLockError::Busy { .. }) => None,
            Self::Unlocked(error) => error.hint(),
            Self::Unrecorded { error, .. } => error.hint(),
        }
    }
}
