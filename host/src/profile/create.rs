//! Making a profile: built under a hidden name, then published in one step.

use super::Profile;
use super::clone::{Skipped, clone_persona};
use super::error::ProfileError;
use super::home::Home;
use super::name::ProfileName;
use super::{PERSONA, port};
use crate::volume::{Durability, Lock, VolumeDir, VolumeError};

const STAGE: &str = ".stage-";
pub(super) const TOMBSTONE: &str = ".deleted-";

/// A profile that is complete but not published. Dropping it leaves nothing behind; until then
/// no other command changes the set of profiles.
#[derive(Debug)]
pub struct ProfileDraft {
    name: ProfileName,
    port: u16,
    skipped: Vec<Skipped>,
    cloned: bool,
    // Removed before the lock is released.
    stage: Stage,
    _lock: Lock,
}

impl Home {
    /// Removes what interrupted commands left of profiles; the caller holds the home's lock.
    pub(crate) fn sweep(&self) {
        if let Ok(Some(profiles)) = self.profiles_dir() {
            sweep(&profiles);
        }
    }

    /// What to say of a name that something in `profiles` has.
    pub(super) fn taken(&self, name: &ProfileName, profiles: &VolumeDir) -> ProfileError {
        let (path, name) = (profiles.path().join(name.as_str()), name.clone());
        match self.profile(&name) {
            Ok(_) => ProfileError::AlreadyExists { name, path },
            Err(ProfileError::Volume(error)) if error.is_too_many_files() => error.into(),
            Err(_) => ProfileError::InTheWay { name, path },
        }
    }

    /// Builds a profile `name` with a port of its own, with the persona of `source` if there is
    /// one. `who` is the command that asks.
    pub fn create_profile(
        &self,
        name: &ProfileName,
        source: Option<&ProfileName>,
        who: &str,
    ) -> Result<ProfileDraft, ProfileError> {
        name.check_not_reserved()?;
        let source = source.map(|source| self.profile(source)).transpose()?;
        let lock = self.lock(who)?;
        let profiles = self.profiles_dir_or_create()?;
        sweep(&profiles);
        if profiles.exists(name.as_str())? {
            return Err(self.taken(name, &profiles));
        }
        let stage = Stage::new(profiles, name)?;
        let skipped = match &source {
            Some(source) => clone_persona(source.dir(), &stage.dir)?,
            None => Vec::new(),
        };
        if !stage.dir.exists(PERSONA)? {
            stage
                .dir
                .replace(PERSONA, persona(name).as_bytes(), 0o644, Durability::Synced)?;
        }
        let port = port::record(name, &stage.dir, &self.taken_ports())?;
        let cloned = source.is_some();
        Ok(ProfileDraft {
            name: name.clone(),
            port,
            skipped,
            cloned,
            stage,
            _lock: lock,
        })
    }
}

impl ProfileDraft {
    /// The name it will be published under.
    pub fn name(&self) -> &ProfileName {
        &self.name
    }

    /// The port allocated to it.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What was not cloned, being neither a file nor a directory.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Makes it a profile.
    pub fn publish(self) -> Result<Profile, ProfileError> {
        let Stage {
            profiles,
            dir,
            name: stage,
        } = &self.stage;
        if self.cloned {
            dir.sync_file_system()?;
        } else {
            dir.sync()?;
        }
        publish(profiles, stage, &self.name)
    }
}

/// Gives the directory `hidden` the name it is known by.
pub(super) fn publish(
    profiles: &VolumeDir,
    hidden: &str,
    name: &ProfileName,
) -> Result<Profile, ProfileError> {
    match profiles.rename_no_replace(hidden, profiles, name.as_str()) {
        Ok(()) => {}
        Err(VolumeError::AlreadyExists { path }) => {
            return Err(ProfileError::AlreadyExists {
                name: name.clone(),
                path,
            });
        }
        Err(error) => return Err(error.into()),
    }
    profiles.sync()?;
    let path = profiles.path().join(name.as_str());
    let dir = profiles
        .directory(name.as_str())?
        .ok_or(VolumeError::NotFound { path })?;
    Ok(Profile {
        name: name.clone(),
        dir,
    })
}

/// Removes what interrupted commands left; whoever holds the home's lock is alone. What cannot
/// be removed now is tried again by the next command.
pub(super) fn sweep(profiles: &VolumeDir) {
    for (entry, _) in profiles.entries().unwrap_or_default() {
        let name = entry.as_encoded_bytes();
        if name.starts_with(STAGE.as_bytes()) || name.starts_with(TOMBSTONE.as_bytes()) {
            let _ = profiles.remove_tree(&entry);
        }
    }
}

/// The hidden directory a profile is built in, removed unless it was renamed.
#[derive(Debug)]
struct Stage {
    profiles: VolumeDir,
    name: String,
    dir: VolumeDir,
}

impl Stage {
    fn new(profiles: VolumeDir, name: &ProfileName) -> Result<Self, ProfileError> {
        let name = format!("{STAGE}{name}-{}", std::process::id());
        // Memories and tokens are nobody else's to read.
        let dir = profiles.create_directory(&name, 0o700)?;
        Ok(Self {
            profiles,
            name,
            dir,
        })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.profiles.remove_tree(&self.name);
    }
}

fn persona(name: &ProfileName) -> String {
    format!(
        "# {name}\n\nYou are {name}, a helpful and honest assistant. You answer briefly and say so \
         when you do not know.\n"
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
