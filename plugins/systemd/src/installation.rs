use hermes_backend_sdk::types::Error;

use crate::dbus::{Serial, Writer};
use crate::manager::{AT_ONCE, Manager, Property, Question};
use crate::unit_directory::UnitDirectory;
use crate::unit_state::UnitState;

/// Both for the time between two boots that a manager is up, and for its next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtBoot {
    Up,
    Down,
}

/// Enables or disables it where it is not so yet: with a link, as
/// `EnableUnitFiles` makes one, which looks through all unit files and takes
/// longer than a start.
pub(crate) fn set_at_boot(
    directory: &UnitDirectory,
    service: &str,
    at_boot: AtBoot,
) -> Result<(), Error> {
    match at_boot {
        AtBoot::Up if directory.is_enabled(service) => Ok(()),
        AtBoot::Up => directory.enable(service),
        AtBoot::Down => directory.disable(service),
    }
}

/// Has systemd read its files again where it holds an old version of one of these
/// units, and only then: it takes a tenth of a second, in which it does nothing
/// else. Those that it does not hold are read when they are.
pub(crate) fn reload_if_needed(
    manager: &mut Manager,
    units: &[String],
    states: &[UnitState],
) -> Result<(), Error> {
    let loaded = loaded(units, states);
    let questions: Vec<Question> = loaded
        .iter()
        .map(|unit| Question {
            unit,
            interface: "Unit",
            property: "NeedDaemonReload",
        })
        .collect();
    let stale = manager
        .properties(&questions)?
        .contains(&Some(Property::Number(1)));
    // Of what it could make nothing of it does not say that it needs to.
    match stale || states.iter().any(|state| state.misread) {
        true => manager.call("Reload", "", &Writer::default()),
        false => Ok(()),
    }
}

/// Has systemd read its files again where a target that it holds wants one of these units
/// still: whoever reaches that target, as after a rescue, would start it. `units`: of those
/// that it holds.
pub(crate) fn reload_if_wanted(manager: &mut Manager, units: &[String]) -> Result<(), Error> {
    let questions: Vec<Question> = units
        .iter()
        .map(|unit| Question {
            unit,
            interface: "Unit",
            property: "WantedBy",
        })
        .collect();
    let target = manager.scope.target();
    let is_wanted = |property: &Option<Property>| matches!(property, Some(Property::Texts(by)) if by.iter().any(|it| it == target));
    match manager.properties(&questions)?.iter().any(is_wanted) {
        true => manager.call("Reload", "", &Writer::default()),
        false => Ok(()),
    }
}

/// Those of the units that systemd holds.
pub(crate) fn loaded(units: &[String], states: &[UnitState]) -> Vec<String> {
    let both = units.iter().zip(states);
    both.filter(|(_, state)| state.loaded)
        .map(|(unit, _)| unit.clone())
        .collect()
}

/// Forgets failures and the count of starts; a unit that is not loaded has none.
pub(crate) fn reset_failed(manager: &mut Manager, units: &[String]) -> Result<(), Error> {
    for units in units.chunks(AT_ONCE) {
        manager.persevere(&mut |manager| {
            let mut last = None;
            for unit in units {
                last = Some(queue_reset(manager, unit));
            }
            match last {
                Some(last) => manager.receive(manager.promptly(), &mut |message| {
                    last.is_answered_by(message)
                }),
                None => Ok(()),
            }
        })?;
    }
    Ok(())
}

/// The same for one unit, with what is sent next.
pub(crate) fn queue_reset(manager: &mut Manager, unit: &str) -> Serial {
    let mut arguments = Writer::default();
    arguments.text(unit);
    manager.queue("ResetFailedUnit", "s", arguments)
}
