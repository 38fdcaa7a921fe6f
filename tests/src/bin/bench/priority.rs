use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

/// `SCHED_RR`, as the 41st field of /proc/PID/stat shows it.
const ROUND_ROBIN: &str = "2";

/// Goes on as a process with real-time priority, as everything that it starts
/// will, where that is permitted: on a busy machine the spread is a tenth.
/// Returns in that process, with the words for it.
pub(crate) fn raise(host: &Path) -> Result<&'static str> {
    if has_priority() {
        return Ok("real-time priority (chrt -r 10)");
    }
    let permitted = Command::new("chrt")
        .args(["-r", "10", "true"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !permitted {
        return Ok("normal priority (chrt -r 10 is not permitted): expect noise");
    }
    let error = Command::new("chrt")
        .args(["-r", "10"])
        .arg(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env("HERMES_HOST_BIN", host)
        .exec();
    Err(error).context("cannot run chrt")
}

fn has_priority() -> bool {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field, in brackets, may hold spaces.
    let after = stat.rsplit(')').next().unwrap_or_default();
    after.split_whitespace().nth(41 - 3) == Some(ROUND_ROBIN)
}
