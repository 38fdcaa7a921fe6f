use super::super::boot_log::Action;
use crate::backend::{Phase, RunState, ServiceStatus};
use crate::text::excerpt;

/// How a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Its supervisor keeps it running.
    Up,
    /// Nothing runs, and its supervisor leaves it so.
    Down,
    /// On its way from one to the other, or its supervisor does not say: it may well
    /// run.
    Unsettled,
}

impl State {
    pub(super) fn of(status: Option<&ServiceStatus>) -> Self {
        match status {
            Some(status) if status.phase == Phase::Failed && status.pid.is_none() => {
                match status.wanted {
                    RunState::Down => Self::Down,
                    RunState::Up => Self::Unsettled,
                }
            }
            Some(status) if status.wanted == RunState::Up => Self::Up,
            Some(status) if status.pid.is_none() => Self::Down,
            Some(_) | None => Self::Unsettled,
        }
    }

    /// How a service is once this was done with it.
    pub(super) fn after(action: Action) -> Self {
        match action {
            Action::Started => Self::Up,
            Action::Registered | Action::None => Self::Down,
        }
    }
}

/// Why a gateway is not what it is to be.
pub(super) fn unsettled(action: Action, status: &ServiceStatus) -> String {
    let what = match (action, status.pid) {
        (Action::Started, None) => "is down, though it is to run".to_owned(),
        (Action::Started, Some(pid)) => {
            format!("is being stopped, though it is to run (pid {pid})")
        }
        (Action::Registered | Action::None, None) => "its supervisor means to start it".to_owned(),
        (Action::Registered | Action::None, Some(pid)) => format!("still runs (pid {pid})"),
    };
    with_note(what, status)
}

/// What became of a gateway that has not stayed up.
pub(super) fn died(status: &ServiceStatus) -> String {
    with_note("has died since it was started".to_owned(), status)
}

fn with_note(what: String, status: &ServiceStatus) -> String {
    match &status.note {
        Some(note) => format!("{what}: {}", excerpt(note, 200)),
        None => what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(phase: Phase, wanted: RunState, pid: Option<u32>) -> ServiceStatus {
        ServiceStatus {
            phase,
            wanted,
            pid,
            since: None,
            last_exit: None,
            restarts: None,
            note: None,
        }
    }

    #[test]
    fn what_counts_is_what_the_supervisor_aims_at() {
        use RunState::{Down, Up};
        for (phase, wanted, pid, expected) in [
            (Phase::Ready, Up, Some(7), State::Up),
            (Phase::Starting, Up, Some(7), State::Up),
            // Between two runs.
            (Phase::Starting, Up, None, State::Up),
            (Phase::Stopping, Up, Some(7), State::Up),
            (Phase::Stopping, Down, Some(7), State::Unsettled),
            (Phase::Down, Down, None, State::Down),
            // Given up, and never executed.
            (Phase::Failed, Down, None, State::Down),
            (Phase::Failed, Up, None, State::Unsettled),
        ] {
            let status = status(phase, wanted, pid);
            assert_eq!(State::of(Some(&status)), expected, "{status:?}");
        }
        assert_eq!(State::of(None), State::Unsettled);
    }

    #[test]
    fn says_what_is_not_as_it_is_to_be() {
        for (action, pid, expected) in [
            (Action::Started, None, "is down, though it is to run"),
            (
                Action::Started,
                Some(7),
                "is being stopped, though it is to run (pid 7)",
            ),
            (Action::Registered, None, "its supervisor means to start it"),
            (Action::Registered, Some(7), "still runs (pid 7)"),
        ] {
            let status = status(Phase::Down, RunState::Down, pid);
            assert_eq!(unsettled(action, &status), expected);
        }
    }
}
