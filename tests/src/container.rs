use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::eventually::holds_within;
use crate::{Output, has_reader, host_binary};

mod options;
mod process;

pub use options::{Options, Tree};
pub use process::Process;

/// The account the gateways run as, `hermes`, as in the image.
pub const GATEWAY_UID: u32 = 10000;

/// How long `docker stop` waits between TERM and KILL.
const STOP_GRACE: Duration = Duration::from_secs(10);
const BOOT_DEADLINE: Duration = Duration::from_secs(30);
/// No command of a test may hang the suite: seconds, for timeout(1).
const COMMAND_LIMIT: &str = "120";
const PATH: &str = "/command:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A container of namespaces, with a real `s6-svscan` as its PID 1.
///
/// `/data` is its volume and the home of the gateway account; `/gateways` holds
/// the programs of `tests/gateways`; `hermes-host` is on its PATH. Volume and
/// writable layer outlive a restart, `/run` and every process do not. All of it
/// ends with the value, and with the test process at the latest.
#[derive(Debug)]
pub struct Container {
    options: Options,
    state: PathBuf,
    lifeline: Child,
    boot: Option<Boot>,
}

/// What is up between a start and a stop.
#[derive(Debug)]
struct Boot {
    unshare: Child,
    pid1: Pid,
}

impl Container {
    /// Boots one; returns once its supervision trees answer.
    pub fn start(options: Options) -> Self {
        let state = state_directory();
        options.prepare(&state);
        let lifeline = Command::new(harness_file("lifeline.sh"))
            .arg(&state)
            .stdin(Stdio::piped())
            // Away from an interrupt of the terminal, which it has to outlive.
            .process_group(0)
            .spawn()
            .expect("the lifeline starts");
        let mut container = Self {
            options,
            state,
            lifeline,
            boot: None,
        };
        container.start_again();
        container
    }

    /// Runs `command` as root.
    pub fn exec<A: AsRef<OsStr>>(&self, command: impl IntoIterator<Item = A>) -> Output {
        self.exec_as(0, command)
    }

    /// Runs `command` under another uid and its gid, with nothing else of root.
    pub fn exec_as<A: AsRef<OsStr>>(
        &self,
        uid: u32,
        command: impl IntoIterator<Item = A>,
    ) -> Output {
        let output: Output = self
            .command(uid, command, &[])
            .stdin(Stdio::null())
            .output()
            .expect("nsenter starts")
            .into();
        assert_ne!(
            output.status, 124,
            "the command did not end within {COMMAND_LIMIT} s: {output:#?}"
        );
        output
    }

    /// Runs `script` in `sh` as root and returns what it printed.
    #[track_caller]
    pub fn sh(&self, script: &str) -> String {
        self.exec(["sh", "-euc", script]).success()
    }

    /// Runs `hermes-host` with `arguments`, separated by spaces, as the gateway
    /// account.
    pub fn hermes(&self, arguments: &str) -> Output {
        self.hermes_as(GATEWAY_UID, arguments)
    }

    /// The same under another uid.
    pub fn hermes_as(&self, uid: u32, arguments: &str) -> Output {
        self.exec_as(
            uid,
            std::iter::once("hermes-host").chain(arguments.split_whitespace()),
        )
    }

    /// A command that runs inside, for a caller with its own wishes.
    pub fn command<A: AsRef<OsStr>>(
        &self,
        uid: u32,
        command: impl IntoIterator<Item = A>,
        environment: &[(OsString, OsString)],
    ) -> Command {
        let id = uid.to_string();
        let mut entered = Command::new("timeout");
        entered.args(["--kill-after=5", COMMAND_LIMIT, "nsenter", "--target"]);
        entered.arg(self.pid1().to_string());
        entered.args(["--mount", "--uts", "--ipc", "--net", "--pid", "--root"]);
        entered.args(["--setuid", &id, "--setgid", &id, "env", "-i"]);
        entered.args(
            self.options
                .environment()
                .map(|(name, value)| format!("{name}={value}")),
        );
        for (name, value) in environment {
            let mut assignment = name.clone();
            assignment.push("=");
            assignment.push(value);
            entered.arg(assignment);
        }
        entered.args(command);
        entered
    }

    /// Writes a file that belongs to the gateway account, and the directories
    /// above it.
    pub fn write(&self, path: &str, contents: &str) {
        let file = self.path(path);
        let directory = file.parent().expect("a file is in a directory");
        std::fs::create_dir_all(directory).expect("its directory is there");
        std::fs::write(&file, contents).expect("the file is writable");
        let owner = GATEWAY_UID.to_string();
        let top = path.split('/').take(3).collect::<Vec<_>>().join("/");
        self.exec(["chown", "-R", &format!("{owner}:{owner}"), &top])
            .success();
    }

