use hermes_backend_sdk::types::{Error, Exit, Phase, RunState, ServiceName, ServiceStatus};

use crate::manager::{Manager, Property, Question, Scope};
use crate::seen::recall;
use crate::unit::unit;
use crate::unit_directory::UnitDirectory;

/// What systemd says of one unit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct UnitState {
    pub(crate) active: String,
    pub(crate) sub: String,
    /// Of its main process.
    pub(crate) pid: Option<u32>,
    pub(crate) exit: Option<Exit>,
    /// Why the service failed.
    pub(crate) result: String,
    /// Microseconds since the epoch.
    pub(crate) since: Option<u64>,
    pub(crate) restarts: Option<u32>,
    /// So many starts in so many microseconds.
    pub(crate) start_limit: (u64, u64),
    /// Of a unit that has failed: exit codes after which it is not restarted.
    pub(crate) final_codes: Vec<u8>,
}

/// Interface and property.
const PROPERTIES: [(&str, &str); 10] = [
    ("Unit", "ActiveState"),
    ("Unit", "SubState"),
    ("Unit", "StateChangeTimestamp"),
    ("Unit", "StartLimitBurst"),
    ("Unit", "StartLimitIntervalUSec"),
    ("Service", "MainPID"),
    ("Service", "NRestarts"),
    ("Service", "Result"),
    ("Service", "ExecMainCode"),
    ("Service", "ExecMainStatus"),
];

pub(crate) fn status(names: &[ServiceName]) -> Vec<Result<ServiceStatus, Error>> {
    match try_status(names) {
        Ok(answers) => answers,
        Err(error) => names.iter().map(|_| Err(error.clone())).collect(),
    }
}

fn try_status(names: &[ServiceName]) -> Result<Vec<Result<ServiceStatus, Error>>, Error> {
    let mut manager = Manager::connect()?;
    let directory = match UnitDirectory::open(manager.scope) {
        Ok(directory) => directory,
        // Not even the directory is there.
        Err(Error::Other(_)) => {
            return Ok(names.iter().map(|_| Err(Error::NotRegistered)).collect());
        }
        Err(error) => return Err(error),
    };
    let known: Vec<Result<bool, Error>> = names
        .iter()
        .map(|name| directory.is_registered(name))
        .collect();
    let units: Vec<String> = names
        .iter()
        .zip(&known)
        .filter(|(_, known)| **known == Ok(true))
        .map(|(name, _)| unit(name))
        .collect();
    let mut states = look(&mut manager, &units)?.into_iter();
    let scope = manager.scope;
    Ok(names
        .iter()
        .zip(known)
        .map(|(name, known)| match known? {
            true => {
                let unit = unit(name);
                let mut state = states.next().unwrap_or_default();
                if state.is_forgotten()
                    && let Some(seen) = recall(&unit)
                {
                    state = seen;
                }
                if state.is_failed() {
                    state.final_codes = final_codes(directory.drop_in(name)?);
                }
                Ok(state.status(&unit, scope))
            }
            false => match directory.agents_unit(name)? {
                None => Err(Error::NotRegistered),
                Some(agents) => look(&mut manager, std::slice::from_ref(&agents))?
                    .pop()
                    .map(|state| state.of_agent(&agents, scope))
                    .ok_or(Error::NotRegistered),
            },
        })
        .collect())
}

/// The state of each unit, in their order.
pub(crate) fn look(manager: &mut Manager, units: &[String]) -> Result<Vec<UnitState>, Error> {
    let mut questions = Vec::with_capacity(units.len() * PROPERTIES.len());
    for unit in units {
        for (interface, property) in PROPERTIES {
            questions.push(Question {
                unit,
                interface,
                property,
            });
        }
    }
    let answers = manager.properties(&questions)?;
    Ok(answers
        .chunks_exact(PROPERTIES.len())
        .map(UnitState::of)
        .collect())
}

impl UnitState {
    /// From the answers to [`PROPERTIES`].
    fn of(answers: &[Option<Property>]) -> Self {
        let text = |place: usize| match answers.get(place) {
            Some(Some(Property::Text(text))) => text.clone(),
            _ => String::new(),
        };
        let number = |place: usize| match answers.get(place) {
            Some(Some(Property::Number(number))) => *number,
            Some(Some(Property::Signed(number))) => u64::try_from(*number).unwrap_or(0),
            _ => 0,
        };
        let small = |place: usize| u32::try_from(number(place)).ok();
        let status = u8::try_from(number(9)).unwrap_or(u8::MAX);
        Self {
            active: text(0),
            sub: text(1),
            since: Some(number(2)).filter(|time| *time > 0),
            start_limit: (number(3), number(4)),
            pid: small(5).filter(|pid| *pid > 0),
            restarts: small(6),
            result: text(7),
            // CLD_EXITED, CLD_KILLED and CLD_DUMPED of waitid(2).
            exit: match number(8) {
                1 => Some(Exit::Code(status)),
                2 | 3 => Some(Exit::Signal(status)),
                _ => None,
            },
            final_codes: Vec::new(),
        }
    }

