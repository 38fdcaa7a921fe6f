use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{Duration, Error, ServiceName};

use crate::agents::Agents;
use crate::doubt::{Whose, is_unreadable, whose};
use crate::failure::words_of;
use crate::installation::{AtBoot, loaded, reload_if_wanted, reset_failed, set_at_boot};
use crate::job::{Order, Outcome, carry_out};
use crate::look::glance;
use crate::manager::Manager;
use crate::unit::unit;
use crate::unit_directory::UnitDirectory;

/// systemd kills what does not stop; the deadline of the operation comes first.
const STOPPED: Duration = 2 * 3_600_000_000_000;

/// Stops each service and removes what register has written for it.
pub(crate) fn unregister(home: &str, names: &[ServiceName]) -> Vec<Result<(), Error>> {
    match Manager::with(|manager| try_unregister(manager, home, names)) {
        Ok(answers) => answers,
        Err(error) => names.iter().map(|_| Err(error.clone())).collect(),
    }
}

fn try_unregister(
    manager: &mut Manager,
    home: &str,
    names: &[ServiceName],
) -> Result<Vec<Result<(), Error>>, Error> {
    let (directory, opened) = UnitDirectory::open_anyway(manager.scope, home);
    let mut removals = names
        .iter()
        .map(|name| Removal::new(manager, &directory, name))
        .collect::<Vec<_>>();
    // systemd may have in memory what has no files, and run it for another home.
    let doubtful: Vec<&str> = removals
        .iter()
        .filter(|removal| removal.is_doubtful)
        .map(|removal| removal.name)
        .collect();
    let units: Vec<String> = doubtful.iter().map(|name| unit(name)).collect();
    let states = glance(manager, &units)?;
    let whose = whose(manager, &directory, &doubtful, &states)?;
    for (name, whose) in doubtful.iter().zip(whose) {
        let removal = removals.iter_mut().find(|removal| removal.name == *name);
        if let (Some(removal), Whose::Other(home)) = (removal, whose) {
            removal.refused = Err(Error::Foreign(home));
        }
    }
    let mut ours: Vec<&mut Removal> = removals
        .iter_mut()
        .filter(|removal| removal.refused.is_ok())
        .collect();
    for removal in &mut ours {
        let disabled = set_at_boot(&directory, removal.name, AtBoot::Down);
        removal.left = removal.left.clone().and(disabled).and(opened.clone());
    }
    let units: Vec<String> = ours.iter().map(|removal| unit(removal.name)).collect();
    let orders: Vec<_> = units
        .iter()
        .map(|unit| (Order::Stop, unit.clone()))
        .collect();
    let deadline = clock::monotonic().saturating_add(STOPPED);
    let stopped = carry_out(manager, &orders, Some(deadline));
    for (removal, outcome) in ours.into_iter().zip(stopped) {
        removal.stopped = match outcome {
            Ok(Outcome::Done | Outcome::Told) | Err(Error::NotRegistered) => {
                if !removal.is_unreadable {
                    let removed = directory.remove(removal.name);
                    removal.left = removal.left.clone().and(removed);
                }
                Ok(())
            }
            Ok(_) => Err(Error::Other(format!(
                "{} does not stop",
                unit(removal.name)
            ))),
            Err(error) => Err(error),
        };
    }
    reset_failed(manager, &units)?;
    let states = glance(manager, &units)?;
    reload_if_wanted(manager, &loaded(&units, &states))?;
    let answers: Vec<_> = removals.into_iter().map(Removal::answer).collect();
    // Where something stays, so may what it needs.
    if answers.iter().all(Result::is_ok) {
        directory.remove_unused_template()?;
    }
    Ok(answers)
}

/// One service on its way out.
struct Removal<'a> {
    name: &'a str,
    /// Nothing is done with it then.
    refused: Result<(), Error>,
    /// Its drop-in does not say whose it is: there is none, or
    is_doubtful: bool,
    /// it cannot be read, and so stays.
    is_unreadable: bool,
    stopped: Result<(), Error>,
    /// What of its files could not be taken away.
    left: Result<(), Error>,
}

impl<'a> Removal<'a> {
    fn new(manager: &Manager, directory: &UnitDirectory, name: &'a str) -> Self {
        let found = directory.find_anywhere(name).map(drop);
        let is_unreadable = found.as_ref().is_err_and(is_unreadable);
        let is_doubtful = is_unreadable || found == Err(Error::NotRegistered);
        let (refused, left) = match is_doubtful {
            true if is_unreadable => (Ok(()), found),
            true => (Ok(()), Ok(())),
            false => (found, Ok(())),
        };
        Self {
            name,
            refused: refused.and_then(|()| Agents::refuse(manager, directory, name, false)),
            is_doubtful,
            is_unreadable,
            stopped: Ok(()),
            left,
        }
    }

    fn answer(self) -> Result<(), Error> {
        self.refused?;
        self.stopped?;
        self.left
            .map_err(|error| Error::Other(format!("stopped, but {}", words_of(&error))))
    }
}
