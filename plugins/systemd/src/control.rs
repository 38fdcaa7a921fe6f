use std::collections::{BTreeMap, BTreeSet};

use hermes_backend_sdk::types::{Duration, Error, ServiceName};
use hermes_backend_sdk::{Action, clock, log};

use crate::agents::Agents;
use crate::conclusion::{conclude, unknown};
use crate::doubt::{Whose, is_unreadable, whose};
use crate::failure::words_of;
use crate::installation::{
    AtBoot, loaded, queue_reset, reload_if_needed, reload_if_wanted, reset_failed, set_at_boot,
};
use crate::job::{Order, Outcome, carry_out};
use crate::look::{glance, look};
use crate::manager::Manager;
use crate::mask::Mask;
use crate::seen::remember;
use crate::system_state::check_starts;
use crate::unit::unit;
use crate::unit_directory::UnitDirectory;
use crate::unit_state::UnitState;
use crate::{linger, migration};

/// So many services are told faster without a bus.
const MANY: usize = 10;

/// Commands all services first and then waits for all at once.
pub(crate) fn control(
    home: &str,
    action: &Action,
    names: &[ServiceName],
    wait: Option<Duration>,
) -> Vec<Result<(), Error>> {
    let verb = match action {
        Action::Start => Order::Start,
        Action::Stop => Order::Stop,
        Action::Restart => Order::Restart,
        Action::Other(action) => {
            let act = |name: &String| other(home, action, name, wait);
            return names.iter().map(act).collect();
        }
    };
    let answers = Manager::with(|manager| try_control(manager, home, verb, names, wait));
    match answers {
        Ok(answers) => answers,
        Err(error) => names.iter().map(|_| Err(error.clone())).collect(),
    }
}

/// What only this backend can do.
fn other(home: &str, action: &str, name: &str, wait: Option<Duration>) -> Result<(), Error> {
    match action {
        "enable-linger" => linger::enable(home),
        "migrate" => migration::migrate(home, name, wait),
        _ => Err(Error::Unsupported(format!(
            "this backend does not know how to {action}"
        ))),
    }
}

/// One service on its way to what the operator asked for.
struct Operation<'a> {
    name: &'a str,
    unit: String,
    answer: Result<(), Error>,
    /// What comes in the way of its being down at the next boot as well.
    still_enabled: Result<(), Error>,
    /// Another one for the same profile.
    beside: Result<(), Error>,
    /// Of what is to be stopped there is no file any more, or none that can be read;
    /// systemd may still run it.
    doubt: Option<Doubt>,
}

#[derive(PartialEq)]
enum Doubt {
    Lost,
    Unreadable,
}

impl<'a> Operation<'a> {
    fn new(manager: &Manager, directory: &UnitDirectory, name: &'a str, verb: Order) -> Self {
        let found = directory.find_anywhere(name).map(drop);
        let stops = verb == Order::Stop;
        let agents = Agents::refuse(manager, directory, name, stops && found.is_ok());
        let mut doubt = None;
        let (answer, beside) = match found {
            Ok(()) if stops => (Ok(()), agents),
            Err(Error::NotRegistered) if stops && agents.is_ok() => {
                doubt = Some(Doubt::Lost);
                (Ok(()), Ok(()))
            }
            Err(error) if stops && is_unreadable(&error) => {
                // It is stopped all the same.
                log::write(log::Level::Warn, words_of(&error));
                doubt = Some(Doubt::Unreadable);
                (Ok(()), agents)
            }
            Ok(()) => {
                let starts = || check_starts(manager.scope, &manager.state);
                (agents.and_then(|()| starts()), Ok(()))
            }
            Err(Error::NotRegistered) => (agents.and(Err(Error::NotRegistered)), Ok(())),
            Err(error) => (Err(error), Ok(())),
        };
        Self {
            name,
            unit: unit(name),
            answer,
            still_enabled: Ok(()),
            beside,
            doubt,
        }
    }

    /// That the time is up says that it is not to come up at the next boot.
    fn conclude(self) -> Result<(), Error> {
        match (self.answer, self.still_enabled) {
            (Err(Error::TimedOut(words)), Err(error)) => Err(Error::Other(format!(
                "{words}, and comes up at the next boot: {}",
                words_of(&error)
            ))),
            (Ok(()), Err(error)) => Err(Error::Other(format!(
                "stopped until the next boot: {}",
                words_of(&error)
            ))),
            (answer, _) => answer.and(self.beside),
        }
    }
}