    /// The whole file as text; panics where there is none.
    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn exists(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    /// Where the outside sees a path of the inside, while the container runs.
    pub fn path(&self, inside: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{inside}", self.pid1()))
    }

    /// Stops and starts it, as `docker restart`: TERM to PID 1, KILL after 10 s.
    pub fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    /// As `docker stop`. Whether it went without KILL.
    pub fn stop(&mut self) -> bool {
        let Some(mut boot) = self.boot.take() else {
            return true;
        };
        signal(boot.pid1, Signal::TERM);
        let orderly = holds_within(STOP_GRACE, || boot.has_ended());
        boot.end();
        orderly
    }

    /// KILL to PID 1: as a crash of the machine, every process is gone at once.
    pub fn kill(&mut self) {
        if let Some(mut boot) = self.boot.take() {
            boot.end();
        }
    }

    /// Boots it again after [`Container::stop`] or [`Container::kill`].
    pub fn start_again(&mut self) {
        assert!(self.boot.is_none(), "the container runs already");
        let _ = std::fs::remove_file(self.state.join("init"));
        let mut unshare = self.unshare();
        let pid_file = self.state.join("init");
        let known = holds_within(BOOT_DEADLINE, || {
            pid_file.exists() || has_ended(&mut unshare)
        });
        let pid = std::fs::read_to_string(pid_file)
            .ok()
            .and_then(|pid| pid.trim().parse().ok());
        let Some(pid1) = pid.and_then(Pid::from_raw).filter(|_| known) else {
            panic!("the container did not start:\n{}", self.log());
        };
        let boot = self.boot.insert(Boot { unshare, pid1 });
        let root = PathBuf::from(format!("/proc/{}/root", pid1.as_raw_nonzero()));
        let ready = self.options.ready();
        holds_within(BOOT_DEADLINE, || {
            boot.has_ended() || ready.iter().all(|fifo| has_reader(root.join(fifo)))
        });
        assert!(
            !boot.has_ended() && ready.iter().all(|fifo| has_reader(root.join(fifo))),
            "the container did not come up:\n{}",
            self.log()
        );
    }

    fn unshare(&self) -> Child {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.state.join("log"))
            .expect("the container's log is writable");
        let mut command = Command::new("unshare");
        command
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
            .arg(&self.state)
            .arg(&self.options.lower)
            .arg(host_binary())
            .arg("hermes")
            .args(
                self.options
                    .environment()
                    .map(|(name, value)| format!("{name}={value}")),
            )
            .args(&self.options.init)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a descriptor"))
            .stderr(log);
        command.spawn().expect("unshare starts")
    }

    /// The pid of its PID 1, as the outside sees it.
    pub fn pid1(&self) -> i32 {
        self.boot
            .as_ref()
            .expect("the container runs")
            .pid1
            .as_raw_nonzero()
            .get()
    }

    /// Everything that runs inside.
    pub fn processes(&self) -> Vec<Process> {
        Process::all_in_namespace_of(self.pid1())
    }

    /// Where the outside keeps its volume and writable layer.
    pub fn state_directory(&self) -> &Path {
        &self.state
    }

    /// What PID 1 and unlogged services have written so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.state.join("log")).unwrap_or_default()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().collect();
            let end = &lines[lines.len().saturating_sub(40)..];
            eprintln!(
                "----- the container's log, its end -----\n{}",
                end.join("\n")
            );
        }
        self.kill();
        let _ = std::fs::remove_file(self.state.join("init"));
        // The end of its input: the lifeline removes the state and ends.
        drop(self.lifeline.stdin.take());
        let _ = self.lifeline.wait();
    }
}

impl Boot {
    fn has_ended(&mut self) -> bool {
        has_ended(&mut self.unshare)
    }

    fn end(&mut self) {
        if !self.has_ended() {
            signal(self.pid1, Signal::KILL);
            let _ = self.unshare.wait();
        }
    }
}

fn has_ended(child: &mut Child) -> bool {
    child
        .try_wait()
        .expect("a child can be waited for")
        .is_some()
}

fn signal(pid: Pid, signal: Signal) {
    // It may end on its own at any moment.
    let _ = kill_process(pid, signal);
}

fn harness_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("container")
        .join(name)
}

/// On memory where there is some: it is fast, and may hold the writable layer
/// of an overlay wherever the test runs. The lifeline removes it.
fn state_directory() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    TempDir::with_prefix_in("hermes-tests-", base)
        .expect("a temporary directory")
        .keep()
}
