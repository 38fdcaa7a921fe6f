use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{Duration, Error, ServiceName};

use crate::installation::{AtBoot, reset_failed, set_at_boot};
use crate::job::{Order, Outcome, carry_out};
use crate::manager::Manager;
use crate::unit::unit;
use crate::unit_directory::UnitDirectory;

/// systemd kills what does not stop; the deadline of the operation comes first.
const STOPPED: Duration = 2 * 3_600_000_000_000;

/// Stops each service and removes what register has written for it.
pub(crate) fn unregister(names: &[ServiceName]) -> Vec<Result<(), Error>> {
    match Manager::with(|manager| try_unregister(manager, names)) {
        Ok(answers) => answers,
        Err(error) => names.iter().map(|_| Err(error.clone())).collect(),
    }
}

fn try_unregister(
    manager: &mut Manager,
    names: &[ServiceName],
) -> Result<Vec<Result<(), Error>>, Error> {
    let directory = UnitDirectory::open(manager.scope)?;
    for name in names {
        set_at_boot(&directory, name, AtBoot::Down)?;
    }
    let orders: Vec<_> = names.iter().map(|name| (Order::Stop, unit(name))).collect();
    let deadline = clock::monotonic().saturating_add(STOPPED);
    let outcomes = carry_out(manager, &orders, Some(deadline));
    let answers = names
        .iter()
        .zip(outcomes)
        .map(|(name, outcome)| {
            match outcome {
                Ok(Outcome::Done | Outcome::Told) | Err(Error::NotRegistered) => {}
                Ok(_) => return Err(Error::Other(format!("{} does not stop", unit(name)))),
                Err(error) => return Err(error),
            }
            directory.remove(name)
        })
        .collect();
    let units: Vec<String> = names.iter().map(|name| unit(name)).collect();
    reset_failed(manager, &units)?;
    directory.remove_unused_template()?;
    Ok(answers)
}
