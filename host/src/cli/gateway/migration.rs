use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;

use super::super::context::Context;
use super::super::report::{Exit, Report};
use super::super::{CommandError, Result};
use crate::backend::{Action, Backend, RunState, ServiceError, ServiceStatus};
use crate::gateway::intent::{Desired, Intent};
use crate::gateway::operation_lock::OperationLock;
use crate::profile::Profile;
use crate::text::sanitise;
use crate::volume::Durability;

/// hermes-agent's units stop within 70 s, or as long as its settings say.
const PATIENCE: Duration = Duration::from_mins(5);

/// What hermes-agent's installer calls its own, in the note of a status.
const OF_AGENTS: &str = ".service of hermes-agent";

/// How the gateway is of a profile that hermes-agent has installed a unit for, whether
/// there is one of ours beside it or not. `None`: it has not.
pub(super) fn find(backend: &mut Backend, profile: &Profile) -> Result<Option<ServiceStatus>> {
    let status = backend.status(&[profile.name().service()])?.pop();
    let names = |status: &ServiceStatus| {
        let note = status.note.as_deref();
        note.is_some_and(|note| note.contains(OF_AGENTS))
    };
    Ok(status.and_then(std::result::Result::ok).filter(names))
}

/// What takes the place of hermes-agent's unit.
pub(super) fn command(profile: &Profile) -> String {
    let name = profile.name();
    format!("hermes-host gateway install -p {name} --migrate")
}

/// Asks on a terminal; elsewhere only `--migrate` will do.
pub(super) fn confirm(context: &Context, profile: &Profile, found: &ServiceStatus) -> bool {
    let environment = &context.environment;
    if !environment.stdin_is_terminal || !environment.stderr_is_terminal {
        return false;
    }
    let name = profile.name();
    let _ = write!(
        io::stderr(),
        "{name}: hermes-agent has installed {}; stop it and take its place? [y/N] ",
        unit(profile, Some(found))
    );
    let mut answer = String::new();
    let _ = io::stdin().read_line(&mut answer);
    matches!(answer.trim(), "y" | "Y" | "yes")
}

/// Ends the unit of hermes-agent; whether there was one. `found`: how it was.
///
/// What it was is what the operator wants from now on, recorded before anything
/// is stopped: a command that dies here and is given again goes on.
pub(super) fn migrate(
    context: &Context,
    backend: &mut Backend,
    profile: &Profile,
    found: Option<&ServiceStatus>,
    report: &mut Report,
) -> Result<bool> {
    let name = profile.name();
    let failed = |error: CommandError| error.of(name.as_str());
    let wanted = found.is_some_and(|status| status.wanted == RunState::Up);
    let _lock = OperationLock::acquire(profile.dir(), "gateway install").map_err(|error| {
        failed(CommandError::new(Exit::Failed, error.to_string()).hint(error.hint()))
    })?;
    let recorded = match wanted {
        true => {
            let (by, now) = (context.operator(), Timestamp::now());
            let dir = profile.dir();
            let recorded = Intent::record(dir, Desired::Running, &by, now, Durability::Synced);
            Some(recorded.map_err(|error| {
                failed(CommandError::new(Exit::Failed, error.to_string()).hint(error.hint()))
            })?)
        }
        false => None,
    };
    let action = Action::Other("migrate".to_owned());
    let answer = backend
        .control(&action, &[name.service()], Some(PATIENCE))?
        .pop();
    let unit = unit(profile, found);
    match answer {
        Some(Err(ServiceError::NotRegistered)) => {
            report.line(&format!("{name}: nothing of hermes-agent to migrate"));
            Ok(false)
        }
        Some(Err(error)) => {
            if let Some(recorded) = &recorded {
                // Its own word is the error that counts.
                let _ = Intent::take_back(profile.dir(), recorded);
            }
            Err(failed(CommandError::from(error)).hint(format!(
                "{unit} is as systemd says: {}",
                systemctl(backend, &format!("status {unit}"))
            )))
        }
        _ => {
            report.line(&format!(
                "{name}: {unit} of hermes-agent is stopped and disabled, \
                 its file is kept as {unit}.migrated"
            ));
            Ok(true)
        }
    }
}

/// After what came after the migration has failed: how to go back.
pub(super) fn way_back(
    backend: &Backend,
    profile: &Profile,
    found: Option<&ServiceStatus>,
    error: CommandError,
) -> CommandError {
    let name = profile.name();
    error
        .hint(format!(
            "no gateway of {name} runs; hermes-host gateway install -p {name} --now tries again"
        ))
        .hint(format!("or go back: {}", back(backend, profile, found)))
}

/// What brings hermes-agent's unit back.
pub(super) fn back(backend: &Backend, profile: &Profile, found: Option<&ServiceStatus>) -> String {
    let unit = unit(profile, found);
    let places: Vec<_> = backend
        .directories()
        .map(|(_, path)| path.join(&unit))
        .collect();
    let file = places.first().cloned().unwrap_or_else(|| (&unit).into());
    let enable = systemctl(backend, &format!("enable --now {unit}"));
    format!("mv {0}.migrated {0} && {enable}", file.display())
}

/// As hermes-agent's installer calls it: what the note of a status begins with.
fn unit(profile: &Profile, found: Option<&ServiceStatus>) -> String {
    let note = found.and_then(|status| status.note.as_deref());
    let first = note.and_then(|note| note.split(' ').next());
    match (
        first.filter(|word| word.ends_with(".service")),
        profile.name(),
    ) {
        (Some(unit), _) => sanitise(unit).into_owned(),
        (None, name) if name.is_default() => "hermes-gateway.service".to_owned(),
        (None, name) => format!("hermes-gateway-{name}.service"),
    }
}

fn systemctl(backend: &Backend, what: &str) -> String {
    match backend.scope() {
        Some(crate::backend::Scope::User) => format!("systemctl --user {what}"),
        _ => format!("systemctl {what}"),
    }
}