    /// Whether its process is to be there, or is coming.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.active.as_str(), "active" | "reloading")
    }

    pub(crate) fn is_down(&self) -> bool {
        matches!(self.active.as_str(), "inactive" | "failed" | "")
    }

    /// Whether systemd ended it because it took too long.
    pub(crate) fn timed_out(&self) -> bool {
        self.result == "timeout"
    }

    /// Nothing has happened to it that systemd still knows of.
    fn is_forgotten(&self) -> bool {
        self.is_down() && self.since.is_none()
    }

    /// As it is after an operator's stop, at `now` (microseconds).
    pub(crate) fn stopped(mut self, now: u64) -> Self {
        self.active = "inactive".into();
        self.sub = "dead".into();
        self.since = Some(now);
        self.pid = None;
        self
    }

    pub(crate) fn is_failed(&self) -> bool {
        self.active == "failed"
    }

    /// Between two runs.
    pub(crate) fn is_pausing(&self) -> bool {
        self.sub == "auto-restart"
    }

    fn status(self, unit: &str, scope: Scope) -> ServiceStatus {
        let (phase, note) = match self.active.as_str() {
            "active" | "reloading" => (Phase::Ready, self.restarted()),
            "activating" if self.is_pausing() => {
                (Phase::Starting, Some("about to be restarted".into()))
            }
            "activating" => (Phase::Starting, None),
            "deactivating" => (Phase::Stopping, None),
            "failed" => (Phase::Failed, Some(self.failure(unit, scope))),
            _ => (Phase::Down, self.ended_by_itself()),
        };
        let wanted = match phase {
            Phase::Ready | Phase::Starting | Phase::Up => RunState::Up,
            Phase::Down | Phase::Stopping | Phase::Failed => RunState::Down,
        };
        ServiceStatus {
            phase,
            wanted,
            pid: self.pid,
            since: self.since.map(|time| time.saturating_mul(1_000)),
            last_exit: self
                .exit
                .filter(|_| self.pid.is_none() || self.restarts > Some(0)),
            restarts: self.restarts,
            note,
        }
    }

    /// Of a unit that hermes-agent has installed.
    fn of_agent(self, unit: &str, scope: Scope) -> ServiceStatus {
        let mut status = self.status(unit, scope);
        let whose = format!("{unit} of hermes-agent");
        status.note = Some(match status.note {
            Some(note) => format!("{whose}; {note}"),
            None => whose,
        });
        status
    }

    fn restarted(&self) -> Option<String> {
        self.restarts.filter(|restarts| *restarts > 0)?;
        Some(match self.exit {
            Some(exit) => format!("restarted after {}", words(exit)),
            None => "restarted".into(),
        })
    }

    fn ended_by_itself(&self) -> Option<String> {
        let clean = self.exit == Some(Exit::Code(0)) && self.result == "success";
        clean.then(|| "ended by itself, with exit 0".into())
    }

    /// Why systemd has left it down, and where more is said.
    fn failure(&self, unit: &str, scope: Scope) -> String {
        let (burst, interval) = self.start_limit;
        let starts = u64::from(self.restarts.unwrap_or(0)) + 1;
        let exit = self.exit.map(words);
        let why = match self.exit {
            Some(Exit::Code(code)) if self.final_codes.contains(&code) => {
                format!("exit {code} is final: not restarted")
            }
            // What systemd calls it as well, unless there was a reason before.
            _ if self.result == "start-limit-hit" || burst > 0 && starts >= burst => {
                let last = exit.map(|exit| format!(", last with {exit}"));
                format!(
                    "quarantined: died {burst} times in {} s{}",
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

/// What `RestartPreventExitStatus` says in a drop-in.
fn final_codes(drop_in: Option<Vec<u8>>) -> Vec<u8> {
    let text = drop_in.and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.unwrap_or_default();
    let mut lines = text.lines();
    let codes = lines.find_map(|line| line.strip_prefix("RestartPreventExitStatus="));
    let words = codes.unwrap_or_default().split_ascii_whitespace();
    words.filter_map(|word| word.parse().ok()).collect()
}

pub(crate) fn words(exit: Exit) -> String {
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

    #[test]
    fn reads_the_final_codes_that_it_has_written() {
        let drop_in = |text: &str| final_codes(Some(text.as_bytes().to_vec()));
        assert_eq!(drop_in("A=b\nRestartPreventExitStatus=0 78\n"), [0, 78]);
        assert_eq!(drop_in("RestartPreventExitStatus=x 300 1\n"), [1]);
        assert_eq!(drop_in(""), []);
        assert_eq!(final_codes(None), []);
    }
}
