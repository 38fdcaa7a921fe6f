use std::path::Path;

use crate::backend::{ServiceStatus, left_behind};
use crate::gateway::process_stat::ProcessStat;

/// A process that a verb is to end, whoever gets its number afterwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ran {
    pub(super) pid: u32,
    start_time: u64,
}

impl Ran {
    pub(super) fn of(proc: &Path, status: &ServiceStatus) -> Option<Self> {
        let pid = status.pid.filter(|_| left_behind(status).is_none())?;
        let start_time = ProcessStat::read(proc, pid)?.start_time;
        Some(Self { pid, start_time })
    }

    pub(super) fn lives(self, proc: &Path) -> bool {
        ProcessStat::read(proc, self.pid).is_some_and(|stat| stat.start_time == self.start_time)
    }
}
