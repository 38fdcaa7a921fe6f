use std::collections::BTreeMap;

use hermes_backend_sdk::types::{Error, Exit, Phase, RunState, ServiceName, ServiceStatus};

use crate::dbus::Writer;
use crate::manager::{Manager, Property, Question, Scope};
use crate::seen::recall;
use crate::unit::{ALL, unit};
use crate::unit_directory::UnitDirectory;

/// What systemd says of one unit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct UnitState {
    /// It has it in memory. What is down, and what nothing refers to, it has not.
    pub(crate) loaded: bool,
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

/// Interface and property, of a unit that is loaded.
const PROPERTIES: [(&str, &str); 3] = [
    ("Unit", "StateChangeTimestamp"),
    ("Service", "MainPID"),
    ("Service", "NRestarts"),
];

/// And of one that has not run ever since it was started.
const OF_THE_PAST: [(&str, &str); 5] = [
    ("Unit", "StartLimitBurst"),
    ("Unit", "StartLimitIntervalUSec"),
    ("Service", "Result"),
    ("Service", "ExecMainCode"),
    ("Service", "ExecMainStatus"),
];

pub(crate) fn status(names: &[ServiceName]) -> Vec<Result<ServiceStatus, Error>> {
    match Manager::with(|manager| try_status(manager, names)) {
        Ok(answers) => answers,
        Err(error) => names.iter().map(|_| Err(error.clone())).collect(),
    }
}

fn try_status(
    manager: &mut Manager,
    names: &[ServiceName],
) -> Result<Vec<Result<ServiceStatus, Error>>, Error> {
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
    let mut states = look(manager, &units)?.into_iter();
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
                Some(agents) => {
                    let mut manager = manager.of_agents()?;
                    let at_boot = directory.has_link(&agents);
                    look(&mut manager, std::slice::from_ref(&agents))?
                        .pop()
                        .map(|state| state.of_agent(&agents, at_boot, scope))
                        .ok_or(Error::NotRegistered)
                }
            },
        })
        .collect())
}

/// Whether each unit is up, in their order, and nothing else of it.
///
/// A question about a unit that is not loaded would have systemd load it, tell
/// everybody, and forget it again; this one does not.
pub(crate) fn glance(manager: &mut Manager, units: &[String]) -> Result<Vec<UnitState>, Error> {
    let patterns = match units {
        [] => return Ok(Vec::new()),
        [unit] => unit,
        _ => ALL,
    };
    let mut arguments = Writer::default();
    arguments.texts([]);
    arguments.texts([patterns]);
    let listed = manager.ask_for("ListUnitsByPatterns", "asas", &arguments, &mut |message| {
        Some(
            message
                .units()?
                .map(|listed| {
                    let state = UnitState {
                        loaded: true,
                        active: listed.active.into(),
                        sub: listed.sub.into(),
                        ..UnitState::default()
                    };
                    (listed.name.to_owned(), state)
                })
                .collect::<BTreeMap<_, _>>(),
        )
    })?;
    let listed =
        listed.ok_or_else(|| Error::Other("systemd gives a list of something else".into()))?;
    Ok(units
        .iter()
        .map(|unit| listed.get(unit).cloned().unwrap_or_default())
        .collect())
}

/// The state of each unit, in their order.
pub(crate) fn look(manager: &mut Manager, units: &[String]) -> Result<Vec<UnitState>, Error> {
    let mut states = glance(manager, units)?;
    let mut loaded: Vec<(&String, &mut UnitState)> = units
        .iter()
        .zip(&mut states)
        .filter(|(_, state)| state.loaded)
        .collect();
    ask(manager, &mut loaded, &PROPERTIES, UnitState::take)?;
    loaded.retain(|(_, state)| !state.is_up() || state.restarts > Some(0));
    ask(manager, &mut loaded, &OF_THE_PAST, UnitState::take_past)?;
    Ok(states)
}

fn ask(
    manager: &mut Manager,
    units: &mut [(&String, &mut UnitState)],
    properties: &[(&str, &str)],
    take: fn(&mut UnitState, &Answers),
) -> Result<(), Error> {
    let mut questions = Vec::with_capacity(units.len() * properties.len());
    for (unit, _) in units.iter() {
        for (interface, property) in properties {
            questions.push(Question {
                unit,
                interface,
                property,
            });
        }
    }
    let answers = manager.properties(&questions)?;
    for ((_, state), answers) in units.iter_mut().zip(answers.chunks_exact(properties.len())) {
        take(state, &Answers(answers));
    }
    Ok(())
}

/// What is known of some properties, in their order.
struct Answers<'a>(&'a [Option<Property>]);

impl Answers<'_> {
    fn text(&self, place: usize) -> String {
        match self.0.get(place) {
            Some(Some(Property::Text(text))) => text.clone(),
            _ => String::new(),
        }
    }

    fn number(&self, place: usize) -> u64 {
        match self.0.get(place) {
            Some(Some(Property::Number(number))) => *number,
            Some(Some(Property::Signed(number))) => u64::try_from(*number).unwrap_or(0),
            _ => 0,
        }
    }
}

impl UnitState {
    /// The answers to [`PROPERTIES`].
    fn take(&mut self, answers: &Answers) {
        let small = |place: usize| u32::try_from(answers.number(place)).ok();
        self.since = Some(answers.number(0)).filter(|time| *time > 0);
        self.pid = small(1).filter(|pid| *pid > 0);
        self.restarts = small(2);
    }

    /// The answers to [`OF_THE_PAST`].
    fn take_past(&mut self, answers: &Answers) {
        let status = u8::try_from(answers.number(4)).unwrap_or(u8::MAX);
        self.start_limit = (answers.number(0), answers.number(1));
        self.result = answers.text(2);
        // CLD_EXITED, CLD_KILLED and CLD_DUMPED of waitid(2).
        self.exit = match answers.number(3) {
            1 => Some(Exit::Code(status)),
            2 | 3 => Some(Exit::Signal(status)),
            _ => None,
        };
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
            restarts: Some(self.restarts.unwrap_or(0)),
            note,
        }
    }

    /// Of a unit that hermes-agent has installed; what comes up at boot is wanted.
    fn of_agent(self, unit: &str, at_boot: bool, scope: Scope) -> ServiceStatus {
        let mut status = self.status(unit, scope);
        if at_boot {
            status.wanted = RunState::Up;
        }
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
