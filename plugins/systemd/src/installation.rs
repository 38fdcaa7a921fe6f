use hermes_backend_sdk::types::Error;

use crate::dbus::Writer;
use crate::manager::{Manager, Property, Question, promptly};
use crate::seen;
use crate::unit::unit;
use crate::unit_directory::UnitDirectory;

/// Both for the time between two boots that a manager is up, and for its next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtBoot {
    Up,
    Down,
}

/// Enables or disables what is not so yet, all in one call.
pub(crate) fn set_at_boot<'a>(
    manager: &mut Manager,
    directory: &UnitDirectory,
    services: impl Iterator<Item = &'a str>,
    at_boot: AtBoot,
) -> Result<(), Error> {
    let units: Vec<String> = services
        .filter(|service| {
            let so_far = seen::at_boot(service);
            so_far.unwrap_or_else(|| directory.is_enabled(service)) != (at_boot == AtBoot::Up)
        })
        .inspect(|service| seen::set_at_boot(service, at_boot == AtBoot::Up))
        .map(unit)
        .collect();
    if units.is_empty() {
        return Ok(());
    }
    let mut arguments = Writer::default();
    arguments.texts(units.iter().map(String::as_str));
    // Not only until the next boot.
    arguments.boolean(false);
    match at_boot {
        AtBoot::Up => {
            // Over a link that somebody has left in its place.
            arguments.boolean(true);
            manager.call("EnableUnitFiles", "asbb", arguments)
        }
        AtBoot::Down => manager.call("DisableUnitFiles", "asb", arguments),
    }
}

/// Has systemd read its files again where it holds an old version of one of these
/// units, and only then: it takes a tenth of a second, in which it does nothing
/// else.
pub(crate) fn reload_if_needed(manager: &mut Manager, units: &[String]) -> Result<(), Error> {
    let questions: Vec<Question> = units
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
    match stale {
        true => manager.call("Reload", "", Writer::default()),
        false => Ok(()),
    }
}

/// Forgets failures and the count of starts; a unit that is not loaded has none.
pub(crate) fn reset_failed(manager: &mut Manager, units: &[String]) -> Result<(), Error> {
    manager.persevere(&mut |manager| {
        let mut last = None;
        for unit in units {
            let mut arguments = Writer::default();
            arguments.text(unit);
            last = Some(manager.queue("ResetFailedUnit", "s", arguments));
        }
        match last {
            Some(last) => manager.receive(promptly(), &mut |message| last.is_answered_by(message)),
            None => Ok(()),
        }
    })
}
