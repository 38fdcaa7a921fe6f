use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{Options, harness_file};
use crate::eventually::holds_within;
use crate::host_binary;

/// How long `docker stop` waits between TERM and KILL.
const STOP_GRACE: Duration = Duration::from_secs(10);
const DEADLINE: Duration = Duration::from_secs(30);

/// What is up between a start and a stop of a container. Gone with the value.
#[derive(Debug)]
pub(super) struct Boot {
    unshare: Child,
    pid1: Option<Pid>,
    pid_file: PathBuf,
    stop_signal: &'static str,
}

impl Boot {
    /// Returns once the supervision trees answer; `None` where they do not, and
    /// the container's log says why.
    pub(super) fn start(options: &Options, state: &Path) -> Option<Self> {
        let pid_file = state.join("init");
        let mut boot = Self {
            unshare: unshare(options, state),
            pid1: None,
            pid_file,
            stop_signal: options.stop_signal(),
        };
        holds_within(DEADLINE, || boot.read_pid1() || boot.has_ended());
        let pid1 = boot.pid1?.as_raw_nonzero().to_string();
        let root = PathBuf::from(format!("/proc/{pid1}/root"));
        let ready = || options.is_ready(&root, &pid1);
        holds_within(DEADLINE, || ready() || boot.has_ended());
        ready().then_some(boot)
    }

    /// The signal of its init, and KILL where that is not enough. Whether it was.
    pub(super) fn stop(mut self) -> bool {
        // rustix knows no real-time signals.
        let _ = Command::new("kill")
            .args(["-s", self.stop_signal, &self.pid1().to_string()])
            .status();
        holds_within(STOP_GRACE, || self.has_ended())
    }

    /// The pid of PID 1, as the outside sees it.
    pub(super) fn pid1(&self) -> i32 {
        self.pid1
            .expect("a booted container has one")
            .as_raw_nonzero()
            .get()
    }

    fn read_pid1(&mut self) -> bool {
        let pid = std::fs::read_to_string(&self.pid_file).ok();
        self.pid1 = pid.and_then(|pid| Pid::from_raw(pid.trim().parse().ok()?));
        self.pid1.is_some()
    }

    fn has_ended(&mut self) -> bool {
        let status = self.unshare.try_wait();
        status.expect("a child can be waited for").is_some()
    }

    fn signal(&mut self, signal: Signal) {
        if let Some(pid1) = self.pid1.filter(|_| !self.has_ended()) {
            // It may end on its own at any moment.
            let _ = kill_process(pid1, signal);
        }
    }
}

impl Drop for Boot {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        if self.pid1.is_none() {
            let _ = self.unshare.kill();
        }
        let _ = self.unshare.wait();
        let _ = std::fs::remove_file(&self.pid_file);
    }
}

fn unshare(options: &Options, state: &Path) -> Child {
    let log = File::options()
        .create(true)
        .append(true)
        .open(state.join("log"));
    let log = log.expect("the container's log is writable");
    Command::new("unshare")
        .args([
            "--pid",
            "--fork",
            "--kill-child=KILL",
            "--mount",
            "--uts",
            "--ipc",
            "--net",
        ])
        .args(["--propagation", "private"])
        .arg(harness_file("boot.sh"))
        .arg(state)
        .arg(&options.lower)
        .arg(host_binary())
        .arg(&options.host)
        .args(
            options
                .environment()
                .map(|(name, value)| format!("{name}={value}")),
        )
        .args(&options.init)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a descriptor"))
        .stderr(log)
        .spawn()
        .expect("unshare starts")
}
