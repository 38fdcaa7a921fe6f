use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::param::clock_ticks_per_second;

/// Times of processes are cut to the second.
pub const PRECISION: Duration = Duration::from_secs(2);

/// What proc(5) says of a process in its `stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessStat {
    pub parent: u32,
    /// Its process group.
    pub group: u32,
    /// Clock ticks from the boot of the machine to the start of the process:
    /// with the pid this names one process for good, also across containers.
    pub start_time: u64,
}

/// A process has no more ancestors than this, or we do not know.
const MAX_ANCESTORS: usize = 256;

impl ProcessStat {
    /// `proc` is where procfs is mounted. `None`: there is no such process, or
    /// only a zombie.
    pub fn read(proc: &Path, pid: u32) -> Option<Self> {
        let stat = fs::read(proc.join(pid.to_string()).join("stat")).ok()?;
        Self::parse(&String::from_utf8_lossy(&stat))
    }

    /// When the process was started.
    pub fn started(self, proc: &Path) -> Option<SystemTime> {
        let machine = fs::read_to_string(proc.join("stat")).ok()?;
        let booted = machine
            .lines()
            .find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())?;
        let since_boot = self.start_time / clock_ticks_per_second();
        SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_secs(booted))?
            .checked_add(Duration::from_secs(since_boot))
    }

    /// The name of the program comes second, in brackets, and may be anything.
    fn parse(stat: &str) -> Option<Self> {
        let (_, fields) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - 3);
        if matches!(*field(3)?, "Z" | "X") {
            return None;
        }
        Some(Self {
            parent: field(4)?.parse().ok()?,
            group: field(5)?.parse().ok()?,
            start_time: field(22)?.parse().ok()?,
        })
    }
}

/// Whether `pid` is `ancestor`, or one of its descendants.
pub fn descends_from(proc: &Path, pid: u32, ancestor: u32) -> bool {
    std::iter::successors(Some(pid), |pid| {
        ProcessStat::read(proc, *pid).map(|stat| stat.parent)
    })
    .take(MAX_ANCESTORS)
    .any(|pid| pid == ancestor)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn reads_what_any_program_may_be_called() {
        let rest = "1 2 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 4711 9 9";
        for (stat, expected) in [
            (format!("7 (sleep) S 6 {rest}"), Some((6, 4711))),
            (format!("7 (a) Z 1 (b)) R 6 {rest}\n"), Some((6, 4711))),
            (format!("7 (sleep) Z 6 {rest}"), None),
            ("7 (sleep) S 6 1".to_owned(), None),
            ("7 sleep S".to_owned(), None),
            (String::new(), None),
        ] {
            let stat = ProcessStat::parse(&stat).map(|stat| (stat.parent, stat.start_time));
            assert_eq!(stat, expected);
        }
    }

    #[test]
    fn knows_its_ancestors() {
        let (proc, own) = (Path::new("/proc"), std::process::id());
        let parent = ProcessStat::read(proc, own).unwrap().parent;
        assert!(descends_from(proc, own, own));
        assert!(descends_from(proc, own, parent));
        assert!(!descends_from(proc, parent, own));
    }
}
