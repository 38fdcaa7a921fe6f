use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::LeaseError;
use crate::gateway::process_stat::ProcessStat;

/// Which container this process is in: the same for all of its processes, another one after
/// its restart. A machine without containers is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its host name, for people.
    pub host: String,
    /// One boot of one machine.
    pub boot: String,
    /// One PID namespace of that boot: its number, which the kernel uses again, and when its
    /// first process was started.
    pub container: String,
}

impl Identity {
    /// `proc` is where procfs is mounted.
    pub fn current(proc: &Path) -> Result<Self, LeaseError> {
        let read = |name: &str| {
            let path = proc.join(name);
            match fs::read_to_string(&path) {
                Ok(text) => Ok(text.trim().to_owned()),
                Err(error) => Err(LeaseError::identity(path, error.to_string())),
            }
        };
        let namespace = proc.join("self/ns/pid");
        let number = fs::metadata(&namespace)
            .map_err(|error| LeaseError::identity(namespace, error.to_string()))?
            .ino();
        let start_time = ProcessStat::read(proc, 1)
            .ok_or_else(|| LeaseError::identity(proc.join("1/stat"), "cannot be read".to_owned()))?
            .start_time;
        Ok(Self {
            host: read("sys/kernel/hostname")?,
            boot: read("sys/kernel/random/boot_id")?,
            container: format!("{number}:{start_time}"),
        })
    }
}
