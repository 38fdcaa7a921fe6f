use std::path::PathBuf;

use thiserror::Error;

use super::FILE;
use crate::text;
use crate::volume::VolumeError;

/// Why there is no lease to be had, or to be looked at.
#[derive(Debug, Error)]
pub enum LeaseError {
    #[error(transparent)]
    Volume(#[from] VolumeError),
    #[error("which container this is cannot be told: {}: {reason}", path.display())]
    Identity { path: PathBuf, reason: String },
    /// `holder` is fit to show.
    #[error("the gateways of {} are run by another container ({holder})", text::sanitise(&home.to_string_lossy()))]
    Elsewhere { home: PathBuf, holder: String },
    #[error("the lease on the gateways is lost: {0}")]
    Lost(Loss),
}

/// How a lease was lost.
#[derive(Debug, Error)]
pub enum Loss {
    /// `holder` is fit to show.
    #[error("{FILE} says that another container has it ({holder})")]
    Taken { holder: String },
    #[error("{FILE} was removed, replaced or written to")]
    Removed,
    #[error("it could not be renewed for too long: {0}")]
    NotRenewed(VolumeError),
}

impl LeaseError {
    pub(super) fn identity(path: PathBuf, reason: String) -> Self {
        Self::Identity { path, reason }
    }

    /// What to do about it, where something can be done.
    pub fn hint(&self) -> Option<String> {
        match self {
            // No program of ours makes a lease that is no file.
            Self::Volume(
                VolumeError::Symlink { .. }
                | VolumeError::NotARegularFile { .. }
                | VolumeError::ForeignHardLink { .. },
            ) => Some("remove it: a lease is a file that hermes-host makes".to_owned()),
            Self::Volume(error) | Self::Lost(Loss::NotRenewed(error)) => error.hint(),
            Self::Identity { .. } => Some("mount /proc, without hidepid".to_owned()),
            Self::Elsewhere { .. } => {
                Some("stop that container; hermes-host lease show looks again".to_owned())
            }
            Self::Lost(_) => None,
        }
    }
}
