//! A process in which an escape can hurt nobody: a root of its own on a tmpfs,
//! with none but its own process in /proc.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter};

use crate::attack::{self, Tally};

/// Who is asked to act on the paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opener {
    /// The host's own.
    Openat2,
    /// The host's own, on a system without `openat2`.
    Fallback,
    /// One that trusts paths.
    Naive,
}

const OPENER: &str = "PATH_ATTACKS_OPENER";
const ROOT: &str = "PATH_ATTACKS_ROOT";

/// Its number on every architecture: it is younger than their common table.
const OPENAT2: i64 = 437;

/// The file of the isolated root in which the findings are left.
const TALLY: &str = "tally";

/// Attacks one opener in a process of its own.
pub(crate) fn attacked(opener: Opener) -> Tally {
    let root = tempfile::tempdir().expect("a temporary directory");
    let script = "mount -t tmpfs tmpfs \"$1\" && mkdir \"$1/proc\" && \
                  mount -t proc proc \"$1/proc\" && shift && exec \"$@\"";
    let exe = std::env::current_exe().expect("this binary has a name");
    let output = Command::new("unshare")
        .args(["--mount", "--pid", "--fork", "--kill-child", "--"])
        .args(["sh", "-c", script, "sh"])
        .arg(root.path())
        .arg(exe)
        .args(["--exact", "attacks", "--ignored", "--nocapture"])
        .env(ROOT, root.path())
        .env(OPENER, format!("{opener:?}"))
        // Through /proc/self/fd an escape would reach what these are.
        .stdin(Stdio::piped())
        .output()
        .expect("unshare runs");
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{opener:?}: {stdout}{stderr}");
    stdout
        .lines()
        .find_map(|line| serde_json::from_str(line.strip_prefix(TALLY)?).ok())
        .unwrap_or_else(|| panic!("{opener:?} tells its tally: {stdout}{stderr}"))
}

/// The attacking process.
pub(crate) fn attack_here() {
    let opener = match std::env::var(OPENER).as_deref() {
        Ok("Openat2") => Opener::Openat2,
        Ok("Fallback") => Opener::Fallback,
        Ok("Naive") => Opener::Naive,
        other => panic!("{OPENER} is {other:?}"),
    };
    enter(Path::new(&std::env::var_os(ROOT).expect("a root")));
    if opener == Opener::Fallback {
        forbid_openat2();
    }
    let answer = rustix::fs::openat2(
        CWD,
        ".",
        OFlags::PATH | OFlags::CLOEXEC,
        Mode::empty(),
        ResolveFlags::BENEATH,
    );
    let expected = (opener == Opener::Fallback).then_some(Errno::NOSYS);
    assert_eq!(answer.err(), expected, "openat2 for {opener:?}");
    let tally = attack::all(opener);
    let line = serde_json::to_string(&tally).expect("a tally is JSON");
    writeln!(std::io::stdout(), "\n{TALLY}{line}").expect("standard output is writable");
}

fn enter(root: &Path) {
    std::os::unix::fs::chroot(root).expect("this process is root");
    std::env::set_current_dir("/").expect("there is a root");
    let others = std::fs::read_dir("/")
        .expect("a root")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name != "proc")
        .collect::<Vec<_>>();
    assert_eq!(others, [""; 0], "what is no empty root is not attacked");
    assert_eq!(std::process::id(), 1, "/proc shows the processes of others");
}

/// As on a kernel before 5.6, or under a container's filter; for this thread
/// and those that it starts.
fn forbid_openat2() {
    let no_such_call = SeccompAction::Errno(Errno::NOSYS.raw_os_error().unsigned_abs());
    let architecture: TargetArch = std::env::consts::ARCH.try_into().expect("an architecture");
    let filter = SeccompFilter::new(
        BTreeMap::from([(OPENAT2, Vec::new())]),
        SeccompAction::Allow,
        no_such_call,
        architecture,
    )
    .expect("a filter");
    let program = BpfProgram::try_from(filter).expect("a program");
    apply_filter(&program).expect("the system filters calls");
}
