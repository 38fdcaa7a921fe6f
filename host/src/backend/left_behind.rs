//! A process that a supervisor which has died has left behind: its successor counts the
//! service as down and says which process that may be.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{Answers, Phase, ServiceError, ServiceStatus};
use crate::gateway::process_stat::{PRECISION, ProcessStat};
use crate::profile::ProfileName;

/// Where procfs is mounted.
const PROC: &str = "/proc";

/// The process that lives on, as [`settle`] has left it.
pub fn left_behind(status: &ServiceStatus) -> Option<u32> {
    match status.phase {
        Phase::Down | Phase::Failed => status.pid,
        _ => None,
    }
}

/// What of an answer a look afterwards confirms. A stop of which the supervisor that was
/// told does not know the end has happened where no process is left.
pub fn confirm(
    stops: bool,
    answer: Result<(), ServiceError>,
    status: Option<&ServiceStatus>,
) -> Result<(), ServiceError> {
    match (status, answer) {
        (Some(status), _) if let Some(pid) = left_behind(status) => {
            Err(ServiceError::LeftBehind { pid })
        }
        (Some(status), Err(ServiceError::Unavailable(_)))
            if stops && status.phase == Phase::Down =>
        {
            Ok(())
        }
        (_, answer) => answer,
    }
}

/// Forgets the processes that are gone, or are somebody else's by now.
pub(super) fn settle(answers: &mut Answers<ServiceStatus>, services: &[String], home: &str) {
    for (answer, service) in answers.iter_mut().zip(services) {
        if let Ok(status) = answer
            && let Some(pid) = left_behind(status)
            && !is_left(Path::new(PROC), pid, home, service, status.since)
        {
            status.pid = None;
        }
    }
}

/// Whether a process is what the service last ran: it leads its group, as each run does, and
/// says that it is the profile's, or has begun before the supervisor that does not know it.
fn is_left(proc: &Path, pid: u32, home: &str, service: &str, since: Option<u64>) -> bool {
    let Some(stat) = ProcessStat::read(proc, pid) else {
        return false;
    };
    let process = proc.join(pid.to_string());
    let Some(folder) = folder(home, service) else {
        return false;
    };
    stat.group == pid
        && says_so(&process, home, &folder).unwrap_or_else(|| {
            is_in(&process, &folder)
                || (is_theirs(&process, &folder) && has_begun_before(proc, stat, since))
        })
}

/// What its environment says; `None`: nothing.
fn says_so(process: &Path, home: &str, folder: &Path) -> Option<bool> {
    let environment = fs::read(process.join("environ")).ok()?;
    let said = environment
        .split(|byte| *byte == 0)
        .find_map(|variable| variable.strip_prefix(b"HERMES_HOME="))?;
    Some(said == home.as_bytes() || said == folder.as_os_str().as_encoded_bytes())
}

fn is_in(process: &Path, folder: &Path) -> bool {
    let place = |path: PathBuf| {
        fs::metadata(path)
            .map(|found| (found.dev(), found.ino()))
            .ok()
    };
    place(process.join("cwd")).is_some_and(|cwd| Some(cwd) == place(folder.to_owned()))
}

fn is_theirs(process: &Path, folder: &Path) -> bool {
    let owner = |path: &Path| fs::metadata(path).map(|found| found.uid()).ok();
    let uid = owner(process);
    uid.is_some() && (uid == owner(folder) || uid == Some(rustix::process::geteuid().as_raw()))
}

fn has_begun_before(proc: &Path, stat: ProcessStat, since: Option<u64>) -> bool {
    let since =
        since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(since)));
    matches!((stat.started(proc), since), (Some(started), Some(since)) if started <= since + PRECISION)
}

/// Where the profile of a service lives.
fn folder(home: &str, service: &str) -> Option<PathBuf> {
    let name = ProfileName::from_service(service)?;
    Some(match name.is_default() {
        true => PathBuf::from(home),
        false => Path::new(home).join("profiles").join(name.as_str()),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::backend::RunState;

    const NOW: u64 = 1_800_000_000;

    /// The process 7 that leads `group`, begun `at` seconds after the epoch.
    fn proc(group: u32, environment: &str, at: u64) -> tempfile::TempDir {
        let proc = tempfile::tempdir().unwrap();
        let process = proc.path().join("7");
        fs::create_dir(&process).unwrap();
        fs::write(process.join("environ"), environment).unwrap();
        let stat = format!("7 (x) S 1 {group} 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0 0\n");
        fs::write(process.join("stat"), stat).unwrap();
        fs::write(proc.path().join("stat"), format!("cpu 1\nbtime {at}\n")).unwrap();
        proc
    }

    #[test]
    fn a_process_is_told_by_its_group_and_its_home_or_its_begin() {
        let since = Some(NOW * 1_000_000_000);
        let (ours, theirs) = ("HERMES_HOME=/data/profiles/coder\0", "HERMES_HOME=/else\0");
        for (group, environment, at, expected) in [
            (7, ours, NOW + 60, true),
            (7, "A=b\0HERMES_HOME=/data\0", NOW + 60, true),
            (7, theirs, NOW - 60, false),
            (7, "", NOW - 60, true),
            (7, "A=b\0", NOW + 60, false),
            (6, ours, NOW - 60, false),
        ] {
            let proc = proc(group, environment, at);
            let is_left = |pid| is_left(proc.path(), pid, "/data", "gateway-coder", since);
            assert_eq!(is_left(7), expected, "{group} {environment:?} {at}");
            assert!(!is_left(8));
        }
    }

    #[test]
    fn a_look_outweighs_an_answer() {
        let status = |phase, pid| ServiceStatus {
            phase,
            wanted: RunState::Down,
            pid,
            since: None,
            last_exit: None,
            restarts: None,
            note: None,
        };
        let unavailable = || Err(ServiceError::Unavailable("died".to_owned()));
        let left = Err(ServiceError::LeftBehind { pid: 7 });
        for (stops, answer, status, expected) in [
            (true, Ok(()), status(Phase::Down, Some(7)), left.clone()),
            (false, unavailable(), status(Phase::Failed, Some(7)), left),
            (true, unavailable(), status(Phase::Down, None), Ok(())),
            (
                false,
                unavailable(),
                status(Phase::Down, None),
                unavailable(),
            ),
            (
                true,
                unavailable(),
                status(Phase::Ready, Some(7)),
                unavailable(),
            ),
            (true, Ok(()), status(Phase::Ready, Some(7)), Ok(())),
        ] {
            let confirmed = confirm(stops, answer.clone(), Some(&status));
            assert_eq!(confirmed, expected, "{stops} {answer:?} {status:?}");
            assert_eq!(confirm(stops, answer.clone(), None), answer);
        }
    }
}
