use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::eventually::holds_within;
use crate::has_reader;

const DEADLINE: Duration = Duration::from_secs(10);

/// A real `s6-svscan` without any namespace, for quick tests that need no root.
#[derive(Debug)]
pub struct Svscan {
    scandir: PathBuf,
    child: Child,
}

impl Svscan {
    /// On an existing directory, as another account where `uid` is given (which
    /// takes root). Returns once it listens.
    pub fn start(scandir: &Path, uid: Option<u32>) -> Self {
        let mut command = match uid {
            None => Command::new("s6-svscan"),
            Some(uid) => {
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={uid}"))
                    .arg(format!("--regid={uid}"));
                command.args(["--clear-groups", "s6-svscan"]);
                command
            }
        };
        let child = command
            .arg(scandir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("s6-svscan starts");
        let svscan = Self {
            scandir: scandir.to_owned(),
            child,
        };
        let control = scandir.join(".s6-svscan/control");
        assert!(
            holds_within(DEADLINE, || has_reader(&control)),
            "s6-svscan does not listen: {svscan:?}"
        );
        svscan
    }

    pub fn scandir(&self) -> &Path {
        &self.scandir
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Svscan {
    fn drop(&mut self) {
        // What is below it must not survive it, should TERM not be enough.
        let below = descendants(self.child.id());
        signal(self.child.id(), Signal::TERM);
        if !holds_within(DEADLINE, || matches!(self.child.try_wait(), Ok(Some(_)))) {
            signal(self.child.id(), Signal::KILL);
            let _ = self.child.wait();
            for pid in below {
                signal(pid, Signal::KILL);
            }
        }
    }
}

fn descendants(pid: u32) -> Vec<u32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let children = children.unwrap_or_default();
    let direct = children
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok());
    direct
        .flat_map(|pid| std::iter::once(pid).chain(descendants(pid)))
        .collect()
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may end on its own at any moment.
        let _ = kill_process(pid, signal);
    }
}
