use hermes_backend_sdk::types::{Error, ServiceName};

use crate::doubt::{Whose, is_unreadable, whose};
use crate::look::held;
use crate::manager::Manager;
use crate::unit::{ALL, service_of_unit, unit};
use crate::unit_directory::UnitDirectory;
use crate::unit_state::UnitState;

/// The services of a home whose units are there. Of those whose drop-ins are gone or cannot be
/// read the ones that run for it: the others may well be another home's.
pub(crate) fn registered(home: &str) -> Result<Vec<ServiceName>, Error> {
    Manager::with(|manager| {
        let directory = UnitDirectory::open(manager.scope, home)?;
        let mut registered = Vec::new();
        let mut doubtful = Vec::new();
        for service in directory.services()? {
            match directory.find(&service) {
                Ok(_) => registered.push(service),
                Err(error) if is_unreadable(&error) => doubtful.push(service),
                Err(Error::NotRegistered | Error::Foreign(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let held = held(manager, ALL)?;
        let running = held.iter().filter(|(_, state)| !state.is_down());
        for service in running.filter_map(|(unit, _)| service_of_unit(unit)) {
            if directory.find(&service) == Err(Error::NotRegistered) {
                doubtful.push(service);
            }
        }
        let states: Vec<UnitState> = doubtful
            .iter()
            .map(|service| held.get(&unit(service)).cloned().unwrap_or_default())
            .collect();
        let services: Vec<&str> = doubtful.iter().map(String::as_str).collect();
        let whose = whose(manager, &directory, &services, &states)?;
        let both = doubtful.iter().zip(whose);
        let ours = both.filter(|(_, whose)| *whose == Whose::Ours);
        registered.extend(ours.map(|(service, _)| service.clone()));
        Ok(registered)
    })
}
