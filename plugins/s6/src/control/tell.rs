use hermes_backend_sdk::types::Error;

use super::Verb;
use super::plan::{Plan, stop_command};
use crate::scan_directory::ScanDirectory;
use crate::slot::records;
use crate::supervise_status::SuperviseStatus;
use crate::supervisor::Supervisor;

/// Commands a service without waiting for what comes of it.
pub(super) fn tell(scan: &ScanDirectory, name: &str, verb: Verb) -> Result<(), Error> {
    let supervisor = scan.supervisor(name);
    let status = look(scan, name, verb)?;
    let plan = Plan::new(verb, scan, name, &status);
    plan.record(verb, scan, name)
        .or_else(|error| forgive(verb, error).map(drop))?;
    match plan {
        Plan::Nothing => keep_down(verb, &supervisor),
        Plan::Start | Plan::KeepUp => start(&supervisor),
        Plan::Stop => {
            supervisor.command(stop_command(&status))?;
            supervisor.expect_down();
            // Nor here: a start must not take it for one that stays.
            records::mark_ending(scan, name, &status.stamp);
            Ok(())
        }
        Plan::StopThenStart | Plan::StartAnew => {
            // Nobody waits here to see that it ends.
            records::mark_ending(scan, name, &status.stamp);
            restart(&supervisor, plan, &status)?;
            supervisor.expect_ready();
            Ok(())
        }
    }
}

/// How it is. A stop of what cannot be seen is tried all the same.
pub(super) fn look(scan: &ScanDirectory, name: &str, verb: Verb) -> Result<SuperviseStatus, Error> {
    let status = scan.supervisor(name).live_status();
    match status {
        Err(error @ Error::Other(_)) if verb == Verb::Stop => {
            stop_unseen(scan, name)?;
            let written = scan.supervisor(name).written_anew();
            written.ok_or_else(|| hindered_after("told to stop", error))
        }
        // Never taken over: nothing runs, and nothing is to.
        Err(Error::Unavailable(_))
            if verb == Verb::Stop && !scan.has(&format!("{name}/supervise"))? =>
        {
            let _ = records::keep_down(scan, name, true);
            Err(Error::NotRegistered)
        }
        // The next s6-supervise starts what it finds without this.
        Err(error @ Error::Unavailable(_)) if verb == Verb::Stop => {
            records::keep_down(scan, name, true)?;
            Err(error)
        }
        status => status,
    }
}

/// A stop does without what it cannot write, such as in a full scan directory.
pub(super) fn forgive(verb: Verb, error: Error) -> Result<Error, Error> {
    match verb {
        Verb::Stop => Ok(error),
        Verb::Start | Verb::Restart => Err(error),
    }
}

/// What came in the way of a stop after so much of it.
pub(super) fn hindered_after(done: &str, error: Error) -> Error {
    match error {
        Error::Other(text) => Error::Other(format!("{done}, but {text}")),
        error => error,
    }
}

pub(super) fn start(supervisor: &Supervisor) -> Result<(), Error> {
    supervisor.command(b"u")?;
    supervisor.expect_ready();
    Ok(())
}

/// A status that says down may be old: in a full scan directory s6-supervise goes on
/// without writing it. To what is down this changes nothing.
pub(super) fn keep_down(verb: Verb, supervisor: &Supervisor) -> Result<(), Error> {
    match verb {
        Verb::Stop => supervisor.command(b"d"),
        Verb::Start | Verb::Restart => Ok(()),
    }
}

/// In one write, so that a command that is killed leaves nothing down.
pub(super) fn restart(
    supervisor: &Supervisor,
    plan: Plan,
    status: &SuperviseStatus,
) -> Result<(), Error> {
    let stop = match plan {
        Plan::StartAnew => b"",
        _ => stop_command(status),
    };
    supervisor.command(&[stop, b"u"].concat())
}

/// Stops what cannot be seen, as far as that goes.
fn stop_unseen(scan: &ScanDirectory, name: &str) -> Result<(), Error> {
    let _ = records::plan_death(scan, name);
    let _ = records::keep_down(scan, name, true);
    scan.supervisor(name).command_if_alive(b"d")
}
