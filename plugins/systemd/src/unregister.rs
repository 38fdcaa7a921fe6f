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
    let directory = UnitDirectory::open(manager.scope, home)?;
    let mut answers: Vec<Result<(), Error>> = names
        .iter()
        .map(|name| match directory.find_anywhere(name) {
            // systemd may have it in memory all the same.
            Ok(_) | Err(Error::NotRegistered) => {
                directory.refuse_agents(name, false)?;
                set_at_boot(&directory, name, AtBoot::Down)
            }
            Err(error) => Err(error),
        })
        .collect();
    let ours: Vec<&ServiceName> = names
        .iter()
        .zip(&answers)
        .filter_map(|(name, answer)| answer.is_ok().then_some(name))
        .collect();
    let orders: Vec<_> = ours.iter().map(|name| (Order::Stop, unit(name))).collect();
    let deadline = clock::monotonic().saturating_add(STOPPED);
    let mut stopped = carry_out(manager, &orders, Some(deadline)).into_iter();
    for (name, answer) in names.iter().zip(&mut answers) {
        if answer.is_ok()
            && let Some(outcome) = stopped.next()
        {
            *answer = match outcome {
                Ok(Outcome::Done | Outcome::Told) | Err(Error::NotRegistered) => {
                    directory.remove(name)
                }
                Ok(_) => Err(Error::Other(format!("{} does not stop", unit(name)))),
                Err(error) => Err(error),
            };
        }
    }
    let units: Vec<String> = ours.iter().map(|name| unit(name)).collect();
    reset_failed(manager, &units)?;
    directory.remove_unused_template()?;
    Ok(answers)
}
