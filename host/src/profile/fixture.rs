//! A home in a temporary directory.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Home, HomePath, PERSONA, ProfileName};

pub(super) struct Fixture {
    pub(super) home: Home,
    temp: TempDir,
}

impl Fixture {
    /// A home with these profiles.
    pub(super) fn with(names: &[&str]) -> Self {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("profiles")).unwrap();
        let home = Home::open(&HomePath::resolve(temp.path(), Path::new("/"))).unwrap();
        let fixture = Self { home, temp };
        for name in names {
            fixture.add(name);
        }
        fixture
    }

    /// Adds a profile, or a directory that looks like one.
    pub(super) fn add(&self, name: &str) {
        let path = self.path("profiles").join(name);
        fs::create_dir(&path).unwrap();
        fs::write(path.join(PERSONA), "persona\n").unwrap();
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.temp.path().join(path)
    }

    #[allow(clippy::unused_self)]
    pub(super) fn name(&self, name: &str) -> ProfileName {
        name.parse().unwrap()
    }

    /// Names in a directory of the home, sorted.
    pub(super) fn entries(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(path)).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}
