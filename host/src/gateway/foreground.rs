//! A gateway that runs without a supervisor.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::process_stat::{PRECISION, ProcessStat, descends_from};
use super::unit_processes::UnitProcesses;
use crate::backend::{Backend, BackendError, ServiceError, left_behind};
use crate::os_error;
use crate::profile::Profile;
use crate::volume::VolumeDir;

/// What a gateway leaves in its profile while it runs: hermes-agent's and the
/// embedded one alike.
pub const FILE: &str = "gateway.pid";

/// Bytes.
const MAX_SIZE: u64 = 64 * 1024;

#[derive(Deserialize)]
struct PidFile {
    pid: u32,
    /// As in [`ProcessStat`]; hermes-agent leaves it out where it cannot tell.
    #[serde(default)]
    start_time: Value,
}

/// What a profile's pid file leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// There is no such file.
    Nothing,
    /// A file, and no gateway.
    Stale,
    /// The pid of a gateway that lives.
    Gateway(u32),
    /// Too many files were open to look.
    Unseen,
}

/// The process that says it is the profile's gateway, if there is one.
pub fn find(profile: &VolumeDir, proc: &Path) -> Option<u32> {
    match look(profile, proc) {
        Found::Gateway(pid) => Some(pid),
        Found::Nothing | Found::Stale | Found::Unseen => None,
    }
}

/// The same, where no supervisor ends it: of one that runs, or is just being
/// replaced, the supervisor knows. Where none is reached a systemd may run it all the same.
pub fn find_unsupervised(
    profile: &Profile,
    backend: &mut Backend,
    proc: &Path,
) -> Result<Option<u32>, BackendError> {
    let pid = match look(profile.dir(), proc) {
        Found::Gateway(pid) => pid,
        Found::Nothing | Found::Stale if !backend.supervises() => {
            return Ok(UnitProcesses::new(proc).find(profile));
        }
        Found::Nothing | Found::Stale => return Ok(None),
        Found::Unseen => return Err(BackendError::TooManyFiles),
    };
    let statuses = backend.status(&[profile.name().service()])?;
    // Whether its supervisor runs it cannot be told then, or it is another one's.
    match statuses.first() {
        Some(Err(ServiceError::Elsewhere(_))) => return Ok(None),
        Some(Err(error)) if !error.means_absent() => return Ok(None),
        _ => {}
    }
    let supervised = statuses
        .iter()
        .flatten()
        .filter(|status| left_behind(status).is_none())
        .find_map(|status| status.pid);
    if supervised.is_some_and(|ancestor| descends_from(proc, pid, ancestor)) {
        return Ok(None);
    }
    Ok(find(profile.dir(), proc).filter(|still| *still == pid))
}

/// Whether a supervisor that lives has started the process, as its environment and its parent
/// say: the orphan of one that does not is the child of process 1.
pub fn is_supervised(proc: &Path, pid: u32) -> bool {
    let is_orphan = ProcessStat::read(proc, pid).is_none_or(|stat| stat.parent == 1);
    !is_orphan
        && fs::read(proc.join(pid.to_string()).join("environ")).is_ok_and(|environment| {
            environment
                .split(|byte| *byte == 0)
                .any(|variable| variable == b"HERMES_SUPERVISED_CHILD=1")
        })
}

/// Looks at the pid file and at the process it names.
pub fn look(profile: &VolumeDir, proc: &Path) -> Found {
    match profile.read(FILE, MAX_SIZE) {
        Ok(None) => Found::Nothing,
        // Whoever may not open one more file knows no process either.
        Ok(Some(contents)) => match fs::File::open(proc) {
            Err(error) if os_error::is_too_many_files(&error) => Found::Unseen,
            room => {
                drop(room);
                gateway(&contents, profile, proc).map_or(Found::Stale, Found::Gateway)
            }
        },
        Err(error) if error.is_too_many_files() => Found::Unseen,
        Err(_) => Found::Stale,
    }
}

