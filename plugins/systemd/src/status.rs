use std::collections::BTreeMap;

use hermes_backend_sdk::types::{Error, Phase, RunState, ServiceName, ServiceStatus};

use crate::agents::Agents;
use crate::doubt::{Whose, is_unreadable, whose};
use crate::failure::words_of;
use crate::look::{look, look_at};
use crate::manager::{Manager, Scope};
use crate::mask::Mask;
use crate::seen::recall;
use crate::unit::{Installed, TEMPLATE, unit};
use crate::unit_directory::UnitDirectory;
use crate::unit_state::{End, UnitState};

pub(crate) fn status(home: &str, names: &[ServiceName]) -> Vec<Result<ServiceStatus, Error>> {
    match Manager::with(|manager| try_status(manager, home, names)) {
        Ok(answers) => answers,
        Err(error) => names.iter().map(|_| Err(error.clone())).collect(),
    }
}

fn try_status(
    manager: &mut Manager,
    home: &str,
    names: &[ServiceName],
) -> Result<Vec<Result<ServiceStatus, Error>>, Error> {
    let directory = UnitDirectory::open(manager.scope, home)?;
    let installed: Vec<Result<Installed, Error>> =
        names.iter().map(|name| directory.find(name)).collect();
    let units: Vec<String> = names
        .iter()
        .zip(&installed)
        .filter(|(_, installed)| installed.is_ok())
        .map(|(name, _)| unit(name))
        .collect();
    // What comes up with the machine, or with its user.
    let enabled: Vec<bool> = names
        .iter()
        .zip(&installed)
        .map(|(name, installed)| installed.is_ok() && directory.is_enabled(name))
        .collect();
    let mut around = None;
    let mut states = match (enabled.as_slice(), units.as_slice()) {
        // Stopped by this very command, which has seen it.
        (_, [unit]) if let Some(seen) = recall(unit) => vec![seen],
        // What comes up at boot is most likely up.
        ([true], [unit]) => look_at(manager, unit, &mut || {
            around = names.first().map(|name| Around::of(&directory, name));
        })?,
        _ => look(manager, &units)?,
    }
    .into_iter();
    let mut lost = without_files(manager, &directory, names, &installed)?;
    let scope = manager.scope;
    Ok(names
        .iter()
        .zip(installed)
        .zip(enabled)
        .map(|((name, installed), at_boot)| match installed {
            Ok(installed) => {
                let unit = unit(name);
                let mut state = states.next().unwrap_or_default();
                if state.is_forgotten()
                    && let Some(seen) = recall(&unit)
                {
                    state = seen;
                }
                if state.is_failed() {
                    state.final_codes = installed.final_codes();
                }
                let down = state.is_down();
                let mut ours = state.status(&unit, scope, at_boot);
                let around = around.take();
                let around = around.unwrap_or_else(|| Around::of(&directory, name));
                let mask = Mask::confirm(around.mask, manager, name)?;
                ours.note = match mask.map(|mask| mask.words(&unit, scope)) {
                    Some(masked) if down => Some(masked),
                    Some(masked) => Some(before(masked, ours.note)),
                    // Somebody has disabled it, or started it, by hand.
                    None if ours.wanted == RunState::Up && !at_boot => {
                        let disabled = "disabled, so no boot starts it: gateway start enables it, \
                                        gateway stop ends it";
                        Some(before(disabled.into(), ours.note))
                    }
                    None => ours.note,
                };
                if around.lost_template {
                    let lost = format!("{TEMPLATE} is gone: hermes-host reconcile writes it");
                    ours.note = Some(before(lost, ours.note));
                }
                beside(manager, &directory, name, around.agents?, ours)
            }
            Err(error) => match (lost.remove(name), error) {
                (Some((_, Whose::Other(home))), _) => Err(Error::Foreign(home)),
                (Some((state, _)), error) if is_unreadable(&error) => {
                    let unit = unit(name);
                    let seen = recall(&unit).filter(|_| state.is_forgotten());
                    let state = seen.unwrap_or(state);
                    let mut ours = state.status(&unit, scope, directory.is_enabled(name));
                    ours.note = Some(before(words_of(&error).to_owned(), ours.note));
                    let agents = Agents::candidate(&directory, name)?;
                    beside(manager, &directory, name, agents, ours)
                }
                (Some((state, _)), _) if !state.is_down() => {
                    Ok(state.status_of_lost(&unit(name), scope))
                }
                (_, Error::NotRegistered) => instead(manager, &directory, name),
                (_, error) => Err(error),
            },
        })
        .collect())
}

/// What files say of a service beside its own.
struct Around {
    mask: Option<Mask>,
    /// The file that all of them share is gone, and no boot brings up any.
    lost_template: bool,
    /// The unit of hermes-agent for the same profile.
    agents: Result<Option<Agents>, Error>,
}

impl Around {
    fn of(directory: &UnitDirectory, service: &str) -> Self {
        Self {
            mask: Mask::candidate(directory, service),
            lost_template: directory.exists(TEMPLATE) == Ok(false),
            agents: Agents::candidate(directory, service),
        }
    }
}

