//! What the operator wants a gateway to be, kept apart from what it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::volume::{Durability, FileKind, VolumeDir, VolumeError};
use crate::{json, text};

mod preparation;

pub use preparation::Preparation;

/// The file in a profile's directory that holds its [`Intent`].
pub const FILE: &str = "gateway_intent.json";

/// Its permission bits.
const MODE: u32 = 0o644;

/// Bytes: an intent takes about 120.
const MAX_SIZE: u64 = 16 * 1024;

/// What a gateway is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum Desired {
    Running,
    Stopped,
}

impl Desired {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
        }
    }
}

impl TryFrom<String> for Desired {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "running" => Ok(Self::Running),
            "stopped" => Ok(Self::Stopped),
            _ => Err(format!("`{word}` is neither `running` nor `stopped`")),
        }
    }
}

/// The operator's last word on one gateway. Only operator's verbs write it: no
/// signal, crash or container stop ever does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub desired: Desired,
    /// Counts the changes of mind, from 1.
    #[serde(default)]
    pub generation: u64,
    /// Who decided. Anybody can have written it: sanitise it before it is shown.
    #[serde(default)]
    pub by: String,
    /// When, in RFC 3339.
    #[serde(default)]
    pub at: String,
}

/// What recording an intent did.
#[derive(Debug)]
pub struct Recorded {
    pub intent: Intent,
    /// The stored intent said something else, or nothing.
    pub changed: bool,
    /// What it said.
    pub previous: Option<Intent>,
    /// Why the file that was replaced could not be read.
    pub replaced_corrupt: Option<IntentError>,
}

/// Why an intent cannot be read or written.
#[derive(Debug, Error)]
pub enum IntentError {
    #[error(transparent)]
    Volume(#[from] VolumeError),
    #[error("{}: {reason}", text::sanitise(path))]
    Corrupt { path: String, reason: String },
}

impl IntentError {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Volume(error) => error.hint(),
            Self::Corrupt { .. } => {
                Some("say what the gateway is to be: hermes-host gateway start, or stop".to_owned())
            }
        }
    }
}

impl Intent {
    /// The stored intent; `None` where none was ever stored.
    pub fn load(profile: &VolumeDir) -> Result<Option<Self>, IntentError> {
        let Some(bytes) = profile.read(FILE, MAX_SIZE)? else {
            return Ok(None);
        };
        Self::parse(&bytes)
            .map(Some)
            .map_err(|reason| IntentError::Corrupt {
                path: profile.path().join(FILE).to_string_lossy().into_owned(),
                reason,
            })
    }

    /// Whether an intent can take its place: whatever else is there gives way to it.
    pub fn check_place(profile: &VolumeDir) -> Result<(), IntentError> {
        match profile.kind(FILE)? {
            Some(FileKind::Directory) => Err(VolumeError::NotARegularFile {
                path: profile.path().join(FILE),
            }
            .into()),
            _ => Ok(()),
        }
    }

    /// Stores what the operator wants; the caller holds the
    /// [`OperationLock`](super::operation_lock::OperationLock).
    ///
    /// An intent that already says so stays untouched. One that cannot be read
    /// is replaced: the operator's word outweighs a broken file.
    pub fn record(
        profile: &VolumeDir,
        desired: Desired,
        by: &str,
        now: Timestamp,
        durability: Durability,
    ) -> Result<Recorded, IntentError> {
        Self::record_prepared(profile, desired, by, now, durability, None)
    }

    /// The same with what has been prepared, where that is still right.
    pub fn record_prepared(
        profile: &VolumeDir,
        desired: Desired,
        by: &str,
        now: Timestamp,
        durability: Durability,
        preparation: Option<Preparation>,
    ) -> Result<Recorded, IntentError> {
        let (previous, replaced_corrupt) = match Self::load(profile) {
            Ok(Some(intent)) if intent.desired == desired => {
                // Of a command that was killed before it could say so.
                profile.sweep_temporaries(FILE);
                return Ok(Recorded {
                    intent,
                    changed: false,
                    previous: None,
                    replaced_corrupt: None,
                });
            }
            Ok(previous) => (previous, None),
            Err(error) => (None, Some(error)),
        };
        let prepared = preparation
            .filter(|_| replaced_corrupt.is_none())
            .and_then(|preparation| preparation.publish(desired, previous.as_ref()));
        profile.sweep_temporaries(FILE);
        let intent = if let Some(intent) = prepared {
            intent
        } else {
            let intent = Self::next(desired, previous.as_ref(), by, now);
            profile.replace(FILE, intent.to_json().as_bytes(), MODE, durability)?;
            intent
        };
        Ok(Recorded {
            intent,
            changed: true,
            previous,
            replaced_corrupt,
        })
    }

    fn next(desired: Desired, previous: Option<&Self>, by: &str, now: Timestamp) -> Self {
        Self {
            desired,
            generation: previous
                .map_or(0, |previous| previous.generation)
                .saturating_add(1),
            by: by.to_owned(),
            at: now.to_string(),
        }
    }

    /// Undoes what [`Intent::record`] did, where the verb was refused outright.
    /// A broken file that was replaced stays replaced, and so does what a stop has said
    /// since, which waits for nobody for ever.
    pub fn take_back(profile: &VolumeDir, recorded: &Recorded) -> Result<(), IntentError> {
        if Self::load(profile)?.as_ref() != Some(&recorded.intent) {
            return Ok(());
        }
        match &recorded.previous {
            _ if !recorded.changed || recorded.replaced_corrupt.is_some() => {}
            Some(previous) => {
                let json = previous.to_json();
                profile.replace(FILE, json.as_bytes(), MODE, Durability::Synced)?;
            }
            None => {
                profile.remove_file(FILE)?;
            }
        }
        Ok(())
    }

    /// What the bytes of the file say. The error is what is wrong, fit to show.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        // A derived struct would also be read from an array.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err("is not a JSON object".to_owned());
        }
        let intent = serde_json::from_slice(bytes)
            .map_err(|error| text::excerpt(&error.to_string(), 200))?;
        // What it passes over has to be unambiguous, too.
        json::object(bytes)?;
        Ok(intent)
    }

    fn to_json(&self) -> String {
        let json = serde_json::json!({
            "desired": self.desired,
            "generation": self.generation,
            "by": self.by,
            "at": self.at,
        });
        format!("{json}\n")
    }
}

#[cfg(test)]
mod tests;
