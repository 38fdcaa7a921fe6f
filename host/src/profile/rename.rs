//! Giving a profile another name. Its port is recorded in its directory and so moves along.

use super::Profile;
use super::create::{publish, sweep};
use super::error::ProfileError;
use super::home::Home;
use super::name::ProfileName;
use crate::volume::{Lock, VolumeDir};

/// A profile that is about to be renamed; until this is dropped no other command changes the
/// set of profiles.
#[derive(Debug)]
pub struct Renaming {
    profiles: VolumeDir,
    from: ProfileName,
    to: ProfileName,
    _lock: Lock,
}

impl Home {
    /// Prepares to rename the profile `from` to `to`. `who` is the command that asks.
    pub fn rename_profile(
        &self,
        from: &ProfileName,
        to: &ProfileName,
        who: &str,
    ) -> Result<Renaming, ProfileError> {
        if from.is_default() {
            return Err(ProfileError::DefaultStays { verb: "renamed" });
        }
        to.check_not_reserved()?;
        self.profile(from)?;
        let lock = self.lock(who)?;
        let profile = self.profile(from)?;
        let profiles = self.profiles_dir_or_create()?;
        profiles.check_writable()?;
        profiles.check_same_mount(&profile.dir)?;
        sweep(&profiles);
        let renaming = Renaming {
            profiles,
            from: from.clone(),
            to: to.clone(),
            _lock: lock,
        };
        if renaming.profiles.exists(to.as_str())? {
            return Err(self.taken(to, &renaming.profiles));
        }
        Ok(renaming)
    }
}

impl Renaming {
    /// Renames the profile and returns it under its new name.
    pub fn commit(&self) -> Result<Profile, ProfileError> {
        publish(&self.profiles, self.from.as_str(), &self.to).inspect_err(|_| {
            // It may have the new name already, and be known not to keep it. Where it
            // has not, this finds nothing.
            let _ = self.roll_back();
        })
    }

    /// Undoes [`Self::commit`].
    pub fn roll_back(&self) -> Result<Profile, ProfileError> {
        publish(&self.profiles, self.to.as_str(), &self.from)
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
    fn renames_there_and_back_with_its_port() {
        let fixture = Fixture::with(&["coder"]);
        let coder = fixture.home.profile(&fixture.name("coder")).unwrap();
        let port = fixture.home.ensure_port(&coder, "test").unwrap();
        let renaming = fixture
            .home
            .rename_profile(&fixture.name("coder"), &fixture.name("writer"), "test")
            .unwrap();
        assert_eq!(fixture.entries("profiles"), ["coder"]);

        let writer = renaming.commit().unwrap();
        assert_eq!(writer.name().as_str(), "writer");
        assert_eq!(writer.path(), fixture.path("profiles/writer"));
        assert_eq!(writer.port().unwrap(), Some(port));
        assert_eq!(fixture.entries("profiles"), ["writer"]);

        assert_eq!(renaming.roll_back().unwrap().name().as_str(), "coder");
        assert_eq!(fixture.entries("profiles"), ["coder"]);
    }

    #[test]
    fn refuses_what_cannot_be_renamed() {
        let fixture = Fixture::with(&["coder", "writer"]);
        symlink("coder", fixture.path("profiles/linked")).unwrap();
        for (from, to, message) in [
            (
                "default",
                "x",
                "default: the default profile is the home itself and cannot be renamed",
            ),
            ("coder", "root", "profile name root is reserved"),
            ("coder", "default", "profile name default is reserved"),
            ("absent", "x", "no profile named absent"),
            ("coder", "writer", "writer: already exists"),
            ("coder", "coder", "coder: already exists"),
            ("coder", "linked", "is in the way"),
            ("linked", "x", "is a symbolic link"),
        ] {
            let error = fixture
                .home
                .rename_profile(&fixture.name(from), &fixture.name(to), "test")
                .unwrap_err();
            assert!(
                error.to_string().contains(message),
                "{from} -> {to}: {error}"
            );
        }
        assert_eq!(fixture.entries("profiles"), ["coder", "linked", "writer"]);
    }

    #[test]
    fn a_name_taken_meanwhile_is_not_replaced() {
        let fixture = Fixture::with(&["coder"]);
        let renaming = fixture
            .home
            .rename_profile(&fixture.name("coder"), &fixture.name("writer"), "test")
            .unwrap();
        fs::create_dir(fixture.path("profiles/writer")).unwrap();
        let error = renaming.commit().unwrap_err();
        assert!(
            matches!(error, ProfileError::AlreadyExists { .. }),
            "{error}"
        );
        assert_eq!(fixture.entries("profiles"), ["coder", "writer"]);
    }
}
