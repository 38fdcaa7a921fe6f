//! What can go wrong with profiles.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::name::{ProfileName, ProfileNameError};
use super::port;
use crate::text;
use crate::volume::VolumeError;

/// A failed operation on a profile or on the home.
#[derive(Debug, Error)]
pub enum ProfileError {
    #[error(transparent)]
    Name(#[from] ProfileNameError),
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// A directory among the profiles that cannot be one.
    #[error("{}: {source}", shown(path))]
    NameOnDisk {
        path: PathBuf,
        source: ProfileNameError,
    },
    #[error("{}: there is no hermes home", shown(path))]
    NoHome { path: PathBuf },
    /// A home is made in a directory that is there.
    #[error("{}: there is no directory to make the home in", shown(path))]
    NoParent { path: PathBuf },
    #[error("no profile named {name} in {}", shown(home))]
    NotFound {
        name: ProfileName,
        home: PathBuf,
        /// The profile whose name is most like it.
        nearest: Option<ProfileName>,
    },
    /// A directory of that name, but not a profile's.
    #[error(
        "{name}: {} has no {}, so it is no profile",
        shown(path),
        super::PERSONA
    )]
    NoPersona { name: ProfileName, path: PathBuf },
    #[error(
        "{}: belongs to uid {owner}, not to uid {expected} like the home",
        shown(path)
    )]
    ForeignOwner {
        path: PathBuf,
        owner: u32,
        expected: u32,
    },
    /// `profiles/default`, which nothing uses.
    #[error("{}: ignored, the default profile is the home itself", shown(path))]
    ReservedDirectory { path: PathBuf },
    #[error("{name}: already exists at {}", shown(path))]
    AlreadyExists { name: ProfileName, path: PathBuf },
    /// Something that is no profile, where one is to be.
    #[error(
        "{name}: {} is in the way, and cannot be used as a profile",
        shown(path)
    )]
    InTheWay { name: ProfileName, path: PathBuf },
    /// `verb` is what was asked for: `deleted`, `renamed`.
    #[error("default: the default profile is the home itself and cannot be {verb}")]
    DefaultStays { verb: &'static str },
    #[error("{}: {what}", shown(path))]
    BadPort { path: PathBuf, what: &'static str },
    #[error("{name}: all {} ports from {} are taken", port::COUNT, port::FIRST)]
    PortsExhausted { name: ProfileName },
    #[error("{}: more to clone than {limit} {unit}", shown(path))]
    CloneTooLarge {
        path: PathBuf,
        limit: u64,
        unit: &'static str,
    },
    /// The profile is gone, its files are not.
    #[error(
        "{name}: deleted, but its files are still at {}: {source}",
        shown(path)
    )]
    Leftover {
        name: ProfileName,
        path: PathBuf,
        source: VolumeError,
    },
}

impl ProfileError {
    /// Whether it says that there is no such profile.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::NoPersona { .. })
    }

    /// Whether it is about how the profile is set up: another attempt ends the same way until
    /// somebody changes that.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Volume(error) => error.is_lasting(),
            Self::BadPort { .. } | Self::PortsExhausted { .. } | Self::ForeignOwner { .. } => true,
            _ => false,
        }
    }

    /// What to do about it, where something can be done.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Name(error) => return error.hint(),
            Self::Volume(error) => return error.hint(),
            Self::NameOnDisk { path, .. } => format!("rename the directory: {}", shown(path)),
            Self::NoHome { .. } => {
                "hermes-host profile create NAME makes it, --home names another one".to_owned()
            }
            Self::NoParent { path } => format!("make it: mkdir -p {}", shown(path)),
            Self::NotFound {
                nearest: Some(nearest),
                ..
            } => {
                format!("did you mean {nearest}? hermes-host profile list shows all")
            }
            Self::NotFound { nearest: None, .. } => "hermes-host profile list shows all".to_owned(),
            Self::NoPersona { path, .. } => {
                format!("write its persona to {}", shown(&path.join(super::PERSONA)))
            }
            Self::ForeignOwner { path, expected, .. } => {
                format!(
                    "chown -R {expected} {}   (after a look at what is in it)",
                    shown(path)
                )
            }
            Self::ReservedDirectory { .. } => {
                "rename the directory to use it as a profile".to_owned()
            }
            Self::AlreadyExists { name, .. } => {
                format!("choose another name, or hermes-host profile delete {name}")
            }
            Self::InTheWay { path, .. } => format!("remove or rename {}", shown(path)),
            Self::BadPort { path, .. } => format!("correct or remove it in {}", shown(path)),
            Self::PortsExhausted { .. } => {
                "delete a profile, or make the new one by hand: a directory with SOUL.md and an \
                 .env that sets API_SERVER_PORT"
                    .to_owned()
            }
            Self::Leftover { .. } => "the next profile create or delete tries again".to_owned(),
            Self::DefaultStays { .. } | Self::CloneTooLarge { .. } => return None,
        })
    }
}

/// A path on one line, as the names in it may be anybody's.
fn shown(path: &Path) -> String {
    text::sanitise(&path.to_string_lossy()).into_owned()
}