/// What systemd runs of that which has no drop-in, or none that can be read.
fn without_files(
    manager: &mut Manager,
    directory: &UnitDirectory,
    names: &[ServiceName],
    installed: &[Result<Installed, Error>],
) -> Result<BTreeMap<String, (UnitState, Whose)>, Error> {
    let is_doubtful = |error: &Error| *error == Error::NotRegistered || is_unreadable(error);
    let doubtful: Vec<&str> = names
        .iter()
        .zip(installed)
        .filter(|(_, installed)| installed.as_ref().is_err_and(is_doubtful))
        .map(|(name, _)| name.as_str())
        .collect();
    let units: Vec<String> = doubtful.iter().map(|name| unit(name)).collect();
    let states = look(manager, &units)?;
    let whose = whose(manager, directory, &doubtful, &states)?;
    let names = doubtful.into_iter().map(str::to_owned);
    Ok(names.zip(states.into_iter().zip(whose)).collect())
}

/// How a unit is that hermes-agent has installed.
fn of_agents(
    manager: &Manager,
    directory: &UnitDirectory,
    agents: &str,
) -> Result<ServiceStatus, Error> {
    let state = look(&mut manager.of_agents()?, &[agents.to_owned()])?.pop();
    let at_boot = directory.has_link(agents);
    let state = state.unwrap_or_default();
    let mut status = state.status(agents, manager.scope, at_boot);
    // What comes up at boot is wanted.
    if at_boot {
        status.wanted = RunState::Up;
    }
    Ok(status)
}

/// Theirs alone.
fn instead(
    manager: &Manager,
    directory: &UnitDirectory,
    name: &str,
) -> Result<ServiceStatus, Error> {
    let Some(agents) = Agents::find(manager, directory, name)? else {
        return Err(match directory.find_anywhere(name) {
            Err(error) => error,
            Ok(_) => Error::NotRegistered,
        });
    };
    let theirs = of_agents(manager, directory, &agents.unit)?;
    let what = agents.obstacle(manager.scope);
    let what = what.unwrap_or_else(|| format!("{} of hermes-agent", agents.unit));
    Ok(ServiceStatus {
        note: Some(before(what, theirs.note)),
        ..theirs
    })
}

/// Ours, with a word about theirs where both are there. What either of them aims at is
/// wanted.
fn beside(
    manager: &Manager,
    directory: &UnitDirectory,
    name: &str,
    candidate: Option<Agents>,
    ours: ServiceStatus,
) -> Result<ServiceStatus, Error> {
    let Some(agents) = Agents::confirm(candidate, manager, directory, name)? else {
        return Ok(ours);
    };
    let theirs = of_agents(manager, directory, &agents.unit)?;
    let how = match theirs.phase {
        Phase::Down | Phase::Failed => "is there",
        _ => "runs",
    };
    let what = agents.obstacle(manager.scope);
    let what = what.unwrap_or_else(|| format!("{} of hermes-agent {how} as well", agents.unit));
    Ok(ServiceStatus {
        note: Some(before(what, ours.note)),
        wanted: match theirs.wanted {
            RunState::Up => RunState::Up,
            RunState::Down => ours.wanted,
        },
        ..ours
    })
}

/// A note with another one behind it, where there is one.
fn before(first: String, note: Option<String>) -> String {
    match note {
        Some(note) => format!("{first}; {note}"),
        None => first,
    }
}

impl UnitState {
    /// `at_boot`: it comes up at boot, as what is wanted does.
    fn status(self, unit: &str, scope: Scope, at_boot: bool) -> ServiceStatus {
        let (phase, note) = match self.active.as_str() {
            _ if self.waits_for_its_turn() => {
                let jobs = format!("waits for its turn: {} list-jobs", scope.systemctl());
                (Phase::Starting, Some(jobs))
            }
            "active" | "reloading" => (Phase::Ready, self.restarted()),
            "activating" if self.is_pausing() => {
                (Phase::Starting, Some("about to be restarted".into()))
            }
            "activating" => (Phase::Starting, None),
            "deactivating" => (Phase::Stopping, None),
            // Also after a run that has failed, which is what systemd still calls it then.
            "inactive" | "failed" if self.end == End::Skipped && at_boot => {
                let journal = scope.journal(unit);
                let skipped = format!("systemd has skipped it, a condition is not met: {journal}");
                (Phase::Down, Some(skipped))
            }
            // An operator's stop that was not waited for.
            "failed" if self.end == End::Stopped && !at_boot => (Phase::Down, None),
            "failed" => (Phase::Failed, Some(self.failure(unit, scope))),
            _ if at_boot => (Phase::Down, self.ended()),
            _ => (Phase::Down, None),
        };
        let wanted = match phase {
            Phase::Ready | Phase::Starting | Phase::Up => RunState::Up,
            Phase::Down | Phase::Stopping | Phase::Failed => RunState::Down,
        };
        ServiceStatus {
            phase,
            wanted,
            pid: self.pid,
            since: self.since.map(|time| time.saturating_mul(1_000)),
            last_exit: self.exit.filter(|_| {
                self.end != End::Skipped && (self.pid.is_none() || self.restarts > Some(0))
            }),
            restarts: Some(self.made_restarts()),
            note,
        }
    }

    fn status_of_lost(self, unit: &str, scope: Scope) -> ServiceStatus {
        ServiceStatus {
            note: Some("its unit files are gone: gateway start, or reconcile, writes them".into()),
            ..self.status(unit, scope, false)
        }
    }
}
