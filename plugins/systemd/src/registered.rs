use hermes_backend_sdk::types::{Error, ServiceName};

use crate::doubt::{Whose, is_unreadable, whose};
use crate::look::glance;
use crate::manager::Manager;
use crate::unit::unit;
use crate::unit_directory::UnitDirectory;

/// The services of a home whose units are there. Of those whose drop-ins cannot be read
/// the ones that run for it: the others may well be another home's.
pub(crate) fn registered(home: &str) -> Result<Vec<ServiceName>, Error> {
    Manager::with(|manager| {
        let directory = UnitDirectory::open(manager.scope, home)?;
        let mut registered = Vec::new();
        let mut unreadable = Vec::new();
        for service in directory.services()? {
            match directory.find(&service) {
                Ok(_) => registered.push(service),
                Err(error) if is_unreadable(&error) => unreadable.push(service),
                Err(Error::NotRegistered | Error::Foreign(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let units: Vec<String> = unreadable.iter().map(|service| unit(service)).collect();
        let states = glance(manager, &units)?;
        let services: Vec<&str> = unreadable.iter().map(String::as_str).collect();
        let whose = whose(manager, &directory, &services, &states)?;
        let both = unreadable.iter().zip(whose);
        let ours = both.filter(|(_, whose)| *whose == Whose::Ours);
        registered.extend(ours.map(|(service, _)| service.clone()));
        Ok(registered)
    })
}
