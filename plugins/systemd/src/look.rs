use std::collections::BTreeMap;

use hermes_backend_sdk::types::{Error, Exit};

use crate::dbus::Writer;
use crate::manager::{Manager, Property, Question};
use crate::unit::ALL;
use crate::unit_state::{End, UnitState};

/// Properties by interface and name, and what a state takes from the answers.
type Part = (
    &'static [(&'static str, &'static str)],
    fn(&mut UnitState, &Answers),
);

const ACTIVE: Part = (&[("Unit", "ActiveState")], UnitState::take_active);

/// Of a unit that is loaded.
const NOW: Part = (
    &[
        ("Unit", "StateChangeTimestamp"),
        ("Service", "MainPID"),
        ("Service", "NRestarts"),
    ],
    UnitState::take,
);

/// And of one that has not run ever since it was started.
const PAST: Part = (
    &[
        ("Unit", "StartLimitBurst"),
        ("Unit", "StartLimitIntervalUSec"),
        ("Service", "Result"),
        ("Service", "ExecMainCode"),
        ("Service", "ExecMainStatus"),
        ("Unit", "ConditionResult"),
        ("Unit", "ConditionTimestamp"),
        ("Unit", "ActiveExitTimestampMonotonic"),
        ("Service", "ExecMainExitTimestampMonotonic"),
    ],
    UnitState::take_past,
);

/// What a list of units would say as well.
const LISTED: Part = (
    &[("Unit", "SubState"), ("Unit", "Job")],
    UnitState::take_listed,
);

/// Whether each unit is up, in their order, and nothing else of it.
///
/// A question about a unit that is not loaded would have systemd load it, tell
/// everybody, and forget it again; this one does not.
pub(crate) fn glance(manager: &mut Manager, units: &[String]) -> Result<Vec<UnitState>, Error> {
    let pattern = match units {
        [] => return Ok(Vec::new()),
        [unit] => unit,
        _ => ALL,
    };
    let held = held(manager, pattern)?;
    Ok(units
        .iter()
        .map(|unit| held.get(unit).cloned().unwrap_or_default())
        .collect())
}

/// The units that systemd holds, by their names, and nothing else of them.
pub(crate) fn held(
    manager: &mut Manager,
    pattern: &str,
) -> Result<BTreeMap<String, UnitState>, Error> {
    let mut arguments = Writer::default();
    arguments.texts([]);
    arguments.texts([pattern]);
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
    listed.ok_or_else(|| Error::Other("systemd gives a list of something else".into()))
}

/// The state of each unit, in their order.
pub(crate) fn look(manager: &mut Manager, units: &[String]) -> Result<Vec<UnitState>, Error> {
    let mut states = glance(manager, units)?;
    ask(manager, units, &mut states, |state| match state.loaded {
        true if state.is_up() => &[NOW],
        true => &[NOW, PAST],
        false => &[],
    })?;
    ask(manager, units, &mut states, |state| {
        match state.has_come_back() {
            true => &[PAST],
            false => &[],
        }
    })?;
    Ok(states)
}

/// The state of one unit that is most likely loaded and up: everything is asked at once,
/// and `meanwhile` done until the answer comes.
pub(crate) fn look_at(
    manager: &mut Manager,
    unit: &str,
    meanwhile: &mut dyn FnMut(),
) -> Result<Vec<UnitState>, Error> {
    let units = [unit.to_owned()];
    let mut states = vec![UnitState {
        loaded: true,
        ..UnitState::default()
    }];
    ask_meanwhile(manager, &units, &mut states, |_| &[ACTIVE, NOW], meanwhile)?;
    ask(manager, &units, &mut states, |state| match state.is_up() {
        true if state.has_come_back() => &[PAST],
        true => &[],
        false => &[PAST, LISTED],
    })?;
    // Only the list says which kind of job it is.
    if let [state] = states.as_mut_slice()
        && state.waits_for_its_turn()
        && let Some(listed) = glance(manager, &units)?.pop()
    {
        state.active = listed.active;
        state.sub = listed.sub;
        state.job = listed.job;
    }
    Ok(states)
}

/// Asks of all units at once for what `parts` says of each.
fn ask(
    manager: &mut Manager,
    units: &[String],
    states: &mut [UnitState],
    parts: fn(&UnitState) -> &'static [Part],
) -> Result<(), Error> {
    ask_meanwhile(manager, units, states, parts, &mut || ())
}

fn ask_meanwhile(
    manager: &mut Manager,
    units: &[String],
    states: &mut [UnitState],
    parts: fn(&UnitState) -> &'static [Part],
    meanwhile: &mut dyn FnMut(),
) -> Result<(), Error> {
    let mut questions = Vec::new();
    for (unit, state) in units.iter().zip(&*states) {
        for (properties, _) in parts(state) {
            questions.extend(properties.iter().map(|(interface, property)| Question {
                unit,
                interface,
                property,
            }));
        }
    }
    let answers = manager.properties_meanwhile(&questions, meanwhile)?;
    let mut rest = answers.as_slice();
    for state in states {
        for (properties, take) in parts(state) {
            let (answers, others) = rest.split_at_checked(properties.len()).unwrap_or_default();
            take(state, &Answers(answers));
            rest = others;
        }
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
    fn take_active(&mut self, answers: &Answers) {
        self.active = answers.text(0);
    }

    fn take_listed(&mut self, answers: &Answers) {
        self.sub = answers.text(0);
        self.job = match answers.number(1) {
            0 => String::new(),
            job => job.to_string(),
        };
    }

    /// The answers to [`NOW`].
    fn take(&mut self, answers: &Answers) {
        let small = |place: usize| u32::try_from(answers.number(place)).ok();
        self.since = Some(answers.number(0)).filter(|time| *time > 0);
        self.pid = small(1).filter(|pid| *pid > 0);
        self.restarts = small(2);
    }

    /// The answers to [`PAST`].
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
