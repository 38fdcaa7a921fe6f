use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::Output;

mod boot;
mod options;
mod process;
mod shell;
mod systemd;

use boot::Boot;
pub use options::{Options, Tree};
pub use process::Process;
pub use shell::Shell;

/// The account the gateways run as, `hermes`, as in the image.
pub const GATEWAY_UID: u32 = 10000;

/// No command of a test may hang the suite: seconds, for timeout(1).
const COMMAND_LIMIT: &str = "120";
const PATH: &str = "/command:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A container of namespaces, with a real `s6-svscan` or systemd as its PID 1.
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

    /// `hermes-host` as this account, which goes on meanwhile.
    pub fn begin_as(&self, uid: u32, arguments: &str) -> Child {
        let command = std::iter::once("hermes-host").chain(arguments.split(' '));
        let mut command = self.command(uid, command, &[]);
        let begun = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        begun.spawn().expect("nsenter starts")
    }

    /// A command that runs inside, for a caller with its own wishes.
    pub fn command<A: AsRef<OsStr>>(
        &self,
        uid: u32,
        command: impl IntoIterator<Item = A>,
        environment: &[(OsString, OsString)],
    ) -> Command {
        let assignments = environment.iter().map(|(name, value)| {
            let mut assignment = name.clone();
            assignment.push("=");
            assignment.push(value);
            assignment
        });
        let command = command.into_iter().map(|word| word.as_ref().to_owned());
        let entered = self.entered(uid, assignments.chain(command));
        let mut limited = Command::new("timeout");
        limited.args(["--kill-after=5", COMMAND_LIMIT]);
        limited.arg(entered.get_program()).args(entered.get_args());
        limited
    }

    /// A command that runs inside for as long as it likes.
    pub fn entered<A: AsRef<OsStr>>(
        &self,
        uid: u32,
        command: impl IntoIterator<Item = A>,
    ) -> Command {
        let id = uid.to_string();
        let mut entered = Command::new("nsenter");
        entered.arg("--target").arg(self.pid1().to_string());
        entered.args(["--mount", "--uts", "--ipc", "--net", "--pid", "--root"]);
        entered.args(["--setuid", &id, "--setgid", &id, "env", "-i"]);
        entered.args(
            self.options
                .environment()
                .map(|(name, value)| format!("{name}={value}")),
        );
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

    /// Stops and starts it, as `docker restart`: TERM to PID 1 (to a systemd what
    /// it stops on), KILL after 10 s.
    pub fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    /// As `docker stop`. Whether it went without KILL.
    pub fn stop(&mut self) -> bool {
        self.boot.take().is_none_or(Boot::stop)
    }

    /// KILL to PID 1: as a crash of the machine, every process is gone at once.
    pub fn kill(&mut self) {
        drop(self.boot.take());
    }

    /// Boots it again after [`Container::stop`] or [`Container::kill`].
    pub fn start_again(&mut self) {
        assert!(self.boot.is_none(), "the container runs already");
        let boot = Boot::start(&self.options, &self.state);
        self.boot =
            Some(boot.unwrap_or_else(|| panic!("the container did not come up:\n{}", self.log())));
    }

    /// The pid of its PID 1, as the outside sees it.
    pub fn pid1(&self) -> i32 {
        self.boot.as_ref().expect("the container runs").pid1()
    }

    /// Everything that runs inside.
    pub fn processes(&self) -> Vec<Process> {
        Process::all_in_namespace_of(self.pid1())
    }

    /// Stops a process of the gateway account from doing anything: the one whose
    /// command ends so. What ends the pause, for a shell inside.
    pub fn freeze(&self, command: &str) -> String {
        let pid = self.pid_of(command);
        self.sh(&format!("kill -STOP {pid}"));
        format!("kill -CONT {pid}")
    }

    /// KILL for the process of the gateway account whose command ends so.
    pub fn kill_one(&self, command: &str) {
        self.sh(&format!("kill -KILL {}", self.pid_of(command)));
    }

    fn pid_of(&self, command: &str) -> u32 {
        let processes = self.processes();
        let process = processes
            .iter()
            .find(|it| it.uid == GATEWAY_UID && it.command.ends_with(command));
        process
            .unwrap_or_else(|| panic!("no {command}: {processes:#?}"))
            .pid
    }

    /// How many processes have this name, such as `sleep` of the gateway `sleeps`.
    pub fn count(&self, name: &str) -> usize {
        let processes = self.processes();
        processes.iter().filter(|it| it.name == name).count()
    }

    pub(crate) fn tree(&self) -> Tree {
        self.options.tree
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
        // The end of its input: the lifeline removes the state and ends.
        drop(self.lifeline.stdin.take());
        let _ = self.lifeline.wait();
    }
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
