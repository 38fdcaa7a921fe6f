use std::fmt::Write;

use hermes_backend_sdk::types::ServiceSpec;

use super::shell_quote::quote;
use super::{LOOK_AT, NOTIFICATION_FD, seconds};

/// What every `run` does before it comes to its own service.
const PREPARATION: &str = include_str!("run.sh");

/// The line that says whose the slot is begins so.
const HOME: &str = "# Its home is ";

/// The line that says where its logger writes begins so; `log_run.sh` looks for it.
const LOG: &str = "# Its log is in ";

/// Each script of ours begins so.
const WRITTEN: &str =
    "#!/bin/sh\n# Written by hermes-host, and written anew whenever it registers.\n";

/// Whether a `run` is one of ours.
pub(crate) fn is_ours(script: &[u8]) -> bool {
    script.starts_with(WRITTEN.as_bytes())
}

/// The home that a `run` is for; `None`: it does not say so.
pub(crate) fn home_of(script: &[u8]) -> Option<&str> {
    said(script, HOME)
}

/// Where the logger beside a `run` writes; `None`: it does not say so.
pub(crate) fn log_directory_of(script: &[u8]) -> Option<&str> {
    said(script, LOG)
}

/// The rest of the line that begins so, among the first ones.
fn said<'a>(script: &'a [u8], what: &str) -> Option<&'a str> {
    let said = script
        .split(|byte| *byte == b'\n')
        .take_while(|line| line.starts_with(b"#"))
        .find_map(|line| line.strip_prefix(what.as_bytes()))?;
    std::str::from_utf8(said).ok()
}

/// The script that becomes the service. It says what the other files of the slot
/// are as well, so that it alone tells whether anything has changed.
pub(super) fn render(home: &str, spec: &ServiceSpec, others: u64) -> String {
    // Writing to a string does not fail.
    let mut script = String::with_capacity(LOOK_AT.len() + PREPARATION.len() + 1024);
    script.push_str(WRITTEN);
    let _ = writeln!(script, "{HOME}{home}");
    let _ = writeln!(
        script,
        "# With it go a finish, timeout-kill and log/run of {others:016x}."
    );
    if let Some(directory) = &spec.log_directory {
        let _ = writeln!(script, "{LOG}{directory}\nexec 2>&1");
    }
    let _ = writeln!(script, "max_delay={}", seconds(spec.restart.max_delay));
    script.push_str(LOOK_AT);
    script.push_str(PREPARATION);

    script.push_str("\nset --");
    for argument in &spec.command {
        let _ = write!(script, " {}", quote(argument));
    }
    script.push('\n');
    if let Some(user) = &spec.user {
        // Looked up before the service's own PATH counts.
        let _ = writeln!(
            script,
            "if [ \"$(id -u)\" = 0 ]; then\n\t\
             # A pipe that root made cannot be opened again by the account.\n\t\
             chown {0} /proc/self/fd/{NOTIFICATION_FD}\n\t\
             set -- \"$(command -v s6-setuidgid || echo s6-setuidgid)\" {0} \"$@\"\nfi",
            quote(&user.name)
        );
    }
    script.push_str("export HERMES_SUPERVISED_CHILD=1\n");
    if spec.readiness.is_some() {
        let _ = writeln!(script, "export HERMES_NOTIFY_FD={NOTIFICATION_FD}");
    }
    for (name, value) in &spec.environment {
        let _ = writeln!(script, "export {name}={}", quote(value));
    }
    let _ = writeln!(script, "cd {} || exit", quote(&spec.working_directory));
    if spec.readiness.is_none() {
        // Running counts as ready; the pause above does not count as running.
        let _ = writeln!(
            script,
            "if [ -x \"$1\" ]; then echo >&{NOTIFICATION_FD}; fi\nexec {NOTIFICATION_FD}>&-"
        );
    }
    script.push_str("exec \"$@\"\n");
    script
}
