use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{
    Duration, Error, Exit, Phase, RunState, ServiceName, ServiceStatus, Timestamp,
};

use crate::departure;
use crate::duration::SECOND;
use crate::left_behind;
use crate::scan_directory::ScanDirectory;
use crate::slot::records::{self, Verdict};
use crate::supervise_status::SuperviseStatus;

/// s6-supervise waits a second between two runs. One that is down for longer
/// although it is wanted up cannot be executed, which s6 reports to nobody.
const BETWEEN_RUNS: Duration = 3 * SECOND;

pub(crate) fn status(
    scan: &ScanDirectory,
    names: &[ServiceName],
) -> Vec<Result<ServiceStatus, Error>> {
    names.iter().map(|name| look(scan, name)).collect()
}

fn look(scan: &ScanDirectory, name: &str) -> Result<ServiceStatus, Error> {
    match scan.supervisor(name).live_status() {
        Ok(status) => Ok(describe(scan, name, &status)),
        Err(Error::NotRegistered) => look_for_departing(scan, name),
        Err(error) => Err(error),
    }
}

/// A service that an ended command has begun to remove, or another one is removing.
fn look_for_departing(scan: &ScanDirectory, name: &str) -> Result<ServiceStatus, Error> {
    let hidden = departure::hidden(name);
    let supervisor = scan.supervisor(&hidden);
    let alive = supervisor.is_alive()?;
    let status = supervisor.status()?;
    if !alive && !status.is_up() {
        return Err(Error::NotRegistered);
    }
    let seen = describe(scan, &hidden, &status);
    Ok(ServiceStatus {
        phase: match seen.wanted {
            // What it ran may have been left behind.
            _ if !alive => Phase::Down,
            RunState::Up => seen.phase,
            RunState::Down => Phase::Stopping,
        },
        note: Some("its removal is not finished: stop, start or reconcile goes on with it".into()),
        ..seen
    })
}

fn describe(scan: &ScanDirectory, slot: &str, status: &SuperviseStatus) -> ServiceStatus {
    if status.is_untried() && !status.wants_up() && !records::may_exist(scan, slot) {
        return never_ran(status);
    }
    let restarts = records::restarts(scan, slot);
    let (phase, note) = if status.is_finishing() || (status.is_up() && !status.wants_up()) {
        (Phase::Stopping, None)
    } else if status.is_ready() {
        (Phase::Ready, restarted(restarts, status))
    } else if status.is_up() {
        let pausing = pausing(records::delay(scan, slot));
        let ending = || left_behind::ending(scan, slot, status).map(left_behind::is_ended);
        (Phase::Starting, pausing.or_else(ending))
    } else if status.wants_up() {
        between_runs(status.since(), clock::now())
    } else {
        left_down(records::verdict(scan, slot), status, clock::now())
    };
    ServiceStatus {
        phase,
        wanted: status.wanted(),
        pid: status.pid.or_else(|| match phase {
            Phase::Down | Phase::Failed => left_behind::pid(scan, slot, status),
            _ => None,
        }),
        since: status.since(),
        last_exit: status.last_exit(),
        restarts,
        note,
    }
}

/// As most are after a boot: there is nothing more to look at.
fn never_ran(status: &SuperviseStatus) -> ServiceStatus {
    ServiceStatus {
        phase: Phase::Down,
        wanted: RunState::Down,
        pid: None,
        since: status.since(),
        last_exit: None,
        restarts: Some(0),
        note: None,
    }
}

fn restarted(restarts: Option<u32>, status: &SuperviseStatus) -> Option<String> {
    restarts.filter(|restarts| *restarts > 0)?;
    Some(format!("restarted after {}", words(status.last_exit()?)))
}

fn pausing(delay: Option<u32>) -> Option<String> {
    Some(format!("waiting {} s before restart", delay?))
}

fn between_runs(since: Option<Timestamp>, now: Timestamp) -> (Phase, Option<String>) {
    match since {
        Some(since) if now.saturating_sub(since) > BETWEEN_RUNS => (
            Phase::Failed,
            Some("s6 cannot execute its run script".into()),
        ),
        _ => (Phase::Starting, Some("about to be restarted".into())),
    }
}

