use std::io::Write;
use std::path::{Path, PathBuf};

/// What a test needs of the machine and a developer's machine may not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    Root,
    S6,
    Systemd,
    Namespaces,
    Strace,
    Polkit,
    /// A Docker engine that answers.
    Docker,
    /// What the base of the image is made with, or the base itself.
    Bootstrap,
}

/// What is missing of `required`, in words; `None` where all is there.
pub fn missing(required: &[Requirement]) -> Option<String> {
    required.iter().find_map(|requirement| match requirement {
        Requirement::Root => {
            (!rustix::process::geteuid().is_root()).then(|| "needs root".to_owned())
        }
        Requirement::S6 => missing_programs(&["s6-svscan", "s6-svc", "s6-setuidgid"]),
        Requirement::Systemd => {
            missing_programs(&["systemd", "systemctl", "dbus-daemon"]).or_else(missing_inside)
        }
        Requirement::Namespaces => missing_programs(&["unshare", "nsenter", "pivot_root", "ip"]),
        Requirement::Polkit => missing_programs(&["pkaction"]),
        Requirement::Docker => missing_programs(&["docker"]).or_else(|| {
            (!engine_answers()).then(|| "needs a Docker engine that answers".to_owned())
        }),
        Requirement::Bootstrap => missing_programs(&["mmdebstrap", "strip"]),
        Requirement::Strace => missing_programs(&["strace"]),
    })
}

fn engine_answers() -> bool {
    let mut ask = std::process::Command::new("docker");
    let asked = ask.args(["version", "--format", "{{.Server.Version}}"]);
    asked.output().is_ok_and(|answer| answer.status.success())
}

/// Of the root file system that the containers have instead of this machine's.
fn missing_inside() -> Option<String> {
    let root = PathBuf::from(std::env::var_os("HERMES_TESTS_ROOTFS")?);
    let there = root.join("usr/lib/systemd/systemd").exists();
    (!there).then(|| format!("needs systemd in {}", root.display()))
}

fn missing_programs(programs: &[&str]) -> Option<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let absent: Vec<_> = programs
        .iter()
        .filter(|program| !std::env::split_paths(&path).any(|dir| dir.join(program).exists()))
        .copied()
        .collect();
    (!absent.is_empty()).then(|| {
        format!(
            "needs {} (tests/install-prerequisites.sh)",
            absent.join(", ")
        )
    })
}

/// Says loudly that the running test is skipped, where another one shows the same
/// without what this machine lacks.
pub fn leave_to_another(reason: &str) {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("a test");
    note(&format!(
        "SKIPPED {name}: {reason}; the same runs in namespaces"
    ));
}

/// Says loudly that the running test is skipped. With `CI=true` it fails
/// instead: a pipeline that skips proves nothing.
///
/// Each skip is a line in the file `$HERMES_TESTS_SKIPPED`, where that is set,
/// for a summary at the end of a run.
pub fn skip(reason: &str) {
    let thread = std::thread::current();
    let line = format!("SKIPPED {}: {reason}", thread.name().unwrap_or("a test"));
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{line}");
    note(&line);
}

fn note(line: &str) {
    // Past the test runner, which shows what it captures only of failures.
    writeln!(std::io::stderr(), "{line}").expect("standard error is writable");
    if let Some(list) = std::env::var_os("HERMES_TESTS_SKIPPED") {
        append(Path::new(&list), line);
    }
}

fn append(path: &Path, line: &str) {
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("the list of skipped tests is writable");
    writeln!(file, "{line}").expect("the list of skipped tests is writable");
}

/// Leaves the running test, with a word, where the machine lacks what it needs.
#[macro_export]
macro_rules! require {
    ($($requirement:ident),+ $(,)?) => {
        if let Some(reason) = $crate::missing(&[$($crate::Requirement::$requirement),+]) {
            $crate::skip(&reason);
            return;
        }
    };
}
