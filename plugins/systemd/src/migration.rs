use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{Duration, Error};

use crate::dbus::Writer;
use crate::installation::reset_failed;
use crate::job::{Order, Outcome, carry_out};
use crate::manager::Manager;
use crate::status::glance;
use crate::unit::agents_unit;
use crate::unit_directory::UnitDirectory;

/// systemd kills what does not stop; the deadline of the operation comes first.
const STOPPED: Duration = 3_600_000_000_000;

/// Stops and disables the unit that hermes-agent has installed for the same
/// profile, and keeps its file under another name. `profile`: the directory that
/// it has to be for.
///
/// What can fail for the disk's sake comes first, while it still runs.
pub(crate) fn migrate(service: &str, profile: &str, wait: Option<Duration>) -> Result<(), Error> {
    Manager::with(|manager| {
        let directory = UnitDirectory::open(manager.scope)?;
        let mut of_agents = manager.of_agents()?;
        let there = directory.agents_unit(service)?;
        if let Some(agents) = &there {
            let text = directory.text(agents)?;
            if let Some(other) = other_home(&text, profile) {
                let words = format!("{agents} runs the gateway of {other}");
                return Err(Error::Other(words));
            }
            directory.keep(agents, &text)?;
            if let Err(error) = stop(&mut of_agents, agents, wait) {
                directory.forget_kept(agents);
                return Err(error);
            }
            directory.remove_agents(agents)?;
            reset_failed(&mut of_agents, std::slice::from_ref(agents))?;
        }
        // What a target still refers to could be started from memory; also where
        // that is all that an earlier command has left.
        let gone = glance(&mut of_agents, &[agents_unit(service)])?;
        if gone.iter().any(|state| state.loaded && state.is_down()) {
            manager.call("Reload", "", &Writer::default())?;
        }
        there.map(drop).ok_or(Error::NotRegistered)
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

/// The home of a unit that says which one it is for, where it is not that of the
/// profile: neither its directory nor one above it.
fn other_home(text: &str, profile: &str) -> Option<String> {
    let mut homes = text.lines().filter_map(|line| {
        let line = line.trim();
        let environment = line
            .strip_prefix("Environment=")
            .map(|set| set.trim_matches('"'));
        let home = environment.and_then(|set| set.strip_prefix("HERMES_HOME="));
        home.or_else(|| line.strip_prefix("WorkingDirectory="))
            .map(|home| home.trim_matches('"').trim_end_matches('/'))
    });
    let is_its_own = |home: &str| {
        let below = profile.strip_prefix(home);
        below.is_some_and(|below| below.is_empty() || below.starts_with("/profiles/"))
    };
    homes.find(|home| !is_its_own(home)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_of_another_home_is_told_from_the_profiles_own() {
        for (text, other) in [
            ("[Service]\nExecStart=/bin/x\n", None),
            ("WorkingDirectory=/home/a/.hermes/profiles/coder\n", None),
            ("Environment=\"HERMES_HOME=/home/a/.hermes\"\n", None),
            ("Environment=HERMES_HOME=/home/a/.hermes/\n", None),
            (
                "Environment=\"PATH=/bin\"\nWorkingDirectory=/srv/b\n",
                Some("/srv/b"),
            ),
            ("Environment=\"HERMES_HOME=/home/a\"\n", Some("/home/a")),
            (
                "WorkingDirectory=/home/a/.hermes/profiles/cod\n",
                Some("/home/a/.hermes/profiles/cod"),
            ),
        ] {
            let found = other_home(text, "/home/a/.hermes/profiles/coder");
            assert_eq!(found.as_deref(), other, "{text}");
        }
    }
}
