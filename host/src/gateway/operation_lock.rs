//! One command at a time on each profile.

use std::time::Duration;

use thiserror::Error;

use crate::volume::{Lock, LockMode, VolumeDir, VolumeError};

/// The file in a profile's directory that is locked.
const FILE: &str = "gateway_intent.lock";

/// The right to change one gateway, until it is dropped or the process ends.
#[derive(Debug)]
pub struct OperationLock {
    _lock: Lock,
}

/// Why the lock was not taken.
#[derive(Debug, Error)]
pub enum OperationLockError {
    /// Who holds it, fit to show.
    #[error("another command is at work on it{}", holder.as_ref().map(|who| format!(": {who}")).unwrap_or_default())]
    Busy { holder: Option<String> },
    #[error(transparent)]
    Volume(VolumeError),
}

impl OperationLockError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Busy { .. } => Some("try again when it is done".to_owned()),
            Self::Volume(error) => error.hint(),
        }
    }
}

impl OperationLock {
    /// Takes the lock at once or not at all. `verb` (`gateway stop`) is what
    /// another command that finds it taken is told.
    pub fn acquire(profile: &VolumeDir, verb: &str) -> Result<Self, OperationLockError> {
        Self::acquire_within(profile, verb, Duration::ZERO)
    }

    /// Takes the lock as soon as it is free, if that is soon enough.
    pub fn acquire_within(
        profile: &VolumeDir,
        verb: &str,
        patience: Duration,
    ) -> Result<Self, OperationLockError> {
        match profile.lock(FILE, LockMode::Wait(patience), verb) {
            Ok(lock) => Ok(Self { _lock: lock }),
            Err(VolumeError::Locked { holder, .. }) => Err(OperationLockError::Busy { holder }),
            Err(error) => Err(OperationLockError::Volume(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_second_command_learns_who_is_at_work() {
        let directory = tempfile::tempdir().unwrap();
        let profile = VolumeDir::open(directory.path()).unwrap();
        let held = OperationLock::acquire(&profile, "gateway stop").unwrap();

        let error = OperationLock::acquire(&profile, "gateway start").unwrap_err();
        let message = format!(
            "another command is at work on it: pid {} (gateway stop)",
            std::process::id()
        );
        assert_eq!(error.to_string(), message);
        assert_eq!(error.hint().unwrap(), "try again when it is done");

        drop(held);
        OperationLock::acquire(&profile, "gateway start").unwrap();
    }

    #[test]
    fn a_planted_link_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("elsewhere", directory.path().join(FILE)).unwrap();
        let profile = VolumeDir::open(directory.path()).unwrap();
        let error = OperationLock::acquire(&profile, "gateway stop").unwrap_err();
        assert!(
            matches!(
                error,
                OperationLockError::Volume(VolumeError::Symlink { .. })
            ),
            "{error}"
        );
        assert!(!directory.path().join("elsewhere").exists());
    }
}
