use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Effect, Names};
use crate::dbus::Policy;

/// What one backend may reach, by the labels of its own manifest.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    /// Whose grants these are.
    pub backend: String,
    pub by_label: BTreeMap<String, Grant>,
}

/// A label that the host has mapped to something real.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub access: Access,
    pub path: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    ReadFile,
    ReadDirectory,
    WriteDirectory,
    /// A directory to look around in, and to write to some names of.
    WriteNames(Names),
    /// Whatever bytes.
    UnixSocket,
    /// Calls that a policy allows.
    Dbus(Policy),
    Command,
}

impl Access {
    /// Whether an effect that names a label may use it.
    pub fn serves(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Open { .. } => matches!(
                self,
                Self::ReadDirectory | Self::WriteDirectory | Self::WriteNames(_)
            ),
            Effect::ReadGranted { .. } => matches!(self, Self::ReadFile),
            Effect::Connect { .. } => matches!(self, Self::UnixSocket | Self::Dbus(_)),
            Effect::Run { .. } => matches!(self, Self::Command),
            _ => false,
        }
    }

    /// Whether it is one to change something in.
    pub fn writes(&self) -> bool {
        matches!(self, Self::WriteDirectory | Self::WriteNames(_))
    }

    /// As the contract calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ReadFile => "read-file",
            Self::ReadDirectory => "read-directory",
            Self::WriteDirectory => "write-directory",
            Self::WriteNames(_) => "write-names",
            Self::UnixSocket => "unix-socket",
            Self::Dbus(_) => "dbus",
            Self::Command => "command",
        }
    }
}
