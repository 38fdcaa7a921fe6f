//! The directory all profiles live in.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::ProfileError;
use super::name::ProfileName;
use crate::rehearsal::Rehearsal;
use crate::volume::{Lock, LockMode, VolumeDir, VolumeError};

pub(super) const PROFILES: &str = "profiles";

/// Held while the set of profiles or their ports change.
const LOCK: &str = "hermes-host.lock";
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// Where the home is, before it is opened.
#[derive(Debug, Clone)]
pub struct HomePath {
    root: PathBuf,
    implied_profile: Option<ProfileName>,
    rehearsal: Option<Rehearsal>,
}

impl HomePath {
    /// The home that `path`, relative to `cwd`, means. The directory of a profile in
    /// `<home>/profiles` means the home around it, as hermes-agent sets `HERMES_HOME` to it for
    /// that profile's processes.
    pub fn resolve(path: &Path, cwd: &Path) -> Self {
        // Collecting the components drops `.` and trailing slashes.
        let path: PathBuf = cwd.join(path).components().collect();
        let around = path
            .parent()
            .filter(|parent| parent.file_name().is_some_and(|name| name == PROFILES));
        match (around.and_then(Path::parent), path.file_name()) {
            (Some(root), Some(name)) => Self {
                implied_profile: name.to_str().and_then(|name| name.parse().ok()),
                root: root.to_owned(),
                rehearsal: None,
            },
            _ => Self {
                root: path,
                implied_profile: None,
                rehearsal: None,
            },
        }
    }

    /// The same home under its one name, without links and `..`: it is told from others
    /// by that.
    #[must_use]
    pub fn canonical(self) -> Self {
        let canonical = self.root.canonicalize().or_else(|error| {
            // One that is still to be made.
            match (self.root.parent(), self.root.file_name()) {
                (Some(parent), Some(name)) => Ok(parent.canonicalize()?.join(name)),
                _ => Err(error),
            }
        });
        Self {
            root: canonical.unwrap_or(self.root),
            ..self
        }
    }

    /// The same home in a dry run: what is done to it is only planned.
    #[must_use]
    pub fn rehearse(self, rehearsal: Rehearsal) -> Self {
        Self {
            rehearsal: Some(rehearsal),
            ..self
        }
    }

    fn open(&self, path: &Path) -> Result<VolumeDir, VolumeError> {
        match &self.rehearsal {
            Some(rehearsal) => VolumeDir::rehearse(path, rehearsal),
            None => VolumeDir::open(path),
        }
    }

    /// The home's own path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The profile whose directory the path was.
    pub fn implied_profile(&self) -> Option<&ProfileName> {
        self.implied_profile.as_ref()
    }
}

/// The open home.
#[derive(Debug)]
pub struct Home {
    pub(super) dir: VolumeDir,
}

