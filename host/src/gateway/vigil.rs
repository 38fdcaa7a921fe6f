use super::intent::Desired;
use crate::backend::{Exit, Phase, RunState, ServiceError, ServiceStatus};

/// How a gateway came to be down for good.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// An operator has stopped it.
    Stopped,
    /// Its supervisor does not start it again, or was told not to.
    Down { note: Option<String> },
    /// The same, as a failure.
    Failed {
        exit: Option<Exit>,
        note: Option<String>,
    },
    /// Its supervisor does not know it any more, and its profile is gone.
    Unregistered,
}

impl Ending {
    /// The exit code of whoever stayed for it: the gateway's own as far as nobody has stopped
    /// it, 128 and the signal where one ended it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Stopped | Self::Down { .. } | Self::Unregistered => 0,
            Self::Failed { exit, .. } => match exit {
                Some(Exit::Code(code)) => *code,
                Some(Exit::Signal(signal)) => 128_u8.saturating_add(*signal),
                None => 1,
            },
        }
    }

    /// What happened, in words.
    pub fn words(&self) -> &str {
        match self {
            Self::Stopped => "stopped",
            Self::Down { note } => note.as_deref().unwrap_or("down"),
            Self::Failed { note, .. } => note.as_deref().unwrap_or("failed"),
            Self::Unregistered => "unregistered",
        }
    }
}

/// Watches a gateway until it is down for good: not between two runs, and not for the moment
/// that a restart takes.
#[derive(Debug, Default)]
pub struct Vigil {
    before: Option<Rest>,
}

/// What may be for good: it is, once it was seen twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    Down { since: Option<u64> },
    Unregistered,
}

impl Vigil {
    /// Takes in one look. `wanted` is what the operator wants by now; `None`: there is no such
    /// profile any more. A supervisor that does not answer says nothing, and neither does one
    /// that has lost a gateway that is wanted: it is a new one, which a reconcile will tell.
    pub fn look(
        &mut self,
        status: Result<ServiceStatus, ServiceError>,
        wanted: Option<Desired>,
    ) -> Option<Ending> {
        let stopped = wanted == Some(Desired::Stopped);
        let (rest, ending) = match status {
            Ok(status) => match status.phase {
                Phase::Down | Phase::Failed if stopped => return Some(Ending::Stopped),
                // One that its supervisor tries to start all the time may yet come up.
                Phase::Failed if !is_tried(&status) => {
                    return Some(Ending::Failed {
                        exit: status.last_exit,
                        note: status.note,
                    });
                }
                Phase::Down => {
                    let since = status.since;
                    let note = status.note;
                    (Rest::Down { since }, Ending::Down { note })
                }
                _ => {
                    self.before = None;
                    return None;
                }
            },
            Err(ServiceError::NotRegistered) if stopped => return Some(Ending::Stopped),
            Err(ServiceError::NotRegistered) if wanted.is_none() => {
                (Rest::Unregistered, Ending::Unregistered)
            }
            Err(_) => return None,
        };
        let before = self.before.replace(rest);
        (before == Some(rest)).then_some(ending)
    }
}

fn is_tried(status: &ServiceStatus) -> bool {
    status.wanted == RunState::Up
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn status(phase: Phase, wanted: RunState, since: u64) -> ServiceStatus {
        ServiceStatus {
            phase,
            wanted,
            pid: None,
            since: Some(since),
            last_exit: Some(Exit::Code(78)),
            restarts: None,
            note: Some("a note".to_owned()),
        }
    }

    #[test]
    fn only_what_is_for_good_ends_it() {
        let (running, stopped) = (Some(Desired::Running), Some(Desired::Stopped));
        let failed = || Ok(status(Phase::Failed, RunState::Down, 1));
        let up = |phase| Ok(status(phase, RunState::Up, 1));
        let down = |since| Ok(status(Phase::Down, RunState::Down, since));
        let lost = || Err(ServiceError::NotRegistered);
        let silent = || Err(ServiceError::Unavailable("gone".to_owned()));
        let note = Some("a note".to_owned());
        let gave_up = Ending::Failed {
            exit: Some(Exit::Code(78)),
            note: note.clone(),
        };
        let rests = Ending::Down { note };
        for (looks, wanted, ending) in [
            (vec![up(Phase::Ready), up(Phase::Up)], running, None),
            (vec![up(Phase::Stopping); 3], stopped, None),
            (vec![up(Phase::Starting); 3], running, None),
            (vec![up(Phase::Failed); 3], running, None),
            (vec![silent(), silent()], stopped, None),
            (vec![down(1)], stopped, Some(Ending::Stopped)),
            (vec![failed()], stopped, Some(Ending::Stopped)),
            (vec![failed()], running, Some(gave_up)),
            (vec![down(1)], running, None),
            (vec![down(1), down(2), down(3)], running, None),
            (vec![down(1), up(Phase::Ready), down(1)], running, None),
            (vec![down(1), down(1)], running, Some(rests.clone())),
            (vec![down(1), silent(), down(1)], running, Some(rests)),
            (vec![lost(), lost()], running, None),
            (vec![lost()], stopped, Some(Ending::Stopped)),
            (vec![lost()], None, None),
            (vec![lost(), up(Phase::Ready), lost()], None, None),
            (vec![lost(), lost()], None, Some(Ending::Unregistered)),
        ] {
            let mut vigil = Vigil::default();
            let shown = format!("{looks:?} {wanted:?}");
            let seen: Vec<_> = looks
                .into_iter()
                .map(|look| vigil.look(look, wanted))
                .collect();
            let (end, earlier) = seen.split_last().unwrap();
            assert_eq!(*end, ending, "{shown}");
            assert!(earlier.iter().all(Option::is_none), "{shown}");
        }
    }

    #[test]
    fn the_exit_code_is_the_gateways_own() {
        let failed = |exit| Ending::Failed { exit, note: None };
        for (ending, code) in [
            (Ending::Stopped, 0),
            (Ending::Unregistered, 0),
            (Ending::Down { note: None }, 0),
            (failed(Some(Exit::Code(78))), 78),
            (failed(Some(Exit::Signal(9))), 137),
            (failed(Some(Exit::Signal(255))), 255),
            (failed(None), 1),
        ] {
            assert_eq!(ending.exit_code(), code, "{ending:?}");
        }
    }
}
