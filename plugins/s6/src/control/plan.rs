use hermes_backend_sdk::types::Error;

use super::Verb;
use crate::scan_directory::ScanDirectory;
use crate::slot::records;
use crate::supervise_status::SuperviseStatus;

/// What has to happen to one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// It is as it should be.
    Nothing,
    Start,
    /// It runs; a stop that s6-supervise has not come to yet must not win.
    KeepUp,
    Stop,
    StopThenStart,
    /// It is on its way down, and is to be up again then.
    StartAnew,
}

impl Plan {
    pub(super) fn new(
        verb: Verb,
        scan: &ScanDirectory,
        slot: &str,
        status: &SuperviseStatus,
    ) -> Self {
        let starts = verb == Verb::Start && status.is_up();
        let pausing = starts && !status.is_ready() && records::delay(scan, slot).is_some();
        let planned = starts && status.is_ready() && records::is_planned(scan, slot);
        let ending = planned && records::is_ending(scan, slot, &status.stamp);
        match Self::decide(verb, status, pausing, planned) {
            Self::KeepUp if ending => Self::StartAnew,
            plan => plan,
        }
    }

    /// `pausing`: `run` makes its pause before a restart, which an operator does
    /// not have to wait for. `planned`: an operator has stopped it, and nothing has
    /// come of that yet.
    fn decide(verb: Verb, status: &SuperviseStatus, pausing: bool, planned: bool) -> Self {
        let runs = status.pid.is_some();
        let stays = status.wants_up() && !status.is_finishing();
        match verb {
            Verb::Stop if runs || status.wants_up() => Self::Stop,
            Verb::Stop => Self::Nothing,
            Verb::Start | Verb::Restart if !runs => Self::Start,
            Verb::Restart => Self::StopThenStart,
            Verb::Start if pausing || !stays => Self::StopThenStart,
            Verb::Start if status.is_ready() && !planned => Self::Nothing,
            Verb::Start => Self::KeepUp,
        }
    }

    /// Writes down what the slot's scripts and a later supervisor have to know.
    pub(super) fn record(self, verb: Verb, scan: &ScanDirectory, slot: &str) -> Result<(), Error> {
        match self {
            Self::Nothing if verb == Verb::Stop => records::clear_verdict(scan, slot)?,
            Self::Nothing => {}
            Self::Start => records::clear(scan, slot)?,
            Self::KeepUp => records::clear_past(scan, slot)?,
            Self::Stop => records::plan_death(scan, slot)?,
            Self::StopThenStart | Self::StartAnew => {
                records::clear(scan, slot)?;
                records::plan_death(scan, slot)?;
            }
        }
        records::keep_down(scan, slot, verb == Verb::Stop)
    }
}

/// The command that stops a service; none where it is on its way down already,
/// as a second SIGTERM would hurry it.
pub(super) fn stop_command(status: &SuperviseStatus) -> &'static [u8] {
    if status.wants_up() { b"d" } else { b"" }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FINISHING: u8 = 2;
    const UP: u8 = 4;
    const READY: u8 = 8;

    fn status(pid: u8, flags: u8) -> SuperviseStatus {
        let mut file = [0; 35];
        file[31] = pid;
        file[34] = flags;
        SuperviseStatus::parse(&file).unwrap()
    }

    #[test]
    fn decides_from_what_is_so() {
        use Plan::{KeepUp, Nothing, Start, Stop, StopThenStart};

        // pid, flags, pausing; start, stop, restart
        let table = [
            ("down", 0, READY, false, [Start, Nothing, Start]),
            (
                "between two runs",
                0,
                READY | UP,
                false,
                [Start, Stop, Start],
            ),
            ("starting", 7, UP, false, [KeepUp, Stop, StopThenStart]),
            ("pausing", 7, UP, true, [StopThenStart, Stop, StopThenStart]),
            (
                "ready",
                7,
                READY | UP,
                false,
                [Nothing, Stop, StopThenStart],
            ),
            (
                "stopping",
                7,
                READY,
                false,
                [StopThenStart, Stop, StopThenStart],
            ),
            (
                "finishing",
                7,
                FINISHING | UP,
                false,
                [StopThenStart, Stop, StopThenStart],
            ),
        ];
        for (state, pid, flags, pausing, expected) in table {
            let status = status(pid, flags);
            let plans = [Verb::Start, Verb::Stop, Verb::Restart]
                .map(|verb| Plan::decide(verb, &status, pausing, false));
            assert_eq!(plans, expected, "{state}");
        }
    }

    #[test]
    fn a_start_outweighs_a_stop_that_nobody_has_come_to_yet() {
        let ready = status(7, READY | UP);
        assert_eq!(Plan::decide(Verb::Start, &ready, false, true), Plan::KeepUp);
    }

    #[test]
    fn does_not_stop_twice() {
        assert_eq!(stop_command(&status(7, READY | UP)), b"d");
        assert_eq!(stop_command(&status(7, READY)), b"");
    }
}
