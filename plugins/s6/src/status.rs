use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{
    Duration, Error, Exit, Phase, ServiceName, ServiceStatus, Timestamp,
};

use crate::scan_directory::ScanDirectory;
use crate::slot::records::{self, Verdict};
use crate::supervise_status::SuperviseStatus;

const SECOND: Duration = 1_000_000_000;

/// s6-supervise waits a second between two runs. One that is down for longer
/// although it is wanted up cannot be executed, which s6 reports to nobody.
const BETWEEN_RUNS: Duration = 3 * SECOND;

pub(crate) fn status(names: &[ServiceName]) -> Vec<Result<ServiceStatus, Error>> {
    match ScanDirectory::open() {
        Ok(scan) => names.iter().map(|name| look(&scan, name)).collect(),
        Err(error) => names.iter().map(|_| Err(error.clone())).collect(),
    }
}

fn look(scan: &ScanDirectory, name: &str) -> Result<ServiceStatus, Error> {
    let status = scan.supervisor(name).live_status()?;
    let restarts = records::restarts(scan, name);
    let (phase, note) = if status.is_finishing() || (status.is_up() && !status.wants_up()) {
        (Phase::Stopping, None)
    } else if status.is_ready() {
        (Phase::Ready, restarted(restarts, &status))
    } else if status.is_up() {
        (Phase::Starting, pausing(records::delay(scan, name)))
    } else if status.wants_up() {
        between_runs(status.since(), clock::now())
    } else {
        left_down(records::verdict(scan, name), &status, clock::now())
    };
    Ok(ServiceStatus {
        phase,
        wanted: status.wanted(),
        pid: status.pid,
        since: status.since(),
        last_exit: status.last_exit(),
        restarts,
        note,
    })
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
            let note = format!("quarantined: died {deaths} times in {seconds} s{last}");
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