/// What is masked until the next boot is unmasked in another way; systemd does not say
/// which it is.
fn name_mask(
    answer: Result<(), Error>,
    directory: &UnitDirectory,
    name: &str,
) -> Result<(), Error> {
    let (unit, scope) = (unit(name), directory.scope());
    if answer != Err(Mask::Unit.error(&unit, scope)) {
        return answer;
    }
    let mask = Mask::candidate(directory, name).unwrap_or(Mask::Unit);
    Err(mask.error(&unit, scope))
}

/// What has no files, or none that can be read, may run for another home.
fn refuse_others(
    manager: &mut Manager,
    directory: &UnitDirectory,
    operations: &mut [Operation],
) -> Result<(), Error> {
    let doubtful = operations.iter_mut().filter(|it| it.doubt.is_some());
    let mut doubtful: Vec<&mut Operation> = doubtful.collect();
    let units: Vec<String> = doubtful.iter().map(|it| it.unit.clone()).collect();
    let names: Vec<&str> = doubtful.iter().map(|it| it.name).collect();
    let states = glance(manager, &units)?;
    let whose = whose(manager, directory, &names, &states)?;
    for (operation, whose) in doubtful.iter_mut().zip(whose) {
        if let Whose::Other(home) = whose {
            operation.answer = Err(Error::Foreign(home));
        }
    }
    Ok(())
}

fn try_control(
    manager: &mut Manager,
    home: &str,
    verb: Order,
    names: &[ServiceName],
    wait: Option<Duration>,
) -> Result<Vec<Result<(), Error>>, Error> {
    let deadline = wait.map(|wait| clock::monotonic().saturating_add(wait));
    if names.len() >= MANY {
        manager.without_bus();
    }
    let directory = match verb {
        Order::Stop => UnitDirectory::open_to_stop(manager.scope, home),
        Order::Start | Order::Restart => UnitDirectory::open(manager.scope, home)?,
    };
    let mut operations: Vec<Operation> = names
        .iter()
        .map(|name| Operation::new(manager, &directory, name, verb))
        .collect();
    refuse_others(manager, &directory, &mut operations)?;

    // Before anything happens: an operator's word counts at the next boot even if
    // this command dies.
    let at_boot = match verb {
        Order::Start | Order::Restart => AtBoot::Up,
        Order::Stop => AtBoot::Down,
    };
    for operation in &mut operations {
        if operation.answer.is_ok() {
            let set = set_at_boot(&directory, operation.name, at_boot);
            match verb {
                // It is stopped all the same.
                Order::Stop => operation.still_enabled = set,
                Order::Start | Order::Restart => operation.answer = set,
            }
        }
    }

    let enabled: Vec<bool> = operations.iter().map(|it| it.answer.is_ok()).collect();
    let ordered = order(manager, &directory, &mut operations, verb, deadline);
    if verb == Order::Stop {
        ordered?;
    } else {
        let enabled = operations
            .iter_mut()
            .zip(enabled)
            .filter(|(_, enabled)| *enabled);
        for (operation, _) in enabled {
            let answer = operation.answer.clone().and(ordered.clone());
            operation.answer = answer.map_err(unknown);
        }
    }
    Ok(operations.into_iter().map(Operation::conclude).collect())
}

/// Has those done that nothing refuses, and waits for all at once.
fn order(
    manager: &mut Manager,
    directory: &UnitDirectory,
    operations: &mut [Operation],
    verb: Order,
    deadline: Option<Duration>,
) -> Result<(), Error> {
    let units: Vec<String> = operations
        .iter()
        .filter(|operation| operation.answer.is_ok())
        .map(|operation| operation.unit.clone())
        .collect();
    let states = glance(manager, &units)?;
    let lost = |operation: &&mut Operation| {
        operation.answer.is_ok() && operation.doubt == Some(Doubt::Lost)
    };
    for operation in operations.iter_mut().filter(lost) {
        let place = units.iter().position(|unit| *unit == operation.unit);
        let state = place.and_then(|place| states.get(place));
        if state.is_none_or(UnitState::is_down) {
            operation.answer = Err(Error::NotRegistered);
        }
    }
    let orders: Vec<(Order, String)> = units
        .iter()
        .zip(&states)
        .filter_map(|(unit, state)| Some((plan(verb, state)?, unit.clone())))
        .collect();
    if verb != Order::Stop {
        // What somebody has put beside a drop-in counts from now on.
        reload_if_needed(manager, &units, &states)?;
        // An operator's start forgets the deaths so far.
        let loaded = loaded(&units, &states);
        match loaded.as_slice() {
            // The orders follow at once.
            [unit] if !orders.is_empty() => {
                queue_reset(manager, unit);
            }
            _ => reset_failed(manager, &loaded)?,
        }
    }
    let outcomes = carry_out(manager, &orders, deadline);
    let scope = manager.scope;
    let ordered: Vec<String> = orders.iter().map(|(_, unit)| unit.clone()).collect();
    let as_ordered = outcomes.iter().all(is_as_ordered);
    let after = match as_ordered && verb != Order::Stop || deadline.is_none() {
        true => Vec::new(),
        // How it ended is of interest where it failed.
        false if verb == Order::Stop && as_ordered => {
            let states = glance(manager, &ordered)?;
            match states.iter().any(UnitState::is_failed) {
                true => look(manager, &ordered)?,
                false => states,
            }
        }
        false => look(manager, &ordered)?,
    };
    if verb == Order::Stop {
        forget_failures(manager, &units, &states, &ordered, &after)?;
        let disabled = operations.iter().filter(|it| it.still_enabled.is_ok());
        let disabled = disabled.map(|it| it.unit.as_str()).collect();
        forget_targets(manager, disabled, (&units, &states), (&ordered, &after))?;
    }
    for (place, ((order, unit), outcome)) in orders.iter().zip(outcomes).enumerate() {
        let state = after.get(place).cloned().unwrap_or_default();
        let operation = operations
            .iter_mut()
            .find(|operation| operation.unit == *unit);
        if let Some(operation) = operation {
            let answer = conclude(*order, outcome, &state, scope, unit);
            operation.answer = name_mask(answer, directory, operation.name);
        }
    }
    Ok(())
}

