use std::collections::BTreeMap;

use hermes_backend_sdk::types::{Error, Exit};

use crate::dbus::Writer;
use crate::manager::{Manager, Property, Question};
use crate::unit::ALL;
use crate::unit_state::{End, UnitState};

/// Interface and property, of a unit that is loaded.
const PROPERTIES: [(&str, &str); 3] = [
    ("Unit", "StateChangeTimestamp"),
    ("Service", "MainPID"),
    ("Service", "NRestarts"),
];

/// And of one that has not run ever since it was started.
const OF_THE_PAST: [(&str, &str); 9] = [
    ("Unit", "StartLimitBurst"),
    ("Unit", "StartLimitIntervalUSec"),
    ("Service", "Result"),
    ("Service", "ExecMainCode"),
    ("Service", "ExecMainStatus"),
    ("Unit", "ConditionResult"),
    ("Unit", "ConditionTimestamp"),
    ("Unit", "ActiveExitTimestampMonotonic"),
    ("Service", "ExecMainExitTimestampMonotonic"),
];

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
                        misread: matches!(listed.load, "bad-setting" | "error" | "not-found"),
                        active: listed.active.into(),
                        sub: listed.sub.into(),
                        job: listed.job.into(),
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
    let states = glance(manager, units)?;
    look_closer(manager, units, states)
}

/// The state of one unit that is most likely loaded and up: everything is asked at once.
pub(crate) fn look_at(manager: &mut Manager, unit: &str) -> Result<Vec<UnitState>, Error> {
    let question = |(interface, property)| Question {
        unit,
        interface,
        property,
    };
    let questions = std::iter::once(("Unit", "ActiveState")).chain(PROPERTIES);
    let answers = manager.properties(&questions.map(question).collect::<Vec<_>>())?;
    let (active, properties) = answers.split_at_checked(1).unwrap_or_default();
    let mut state = UnitState {
        loaded: true,
        active: Answers(active).text(0),
        ..UnitState::default()
    };
    state.take(&Answers(properties));
    let units = [unit.to_owned()];
    if !state.is_up() {
        let seen = glance(manager, &units)?.pop().unwrap_or_default();
        state.sub = seen.sub;
        state.job = seen.job;
    }
    let mut states = vec![state];
    ask_of_the_past(manager, &units, &mut states)?;
    Ok(states)
}

fn look_closer(
    manager: &mut Manager,
    units: &[String],
    mut states: Vec<UnitState>,
) -> Result<Vec<UnitState>, Error> {
    let mut loaded: Vec<(&String, &mut UnitState)> = units
        .iter()
        .zip(&mut states)
        .filter(|(_, state)| state.loaded)
        .collect();
    ask(manager, &mut loaded, &PROPERTIES, UnitState::take)?;
    ask_of_the_past(manager, units, &mut states)?;
    Ok(states)
}

fn ask_of_the_past(
    manager: &mut Manager,
    units: &[String],
    states: &mut [UnitState],
) -> Result<(), Error> {
    let mut ended: Vec<(&String, &mut UnitState)> = units
        .iter()
        .zip(states)
        .filter(|(_, state)| state.loaded && (!state.is_up() || state.restarts > Some(0)))
        .collect();
    ask(manager, &mut ended, &OF_THE_PAST, UnitState::take_past)
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
        self.end = match answers.number(5) {
            // Before the first start it says no as well.
            0 if answers.number(6) > 0 => End::Skipped,
            // What ends by itself is not up any more only after its process has ended.
            _ if answers.number(7) < answers.number(8) => End::Stopped,
            _ => End::ByItself,
        };
        // CLD_EXITED, CLD_KILLED and CLD_DUMPED of waitid(2).
        self.exit = match answers.number(3) {
            1 => Some(Exit::Code(status)),
            2 | 3 => Some(Exit::Signal(status)),
            _ => None,
        };
    }
}
