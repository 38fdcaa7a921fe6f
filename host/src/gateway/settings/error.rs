//! What can be wrong with the settings.

use thiserror::Error;

use crate::text;
use crate::volume::VolumeError;

/// Why settings are not usable.
#[derive(Debug, Error)]
pub enum SettingsError {
    #[error(transparent)]
    Volume(#[from] VolumeError),
    #[error("{}: {reason}", text::sanitise(path))]
    Invalid { path: String, reason: Invalid },
    /// Root would run what somebody else wrote.
    #[error("{}: root runs nothing that {writer} can change", text::sanitise(path))]
    Untrusted {
        /// The file, or the directory it is in.
        path: String,
        /// `uid 10000`, `its group`, `everybody`.
        writer: String,
    },
    #[error(
        "{}: gateway.user: no account named {}",
        text::sanitise(path),
        text::excerpt(user, 64)
    )]
    UnknownUser {
        path: String,
        user: String,
        nearest: Option<String>,
    },
    #[error(
        "{}: gateway.user: {} is not the owner of the home (uid {owner})",
        text::sanitise(path),
        text::excerpt(user, 64)
    )]
    ForeignUser {
        path: String,
        user: String,
        owner: u32,
    },
}

/// What is wrong in the file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Invalid {
    /// What the parser said, fit to show.
    #[error("{0}")]
    Json(String),
    /// `key` with all the sections it is in: `gateway.restart.window`.
    #[error("{key}: {reason}")]
    Value { key: String, reason: String },
    #[error("unknown key {}", text::excerpt(key, 128))]
    UnknownKey {
        key: String,
        /// The known key that looks most like it, in the same way.
        nearest: Option<String>,
        /// All keys known there.
        known: Vec<&'static str>,
    },
}

impl SettingsError {
    /// Whether another attempt ends the same way until somebody changes the
    /// settings.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Volume(error) => error.is_lasting(),
            _ => true,
        }
    }

    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Volume(error) => error.hint(),
            Self::Invalid {
                reason: Invalid::UnknownKey { nearest, known, .. },
                ..
            } => Some(match nearest {
                Some(nearest) => format!("did you mean {nearest}?"),
                None => format!("known here: {}", known.join(", ")),
            }),
            Self::Invalid { .. } => {
                Some("correct it, or take it out: every setting has a default".to_owned())
            }
            Self::Untrusted { path, .. } => Some(format!(
                "chown root and chmod go-w {}, or give the whole home to the account of the gateways",
                text::sanitise(path)
            )),
            Self::UnknownUser { nearest, .. } => Some(match nearest {
                Some(name) => format!("did you mean {}?", text::excerpt(name, 64)),
                None => "create that account, or correct gateway.user".to_owned(),
            }),
            Self::ForeignUser { .. } => Some(
                "leave gateway.user out, or give the home to root or to that account".to_owned(),
            ),
        }
    }
}
