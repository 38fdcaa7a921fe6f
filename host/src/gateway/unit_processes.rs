//! Gateways that a systemd runs which whoever asks does not reach.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::keeper;
use crate::profile::Profile;

/// The processes in the units of gateways, whosever systemd has them.
#[derive(Debug, Default)]
pub struct UnitProcesses {
    proc: PathBuf,
    by_unit: BTreeMap<String, Vec<u32>>,
}

impl UnitProcesses {
    /// Looks at all processes. `proc` is where procfs is mounted.
    pub fn new(proc: &Path) -> Self {
        let mut by_unit = BTreeMap::<String, Vec<u32>>::new();
        for entry in fs::read_dir(proc).into_iter().flatten().flatten() {
            let pid = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok());
            if let Some(pid) = pid
                && let Some((unit, _)) = keeper::unit_of(proc, pid)
            {
                by_unit.entry(unit).or_default().push(pid);
            }
        }
        Self {
            proc: proc.to_owned(),
            by_unit,
        }
    }

    /// The first one that works for just this profile. What may not be read is not found.
    pub fn find(&self, profile: &Profile) -> Option<u32> {
        let unit = format!("hermes-gateway@{}.service", profile.name());
        let processes = self.by_unit.get(&unit)?;
        let real = fs::canonicalize(profile.path()).ok();
        let places: Vec<Vec<u8>> = [Some(profile.path().to_owned()), real]
            .into_iter()
            .flatten()
            .map(|place| [b"HERMES_HOME=", place.as_os_str().as_bytes()].concat())
            .collect();
        let works_here = |pid: &&u32| {
            let environment = fs::read(self.proc.join(pid.to_string()).join("environ"));
            environment.is_ok_and(|environment| {
                let mut variables = environment.split(|byte| *byte == 0);
                variables.any(|variable| places.iter().any(|place| place == variable))
            })
        };
        processes.iter().filter(works_here).min().copied()
    }
}
