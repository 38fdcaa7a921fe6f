use std::path::Path;

use crate::backend::{ServiceStatus, left_behind};
use crate::gateway::process_stat::ProcessStat;

/// Where procfs is mounted.
const PROC: &str = "/proc";

/// A process that a verb is to end, whoever gets its number afterwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ran {
    pub(super) pid: u32,
    start_time: u64,
}

impl Ran {
    pub(super) fn of(status: &ServiceStatus) -> Option<Self> {
        let pid = status.pid.filter(|_| left_behind(status).is_none())?;
        let start_time = ProcessStat::read(Path::new(PROC), pid)?.start_time;
        Some(Self { pid, start_time })
    }

    pub(super) fn lives(self) -> bool {
        ProcessStat::read(Path::new(PROC), self.pid)
            .is_some_and(|stat| stat.start_time == self.start_time)
    }
}
