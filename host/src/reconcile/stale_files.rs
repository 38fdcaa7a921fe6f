//! What a dead container's processes left behind.

use crate::gateway::foreground::{FILE as PID_FILE, Found};
use crate::volume::{VolumeDir, VolumeError};

/// Written by a gateway while it runs: after a restart of the container the
/// pids in them mean other processes, or none.
const STALE: [&str; 2] = [PID_FILE, "processes.json"];

/// What was removed from one profile.
#[derive(Debug, Default)]
pub struct StaleFiles {
    pub removed: Vec<&'static str>,
    pub problems: Vec<VolumeError>,
}

impl StaleFiles {
    /// Removes them, never what a link leads to, and none beside a gateway that
    /// lives or may live. `found`: what the pid file has just led to.
    pub fn remove(profile: &VolumeDir, found: Found) -> Self {
        let mut files = Self::default();
        if matches!(found, Found::Gateway(_) | Found::Unseen) {
            return files;
        }
        for name in STALE {
            if name == PID_FILE && found == Found::Nothing {
                continue;
            }
            match profile.remove_file(name) {
                Ok(true) => files.removed.push(name),
                Ok(false) => {}
                Err(error) => files.problems.push(error),
            }
        }
        files
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn removes_what_is_stale_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let profile = VolumeDir::open(directory.path()).unwrap();
        for name in [
            "gateway.pid",
            "processes.json",
            "gateway_state.json",
            "SOUL.md",
        ] {
            fs::write(directory.path().join(name), "{}").unwrap();
        }
        let kept = StaleFiles::remove(&profile, Found::Gateway(7));
        assert_eq!(kept.removed, [""; 0]);
        assert_eq!(StaleFiles::remove(&profile, Found::Stale).removed, STALE);
        assert_eq!(StaleFiles::remove(&profile, Found::Stale).removed, [""; 0]);
        assert!(directory.path().join("gateway_state.json").exists());
        assert!(directory.path().join("SOUL.md").exists());
    }

    #[test]
    fn removes_a_link_and_not_its_target() {
        let directory = tempfile::tempdir().unwrap();
        let profile = VolumeDir::open(directory.path()).unwrap();
        let target = directory.path().join("target");
        fs::write(&target, "kept").unwrap();
        symlink(&target, directory.path().join("gateway.pid")).unwrap();
        assert_eq!(
            StaleFiles::remove(&profile, Found::Stale).removed,
            ["gateway.pid"]
        );
        assert_eq!(fs::read_to_string(target).unwrap(), "kept");
    }

    #[test]
    fn one_that_stays_is_told_and_does_not_keep_the_other() {
        let directory = tempfile::tempdir().unwrap();
        let profile = VolumeDir::open(directory.path()).unwrap();
        fs::create_dir(directory.path().join("gateway.pid")).unwrap();
        fs::write(directory.path().join("processes.json"), "{}").unwrap();
        let files = StaleFiles::remove(&profile, Found::Stale);
        assert_eq!(files.removed, ["processes.json"]);
        let [problem] = files.problems.as_slice() else {
            unreachable!("{files:?}")
        };
        assert_eq!(problem.path(), directory.path().join("gateway.pid"));
    }
}