fn left_down(
    verdict: Option<Verdict>,
    status: &SuperviseStatus,
    now: Timestamp,
) -> (Phase, Option<String>) {
    let exit = status.last_exit();
    match verdict {
        None => (Phase::Down, None),
        Some(Verdict::Final) if exit == Some(Exit::Code(0)) => {
            (Phase::Down, Some("ended by itself, with exit 0".into()))
        }
        Some(Verdict::Final) => {
            let exit = exit.map_or("its last exit".into(), words);
            (
                Phase::Failed,
                Some(format!("{exit} is final: not restarted")),
            )
        }
        Some(Verdict::Quarantined { deaths, seconds }) => {
            let ago = status
                .since()
                .map(|since| format!(" {} ago", age(now.saturating_sub(since))));
            let exit = exit.map(|exit| format!(" with {}", words(exit)));
            let last = match (ago, exit) {
                (None, None) => String::new(),
                (ago, exit) => {
                    format!(
                        ", last{}{}",
                        ago.unwrap_or_default(),
                        exit.unwrap_or_default()
                    )
                }
            };
            let times = match deaths {
                1 => "once".into(),
                deaths => format!("{deaths} times"),
            };
            let note = format!("quarantined: died {times} in {seconds} s{last}");
            (Phase::Failed, Some(note))
        }
    }
}

fn words(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit {code}"),
        Exit::Signal(signal) => format!("signal {signal}"),
    }
}

/// Roughly, in the largest unit that fits.
fn age(duration: Duration) -> String {
    let seconds = duration / SECOND;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: Timestamp = 1_800_000_000 * SECOND;

    /// A service that is down since three minutes before [`NOW`].
    fn down(wait_status: u16) -> SuperviseStatus {
        let seconds = (1_u64 << 62) + 37 + NOW / SECOND - 180;
        let mut file = [0; 35];
        file[..8].copy_from_slice(&seconds.to_be_bytes());
        file[32..34].copy_from_slice(&wait_status.to_be_bytes());
        file[34] = 8;
        SuperviseStatus::parse(&file).unwrap()
    }

    #[test]
    fn says_why_a_service_was_left_down() {
        let quarantined = Verdict::Quarantined {
            deaths: 5,
            seconds: 60,
        };
        for (verdict, wait_status, phase, note) in [
            (None, 0x0100, Phase::Down, ""),
            (
                Some(Verdict::Final),
                0,
                Phase::Down,
                "ended by itself, with exit 0",
            ),
            (
                Some(Verdict::Final),
                0x4e00,
                Phase::Failed,
                "exit 78 is final: not restarted",
            ),
            (
                Some(quarantined),
                0x0100,
                Phase::Failed,
                "quarantined: died 5 times in 60 s, last 3 min ago with exit 1",
            ),
            (
                Some(quarantined),
                9,
                Phase::Failed,
                "quarantined: died 5 times in 60 s, last 3 min ago with signal 9",
            ),
        ] {
            let answer = left_down(verdict, &down(wait_status), NOW);
            assert_eq!(answer.0, phase, "{note}");
            assert_eq!(answer.1.unwrap_or_default(), note);
        }
    }

    #[test]
    fn a_long_pause_between_two_runs_is_a_failure() {
        let since = |seconds: u64| between_runs(Some(NOW - seconds * SECOND), NOW).0;
        assert_eq!(since(1), Phase::Starting);
        assert_eq!(since(10), Phase::Failed);
    }

    #[test]
    fn a_service_on_its_first_run_has_nothing_to_tell() {
        assert_eq!(restarted(Some(0), &down(9)), None);
        assert_eq!(restarted(None, &down(9)), None);
        let note = restarted(Some(2), &down(9));
        assert_eq!(note.as_deref(), Some("restarted after signal 9"));
    }

    #[test]
    fn an_age_is_in_the_largest_unit_that_fits() {
        for (seconds, expected) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_200, "2 h"),
            (172_800, "2 days"),
        ] {
            assert_eq!(age(seconds * SECOND), expected);
        }
    }
}
