use hermes_backend_sdk::types::{Error, Exit};

use crate::failure::words_of;
use crate::job::{Order, Outcome};
use crate::manager::Scope;
use crate::unit_state::UnitState;

/// What came of an order. `state`: as the unit is afterwards.
pub(crate) fn conclude(
    order: Order,
    outcome: Result<Outcome, Error>,
    state: &UnitState,
    scope: Scope,
    unit: &str,
) -> Result<(), Error> {
    let process = match state.pid {
        Some(pid) => format!("pid {pid}"),
        None => unit.to_owned(),
    };
    match outcome? {
        Outcome::Done | Outcome::Told => Ok(()),
        Outcome::Pending if order == Order::Stop => Err(Error::TimedOut(format!(
            "still running after SIGTERM, {process}"
        ))),
        Outcome::Pending if state.waits_for_its_turn() => Err(Error::TimedOut(format!(
            "{unit} waits for its turn: {} list-jobs",
            scope.systemctl()
        ))),
        Outcome::Pending if state.is_stopping() => Err(Error::TimedOut(format!(
            "the process before it is still stopping ({process})"
        ))),
        Outcome::Pending => Err(Error::TimedOut(format!("{process} is not ready"))),
        Outcome::Ended(result) if order != Order::Stop => {
            Err(match (result.as_str(), state.exit) {
                ("timeout", _) => not_ready_in_time(unit, scope),
                ("failed", Some(exit)) => match exit {
                    // systemd itself ended what did not tell in time.
                    Exit::Signal(_) if state.timed_out() => not_ready_in_time(unit, scope),
                    exit => Error::Exited(exit),
                },
                ("dependency", _) => Error::Other(format!(
                    "something that {unit} needs did not start; {}",
                    scope.journal(unit)
                )),
                _ => Error::Other(format!(
                    "{unit}: its start {}; {}",
                    ending(&result),
                    scope.journal(unit)
                )),
            })
        }
        Outcome::Ended(result) => Err(Error::Other(format!(
            "{unit}: its stop {}; {}",
            ending(&result),
            scope.journal(unit)
        ))),
    }
}

/// How a job ended that came to nothing, of systemd's word for it.
fn ending(result: &str) -> String {
    match result {
        "failed" => "failed".into(),
        "timeout" => "took too long".into(),
        "canceled" => "was called off by another order".into(),
        "assert" => "was refused, as an Assert of its unit does not hold".into(),
        other => format!("ended as `{other}`"),
    }
}

fn not_ready_in_time(unit: &str, scope: Scope) -> Error {
    Error::TimedOut(format!(
        "{unit} was not ready in time and systemd ended it; {}",
        scope.journal(unit)
    ))
}

/// Why it cannot be told what came of a start: it stays enabled, and may have been told.
pub(crate) fn unknown(error: Error) -> Error {
    match error {
        Error::Unavailable(_) => Error::Other(format!(
            "enabled, but whether it runs is not known: {}",
            words_of(&error)
        )),
        error => error,
    }
}
