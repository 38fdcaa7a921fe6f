use hermes_backend_sdk::log;
use hermes_backend_sdk::types::{Error, Registration, RunState, ServiceSpec};

use crate::agents::Agents;
use crate::installation::{AtBoot, reload_if_needed, set_at_boot};
use crate::job::{Order, carry_out};
use crate::look::glance;
use crate::manager::Manager;
use crate::mask::Mask;
use crate::system_state::check_starts;
use crate::unit::{TEMPLATE, drop_in, template, unit, validate};
use crate::unit_directory::UnitDirectory;

/// Writes the units that are missing or other ones, tells systemd as much of it as
/// it needs to know, and starts what is new and is to be up.
pub(crate) fn register(home: &str, services: &[ServiceSpec]) -> Vec<Result<Registration, Error>> {
    match Manager::with(|manager| try_register(manager, home, services)) {
        Ok(answers) => answers,
        Err(error) => services.iter().map(|_| Err(error.clone())).collect(),
    }
}

fn try_register(
    manager: &mut Manager,
    home: &str,
    services: &[ServiceSpec],
) -> Result<Vec<Result<Registration, Error>>, Error> {
    let directory = UnitDirectory::open(manager.scope, home)?;
    let version = number(&manager.version()?);
    // Before anything is written.
    let checked: Vec<Result<(), Error>> = services
        .iter()
        .map(|spec| check(manager, &directory, spec))
        .collect();
    let changed_for_all =
        checked.iter().any(Result::is_ok) && write_template(manager, &directory, services)?;
    let mut answers: Vec<Result<Registration, Error>> = services
        .iter()
        .zip(checked)
        .map(|(spec, checked)| checked.and_then(|()| write(&directory, spec, version)))
        .collect();

    let changed: Vec<String> = services
        .iter()
        .zip(&answers)
        .filter(|(_, answer)| match answer {
            Ok(registration) => changed_for_all || *registration != Registration::Unchanged,
            Err(_) => false,
        })
        .map(|(spec, _)| unit(&spec.name))
        .collect();
    let states = glance(manager, &changed)?;
    reload_if_needed(manager, &changed, &states)?;
    for (spec, answer) in services.iter().zip(&mut answers) {
        if answer.is_ok()
            && let Some(mask) = Mask::find(manager, &directory, &spec.name)?
        {
            let (unit, scope) = (unit(&spec.name), manager.scope);
            // What is not to run may well be masked.
            match spec.initially {
                RunState::Up => *answer = Err(mask.error(&unit, scope)),
                RunState::Down => log::write(log::Level::Warn, &mask.words(&unit, scope)),
            }
        }
        let at_boot = match spec.initially {
            RunState::Up => AtBoot::Up,
            RunState::Down => AtBoot::Down,
        };
        if answer.is_ok()
            && let Err(error) = set_at_boot(&directory, &spec.name, at_boot)
        {
            *answer = Err(error);
        }
    }

    let (orders, places): (Vec<_>, Vec<usize>) = services
        .iter()
        .enumerate()
        .filter(|(place, spec)| {
            spec.initially == RunState::Up
                && answers.get(*place) == Some(&Ok(Registration::Created))
        })
        .map(|(place, spec)| ((Order::Start, unit(&spec.name)), place))
        .unzip();
    let started = carry_out(manager, &orders, None);
    for (place, outcome) in places.into_iter().zip(started) {
        if let (Some(answer), Err(error)) = (answers.get_mut(place), outcome) {
            *answer = Err(error);
        }
    }
    Ok(answers)
}

fn check(manager: &Manager, directory: &UnitDirectory, spec: &ServiceSpec) -> Result<(), Error> {
    validate(spec, directory.home())?;
    match directory.find_anywhere(&spec.name) {
        Ok(_) | Err(Error::NotRegistered) => {}
        Err(error) => return Err(error),
    }
    Agents::refuse(manager, directory, &spec.name, false)?;
    match spec.initially {
        RunState::Up => check_starts(manager.scope, &manager.state),
        RunState::Down => Ok(()),
    }
}

/// Whether it was another one before. One that is masked stays so.
fn write_template(
    manager: &mut Manager,
    directory: &UnitDirectory,
    services: &[ServiceSpec],
) -> Result<bool, Error> {
    if directory.is_link(TEMPLATE)
        && let Some(spec) = services.first()
        && Mask::find(manager, directory, &spec.name)?.is_some()
    {
        return Ok(false);
    }
    directory.write_template(&template(manager.scope))
}

fn write(
    directory: &UnitDirectory,
    spec: &ServiceSpec,
    version: u32,
) -> Result<Registration, Error> {
    let text = drop_in(spec, directory.home(), directory.scope(), version);
    directory.write_drop_in(&spec.name, &text)
}

/// The number that a version of systemd begins with: `252.38-1~deb12u1`.
/// 0: it says no number.
fn number(version: &str) -> u32 {
    let version = version.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = version.find(|c: char| !c.is_ascii_digit());
    let digits = version.get(..end.unwrap_or(version.len()));
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_begins_with_a_number() {
        for (version, expected) in [
            ("252.38-1~deb12u1", 252),
            ("256", 256),
            ("v257-rc1", 257),
            ("", 0),
            ("x", 0),
            ("99999999999", 0),
        ] {
            assert_eq!(number(version), expected, "{version}");
        }
    }
}
