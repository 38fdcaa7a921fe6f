use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{Duration, Error};

use crate::agents::{self, Agents};
use crate::dbus::Writer;
use crate::installation::reset_failed;
use crate::job::{Order, Outcome, carry_out};
use crate::look::glance;
use crate::manager::Manager;
use crate::unit_directory::UnitDirectory;

/// systemd kills what does not stop; the deadline of the operation comes first.
const STOPPED: Duration = 3_600_000_000_000;

/// Stops and disables the unit that hermes-agent has installed for the same
/// profile, and keeps its file under another name.
///
/// What can fail for the disk's sake comes first, while it still runs.
pub(crate) fn migrate(home: &str, service: &str, wait: Option<Duration>) -> Result<(), Error> {
    Manager::with(|manager| {
        let directory = UnitDirectory::open(manager.scope, home)?;
        let mut of_agents = manager.of_agents()?;
        let there = Agents::find(manager, &directory, service)?;
        if let Some(agents) = &there {
            if let Some(obstacle) = agents.obstacle(manager.scope) {
                return Err(Error::Unsupported(obstacle));
            }
            let agents = &agents.unit;
            let text = directory.read(agents)?.unwrap_or_default();
            directory.keep(agents, &String::from_utf8_lossy(&text))?;
            if let Err(error) = stop(&mut of_agents, agents, wait) {
                directory.forget_kept(agents);
                return Err(error);
            }
            directory.remove_agents(agents)?;
            reset_failed(&mut of_agents, std::slice::from_ref(agents))?;
        }
        // What a target still refers to could be started from memory; also where
        // that is all that an earlier command has left. And systemd, which has looked at this
        // one just now, does not see what is written within the same tick of the clock.
        let is_held = match &there {
            Some(_) => true,
            None => glance(&mut of_agents, &[agents::named(service)])?
                .iter()
                .any(|state| state.loaded && state.is_down()),
        };
        if is_held {
            manager.call("Reload", "", &Writer::default())?;
        }
        match (there, directory.find_anywhere(service)) {
            (Some(_), _) => Ok(()),
            (None, Err(elsewhere @ Error::Elsewhere(_))) => Err(elsewhere),
            (None, _) => Err(Error::NotRegistered),
        }
    })
}

fn stop(manager: &mut Manager, agents: &str, wait: Option<Duration>) -> Result<(), Error> {
    let deadline = clock::monotonic().saturating_add(wait.unwrap_or(STOPPED));
    match carry_out(manager, &[(Order::Stop, agents.to_owned())], Some(deadline)).pop() {
        // It was not even loaded.
        Some(Ok(Outcome::Done) | Err(Error::NotRegistered)) => Ok(()),
        Some(Err(error)) => Err(error),
        _ => Err(Error::TimedOut(format!("{agents} does not stop"))),
    }
}
