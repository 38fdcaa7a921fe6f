use std::collections::BTreeMap;
use std::path::PathBuf;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    ReadFile,
    ReadDirectory,
    WriteDirectory,
    UnixSocket,
    Command,
}

impl Access {
    /// As the contract calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadFile => "read-file",
            Self::ReadDirectory => "read-directory",
            Self::WriteDirectory => "write-directory",
            Self::UnixSocket => "unix-socket",
            Self::Command => "command",
        }
    }
}