impl Home {
    /// Opens the home, which has to exist.
    pub fn open(path: &HomePath) -> Result<Self, ProfileError> {
        match path.open(path.root()) {
            Ok(dir) => Ok(Self { dir }),
            Err(VolumeError::NotFound { path }) => Err(ProfileError::NoHome { path }),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the home, or makes it in its parent directory, which has to exist.
    pub fn open_or_create(path: &HomePath) -> Result<Self, ProfileError> {
        let root = path.root();
        match (Self::open(path), root.parent(), root.file_name()) {
            (Err(ProfileError::NoHome { .. }), Some(parent), Some(name)) => {
                let parent = match path.open(parent) {
                    Err(VolumeError::NotFound { path }) => {
                        return Err(ProfileError::NoParent { path });
                    }
                    parent => parent?,
                };
                match parent.create_directory(name, 0o755) {
                    Ok(dir) => Ok(Self { dir }),
                    // Another command was faster.
                    Err(VolumeError::AlreadyExists { .. }) => Self::open(path),
                    Err(error) => Err(error.into()),
                }
            }
            (opened, _, _) => opened,
        }
    }

    /// The directory, open.
    pub fn dir(&self) -> &VolumeDir {
        &self.dir
    }

    /// Where the home is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Keeps the set of profiles and their ports as they are; `who` is the command that does.
    pub(crate) fn lock(&self, who: &str) -> Result<Lock, ProfileError> {
        Ok(self.dir.lock(LOCK, LockMode::Wait(LOCK_PATIENCE), who)?)
    }

    /// `<home>/profiles`, checked to be the home's owner's; `None` before the first profile.
    pub(super) fn profiles_dir(&self) -> Result<Option<VolumeDir>, ProfileError> {
        let Some(dir) = self.dir.directory(PROFILES)? else {
            return Ok(None);
        };
        check_owner(&dir, self.dir.owner()?.0)?;
        Ok(Some(dir))
    }

    /// `<home>/profiles`, made when missing.
    pub(super) fn profiles_dir_or_create(&self) -> Result<VolumeDir, ProfileError> {
        match self.profiles_dir()? {
            Some(dir) => Ok(dir),
            None => Ok(self.dir.create_directory(PROFILES, 0o755)?),
        }
    }
}

/// Accepts a directory of the home's owner, root's or our own.
pub(super) fn check_owner(dir: &VolumeDir, expected: u32) -> Result<(), ProfileError> {
    let (owner, _) = dir.owner()?;
    if owner == expected || owner == 0 || owner == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    Err(ProfileError::ForeignOwner {
        path: dir.path().to_owned(),
        owner,
        expected,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    #[test]
    fn resolves_what_a_home_path_means() {
        for (path, root, implied) in [
            ("/opt/data", "/opt/data", None),
            ("/opt/data/", "/opt/data", None),
            ("data", "/start/data", None),
            (".", "/start", None),
            ("./a/.", "/start/a", None),
            ("/opt/data/profiles/coder", "/opt/data", Some("coder")),
            ("/opt/data/profiles/coder/", "/opt/data", Some("coder")),
            ("profiles/coder", "/start", Some("coder")),
            ("/opt/data/profiles", "/opt/data/profiles", None),
            ("/opt/data/profiles/Bad Name", "/opt/data", None),
            ("/profiles/coder", "/", Some("coder")),
            ("/", "/", None),
        ] {
            let home = HomePath::resolve(Path::new(path), Path::new("/start"));
            assert_eq!(home.root(), Path::new(root), "{path}");
            assert_eq!(
                home.implied_profile().map(ProfileName::as_str),
                implied,
                "{path}"
            );
        }
    }

    #[test]
    fn a_missing_home_is_told_or_made() {
        let temp = tempfile::tempdir().unwrap();
        if rustix::process::geteuid().is_root() {
            chown(temp.path(), Some(10000), Some(10000)).unwrap();
        }
        let path = HomePath::resolve(Path::new("home"), temp.path());
        let error = Home::open(&path).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{}/home: there is no hermes home", temp.path().display())
        );
        assert!(error.hint().unwrap().contains("profile create"));

        assert_eq!(Home::open_or_create(&path).unwrap().path(), path.root());
        let metadata = fs::metadata(path.root()).unwrap();
        assert_eq!(metadata.uid(), fs::metadata(temp.path()).unwrap().uid());
        assert_eq!(metadata.permissions().mode() & 0o777, 0o755);
        Home::open_or_create(&path).unwrap();
        Home::open(&path).unwrap();
    }

    #[test]
    fn a_home_without_a_parent_is_not_made() {
        let temp = tempfile::tempdir().unwrap();
        let path = HomePath::resolve(Path::new("absent/home"), temp.path());
        let error = Home::open_or_create(&path).unwrap_err();
        let words = error.to_string();
        assert!(
            words.ends_with("absent: there is no directory to make the home in"),
            "{words}"
        );
        assert!(error.hint().unwrap().starts_with("make it: mkdir -p "));
    }

    #[test]
    fn a_file_is_no_home() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("home"), "").unwrap();
        let path = HomePath::resolve(Path::new("home"), temp.path());
        let error = Home::open(&path).unwrap_err();
        assert!(
            matches!(
                error,
                ProfileError::Volume(VolumeError::NotADirectory { .. })
            ),
            "{error}"
        );
    }
}