/// The process that a pid file names, if it is the profile's gateway: it must
/// belong to the profile's owner, or to whoever asks, look like a gateway and
/// be the one that was there when the file was written, for a number alone may
/// long be somebody else's, above all after a restart of the container. `proc`
/// is where procfs is mounted.
fn gateway(contents: &[u8], profile: &VolumeDir, proc: &Path) -> Option<u32> {
    let PidFile { pid, start_time } = serde_json::from_slice(contents).ok()?;
    let process = proc.join(pid.to_string());
    let uid = fs::metadata(&process).ok()?.uid();
    let (owner, _) = profile.owner().ok()?;
    let command = fs::read(process.join("cmdline")).ok()?;
    let is_gateway = command
        .split(|byte| *byte == 0)
        .any(|word| word == b"gateway");
    let is_theirs = uid == owner || uid == rustix::process::geteuid().as_raw();
    let stat = ProcessStat::read(proc, pid)?;
    let is_the_one = match start_time.as_u64() {
        Some(start_time) => stat.start_time == start_time,
        None => stat.started(proc)? <= profile.modified(FILE).ok()?? + PRECISION,
    };
    (is_gateway && is_theirs && is_the_one).then_some(pid)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::SystemTime;

    use rustix::param::clock_ticks_per_second;

    use super::*;

    const GATEWAY: &str = "hermes\0gateway\0run\0";

    /// A procfs with the process 7, begun `ticks` after a boot at `booted`.
    fn proc(command: &str, booted: u64, ticks: u64) -> tempfile::TempDir {
        let proc = tempfile::tempdir().unwrap();
        let process = proc.path().join("7");
        fs::create_dir(&process).unwrap();
        fs::write(process.join("cmdline"), command).unwrap();
        let stat = format!("7 (hermes) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 {ticks} 0\n");
        fs::write(process.join("stat"), stat).unwrap();
        fs::write(proc.path().join("stat"), format!("cpu 1\nbtime {booted}\n")).unwrap();
        proc
    }

    fn found(pid_file: &str, proc: &Path) -> Option<u32> {
        let profile = tempfile::tempdir().unwrap();
        fs::write(profile.path().join(FILE), pid_file).unwrap();
        find(&VolumeDir::open(profile.path()).unwrap(), proc)
    }

    #[test]
    fn only_a_gateway_of_the_owner_counts() {
        for (pid_file, command, expected) in [
            (r#"{"pid":7}"#, GATEWAY, Some(7)),
            (r#"{"pid":7}"#, "sleep\0infinity\0", None),
            (r#"{"pid":8}"#, GATEWAY, None),
            ("7", GATEWAY, None),
            ("", GATEWAY, None),
        ] {
            let proc = proc(command, 1_000_000_000, 100);
            assert_eq!(
                found(pid_file, proc.path()),
                expected,
                "{pid_file} {command:?}"
            );
        }
    }

    #[test]
    fn a_number_that_somebody_else_has_now_does_not() {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let minute = 60 * clock_ticks_per_second();
        let hour = 60 * minute;
        for (pid_file, booted, ticks, expected) in [
            (r#"{"pid":7,"start_time":4711}"#, now, 4711, Some(7)),
            (r#"{"pid":7,"start_time":4712}"#, now - 3600, 4711, None),
            // Without its start it has to be older than the file.
            (
                r#"{"pid":7,"start_time":null}"#,
                now - 3600,
                minute,
                Some(7),
            ),
            (r#"{"pid":7}"#, now - 3600, hour, Some(7)),
            (r#"{"pid":7}"#, now - 3600, hour + minute, None),
            (r#"{"pid":7}"#, now, u64::MAX, None),
        ] {
            let proc = proc(GATEWAY, booted, ticks);
            assert_eq!(found(pid_file, proc.path()), expected, "{pid_file} {ticks}");
        }
    }
}
