//! Removing a profile: hidden in one step, then removed.

use super::Profile;
use super::create::{TOMBSTONE, sweep};
use super::error::ProfileError;
use super::home::Home;
use super::name::ProfileName;
use crate::volume::{Lock, VolumeDir};

/// A profile that is about to be deleted; dropping this leaves it as it is. Until then no other
/// command changes the set of profiles.
#[derive(Debug)]
pub struct Deletion {
    profiles: VolumeDir,
    profile: Profile,
    _lock: Lock,
}

impl Home {
    /// Prepares to delete the profile `name`. `who` is the command that asks.
    pub fn delete_profile(&self, name: &ProfileName, who: &str) -> Result<Deletion, ProfileError> {
        if name.is_default() {
            return Err(ProfileError::DefaultStays { verb: "deleted" });
        }
        // A name nobody has needs no lock, and makes no lock file.
        self.profile(name)?;
        let lock = self.lock(who)?;
        let profile = self.profile(name)?;
        profile.dir.check_mounts()?;
        let profiles = self.profiles_dir_or_create()?;
        profiles.check_writable()?;
        profiles.check_same_mount(&profile.dir)?;
        sweep(&profiles);
        Ok(Deletion {
            profiles,
            profile,
            _lock: lock,
        })
    }
}

impl Deletion {
    /// The profile that is still there.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Deletes it. Interrupted at any point, it is either whole or gone, and the next command
    /// clears away the rest.
    pub fn commit(self) -> Result<(), ProfileError> {
        let Profile { name, .. } = &self.profile;
        let tombstone = format!("{TOMBSTONE}{name}-{}", std::process::id());
        self.profiles
            .rename_no_replace(name.as_str(), &self.profiles, &tombstone)?;
        self.profiles.sync()?;
        match self.profiles.remove_tree(&tombstone) {
            Ok(_) => Ok(()),
            Err(source) => Err(ProfileError::Leftover {
                name: name.clone(),
                path: self.profiles.path().join(tombstone),
                source,
            }),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn deletes_only_when_committed() {
        let fixture = Fixture::with(&["coder"]);
        let deletion = fixture
            .home
            .delete_profile(&fixture.name("coder"), "test")
            .unwrap();
        assert_eq!(deletion.profile().path(), fixture.path("profiles/coder"));
        drop(deletion);
        fixture.home.profile(&fixture.name("coder")).unwrap();

        fixture
            .home
            .delete_profile(&fixture.name("coder"), "test")
            .unwrap()
            .commit()
            .unwrap();
        assert!(fixture.entries("profiles").is_empty());
        let error = fixture
            .home
            .delete_profile(&fixture.name("coder"), "test")
            .unwrap_err();
        assert!(error.is_not_found(), "{error}");
    }

    #[test]
    fn the_default_profile_stays() {
        let fixture = Fixture::with(&[]);
        let error = fixture
            .home
            .delete_profile(&ProfileName::default_profile(), "test")
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "default: the default profile is the home itself and cannot be deleted"
        );
    }

    #[test]
    fn removes_no_link_and_nothing_behind_one() {
        let fixture = Fixture::with(&["coder"]);
        fs::create_dir(fixture.path("outside")).unwrap();
        fs::write(fixture.path("outside/SOUL.md"), "kept").unwrap();
        symlink(fixture.path("outside"), fixture.path("profiles/coder/link")).unwrap();
        symlink(fixture.path("outside"), fixture.path("profiles/linked")).unwrap();
        fixture
            .home
            .delete_profile(&fixture.name("linked"), "test")
            .unwrap_err();
        fixture
            .home
            .delete_profile(&fixture.name("coder"), "test")
            .unwrap()
            .commit()
            .unwrap();
        assert_eq!(fixture.entries("profiles"), ["linked"]);
        assert_eq!(fixture.entries("outside"), ["SOUL.md"]);
    }

    #[test]
    fn clears_away_what_an_interrupted_command_left() {
        let fixture = Fixture::with(&["coder"]);
        for stale in [".deleted-writer-1", ".stage-writer-1"] {
            fs::create_dir_all(fixture.path("profiles").join(stale).join("a/b")).unwrap();
        }
        drop(
            fixture
                .home
                .delete_profile(&fixture.name("coder"), "test")
                .unwrap(),
        );
        assert_eq!(fixture.entries("profiles"), ["coder"]);
    }
}
