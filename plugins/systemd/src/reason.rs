use hermes_backend_sdk::types::Exit;

use crate::manager::Scope;
use crate::unit_state::{End, UnitState};

/// Why a unit is as it is, for a person.
impl UnitState {
    pub(crate) fn restarted(&self) -> Option<String> {
        self.restarts.filter(|restarts| *restarts > 0)?;
        Some(match self.exit {
            Some(exit) => format!("restarted after {}", words(exit)),
            None => "restarted".into(),
        })
    }

    /// Why what comes up at boot is down all the same.
    pub(crate) fn ended(&self) -> Option<String> {
        let words = match self.exit {
            _ if self.result != "success" => return None,
            Some(_) if self.end == End::Stopped => {
                "is down, and is enabled: a start, or the next boot, brings it up"
            }
            Some(Exit::Code(0)) => "ended by itself, with exit 0",
            _ => return None,
        };
        Some(words.into())
    }

    /// Why systemd has left it down, and where more is said.
    pub(crate) fn failure(&self, unit: &str, scope: Scope) -> String {
        let (burst, interval) = self.start_limit;
        let exit = self.exit.map(words);
        let why = match self.exit {
            Some(Exit::Code(code)) if self.final_codes.contains(&code) => {
                format!("exit {code} is final: not restarted")
            }
            _ if self.is_quarantined() => {
                let last = exit.map(|exit| format!(", last with {exit}"));
                let times = match burst {
                    1 => "once".to_owned(),
                    times => format!("{times} times"),
                };
                format!(
                    "quarantined: died {times} in {} s{}",
                    interval / 1_000_000,
                    last.unwrap_or_default()
                )
            }
            _ => match self.result.as_str() {
                "exit-code" | "signal" | "core-dump" => exit.unwrap_or_default(),
                result => format!("systemd says: {result}"),
            },
        };
        format!("{why}; {}", scope.journal(unit))
    }
}

impl UnitState {
    /// What systemd calls a start limit as well, unless there was a reason before.
    fn is_quarantined(&self) -> bool {
        let (burst, _) = self.start_limit;
        let starts = u64::from(self.restarts.unwrap_or(0)) + 1;
        self.result == "start-limit-hit" || burst > 0 && starts >= burst
    }

    /// How often it was started again. systemd counts the restart that its limit
    /// refused as well.
    pub(crate) fn made_restarts(&self) -> u32 {
        let restarts = self.restarts.unwrap_or(0);
        let is_final =
            matches!(self.exit, Some(Exit::Code(code)) if self.final_codes.contains(&code));
        let refused = self.is_failed()
            && !is_final
            && self.is_quarantined()
            && u64::from(restarts) >= self.start_limit.0;
        restarts - u32::from(refused && restarts > 0)
    }
}

fn words(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit {code}"),
        Exit::Signal(signal) => format!("signal {signal}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(exit: Exit, restarts: u32, result: &str) -> String {
        UnitState {
            active: "failed".into(),
            exit: Some(exit),
            restarts: Some(restarts),
            result: result.into(),
            start_limit: (5, 60_000_000),
            final_codes: vec![0, 78],
            ..UnitState::default()
        }
        .failure("hermes-gateway@coder.service", Scope::User)
    }

    #[test]
    fn a_restart_that_was_refused_is_none() {
        for (active, burst, restarts, expected) in [
            ("failed", 1, 1, 0),
            ("failed", 3, 3, 2),
            ("failed", 3, 20, 19),
            ("failed", 5, 2, 2),
            ("failed", 3, 0, 0),
            ("active", 3, 3, 3),
        ] {
            let state = UnitState {
                active: active.into(),
                exit: Some(Exit::Code(1)),
                restarts: Some(restarts),
                result: "exit-code".into(),
                start_limit: (burst, 60_000_000),
                ..UnitState::default()
            };
            assert_eq!(state.made_restarts(), expected, "{state:?}");
            if burst == 1 {
                let why = state.failure("a.service", Scope::System);
                assert!(why.starts_with("quarantined: died once in 60 s"), "{why}");
            }
        }
    }

    #[test]
    fn says_why_a_unit_failed_and_where_more_is_said() {
        for (exit, restarts, result, expected) in [
            (
                Exit::Code(78),
                0,
                "exit-code",
                "exit 78 is final: not restarted",
            ),
            (
                Exit::Code(78),
                4,
                "exit-code",
                "exit 78 is final: not restarted",
            ),
            (
                Exit::Code(1),
                4,
                "exit-code",
                "quarantined: died 5 times in 60 s, last with exit 1",
            ),
            (
                Exit::Signal(9),
                0,
                "start-limit-hit",
                "quarantined: died 5 times in 60 s, last with signal 9",
            ),
            (Exit::Code(1), 0, "exit-code", "exit 1"),
            (Exit::Signal(11), 1, "core-dump", "signal 11"),
            (
                Exit::Code(0),
                0,
                "protocol",
                "exit 0 is final: not restarted",
            ),
            (Exit::Signal(9), 0, "resources", "systemd says: resources"),
        ] {
            let expected = format!("{expected}; journalctl --user -u hermes-gateway@coder");
            assert_eq!(failed(exit, restarts, result), expected);
        }
    }
}
