//! How a gateway ends: one decision for every way that leads there, whether it
//! was still starting or long running.

use super::record::State;
use super::signals::Asked;

/// Why it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It never ran.
    StartupFailed,
    /// It ran and could not go on.
    Failed,
    Asked(Asked),
}

/// What is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) exit_code: u8,
    pub(super) state: State,
}

/// `planned`: the operator wants this gateway stopped. Only then is a signal
/// the end; a container that shuts down sends the same one and wants its
/// gateways back, so their state stays one that starts again at boot.
pub(super) fn verdict(ending: Ending, planned: bool) -> Verdict {
    let (exit_code, state) = match ending {
        Ending::StartupFailed => (1, State::StartupFailed),
        Ending::Asked(asked) if asked.stop && planned => (0, State::Stopped),
        Ending::Asked(asked) if asked.restart => (75, State::Draining),
        Ending::Failed | Ending::Asked(_) => (1, State::Running),
    };
    Verdict { exit_code, state }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_has_one_verdict() {
        let asked = |stop, restart| Ending::Asked(Asked { stop, restart });
        for (ending, planned, exit_code, state) in [
            (Ending::StartupFailed, false, 1, State::StartupFailed),
            (Ending::StartupFailed, true, 1, State::StartupFailed),
            (Ending::Failed, false, 1, State::Running),
            (Ending::Failed, true, 1, State::Running),
            (asked(true, false), false, 1, State::Running),
            (asked(true, false), true, 0, State::Stopped),
            (asked(false, true), false, 75, State::Draining),
            (asked(false, true), true, 75, State::Draining),
            // A stop that arrives while it drains for a restart.
            (asked(true, true), false, 75, State::Draining),
            (asked(true, true), true, 0, State::Stopped),
        ] {
            assert_eq!(
                verdict(ending, planned),
                Verdict { exit_code, state },
                "{ending:?}, planned: {planned}"
            );
        }
    }
}