/// An operator's stop ends failures, also that it took a kill. `states`: of all
/// units before, `after`: of those that had to be stopped.
fn forget_failures(
    manager: &mut Manager,
    units: &[String],
    states: &[UnitState],
    ordered: &[String],
    after: &[UnitState],
) -> Result<(), Error> {
    let before = units.iter().zip(states);
    let failed: Vec<String> = before
        .chain(ordered.iter().zip(after))
        .filter(|(_, state)| state.is_failed())
        .map(|(unit, _)| unit.clone())
        .collect();
    let now = clock::now() / 1_000;
    for (unit, state) in ordered
        .iter()
        .zip(after)
        .filter(|(_, state)| state.is_down())
    {
        remember(unit, state.clone().stopped(now));
    }
    reset_failed(manager, &failed)
}

/// What is stopped does not come up with a target either that systemd has read while it was
/// enabled. What nothing refers to it does not hold any more.
fn forget_targets(
    manager: &mut Manager,
    mut disabled: BTreeSet<&str>,
    (units, states): (&[String], &[UnitState]),
    (ordered, after): (&[String], &[UnitState]),
) -> Result<(), Error> {
    let known = units.iter().zip(states).chain(ordered.iter().zip(after));
    // Of those that were ordered down the second one counts.
    let held: BTreeMap<&str, bool> = known
        .map(|(unit, state)| (unit.as_str(), state.loaded))
        .collect();
    disabled.retain(|unit| held.get(unit) == Some(&true));
    let disabled: Vec<String> = disabled.into_iter().map(str::to_owned).collect();
    reload_if_wanted(manager, &disabled)
}

fn is_as_ordered(outcome: &Result<Outcome, Error>) -> bool {
    matches!(outcome, Ok(Outcome::Done | Outcome::Told))
}

/// What has to happen to a unit; `None`: it is as it should be.
fn plan(verb: Order, state: &UnitState) -> Option<Order> {
    match verb {
        Order::Stop if state.is_down() => None,
        Order::Start if state.is_up() => None,
        // A start would wait for the pause to end, a restart ends it.
        Order::Start if state.is_pausing() => Some(Order::Restart),
        verb => Some(verb),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(active: &str, sub: &str) -> UnitState {
        UnitState {
            active: active.into(),
            sub: sub.into(),
            ..UnitState::default()
        }
    }

    #[test]
    fn decides_from_what_is_so() {
        use Order::{Restart, Start, Stop};

        // start, stop, restart
        let table = [
            ("inactive", "dead", [Some(Start), None, Some(Restart)]),
            ("failed", "failed", [Some(Start), None, Some(Restart)]),
            ("active", "running", [None, Some(Stop), Some(Restart)]),
            (
                "activating",
                "start",
                [Some(Start), Some(Stop), Some(Restart)],
            ),
            (
                "activating",
                "auto-restart",
                [Some(Restart), Some(Stop), Some(Restart)],
            ),
            (
                "deactivating",
                "stop-sigterm",
                [Some(Start), Some(Stop), Some(Restart)],
            ),
        ];
        for (active, sub, expected) in table {
            let state = state(active, sub);
            let plans = [Start, Stop, Restart].map(|verb| plan(verb, &state));
            assert_eq!(plans, expected, "{active} {sub}");
        }
        let queued = UnitState {
            job: "start".into(),
            ..state("inactive", "dead")
        };
        assert_eq!(plan(Stop, &queued), Some(Stop), "its start waits");
    }
}
