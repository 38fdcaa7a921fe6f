//! Profiles: the home they live in, their names and ports, and how they come and go.
//!
//! The profile `default` is the home itself, every other one is `<home>/profiles/<name>`.

mod clone;
mod create;
mod delete;
mod env_file;
mod error;
mod home;
mod list;
mod name;
mod port;
mod rename;

pub use clone::Skipped;
pub use create::ProfileDraft;
pub use delete::Deletion;
pub use env_file::EnvFile;
pub use error::ProfileError;
pub use home::{Home, HomePath};
pub use name::{ProfileName, ProfileNameError};
pub use port::{
    PortAllocator, PortHolders, PortRecord, PortSource, SharedPort, allocate, preferred,
};
pub use rename::Renaming;

use std::path::Path;

use crate::volume::{FileKind, VolumeDir, VolumeError};

/// The agent's persona; a directory with one is a profile.
pub const PERSONA: &str = "SOUL.md";

/// One agent's directory: persona, settings, memories, state.
#[derive(Debug)]
pub struct Profile {
    name: ProfileName,
    dir: VolumeDir,
}

impl Profile {
    /// The profile's name.
    pub fn name(&self) -> &ProfileName {
        &self.name
    }

    /// The directory, open.
    pub fn dir(&self) -> &VolumeDir {
        &self.dir
    }

    /// Where the directory is, for messages.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Whether the directory has a [`PERSONA`], which must be a real file.
    fn has_persona(dir: &VolumeDir) -> Result<bool, VolumeError> {
        let path = || dir.path().join(PERSONA);
        match dir.kind(PERSONA)? {
            None => Ok(false),
            Some(FileKind::File) => Ok(true),
            Some(FileKind::Symlink) => Err(VolumeError::Symlink { path: path() }),
            Some(_) => Err(VolumeError::NotARegularFile { path: path() }),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod fixture;
