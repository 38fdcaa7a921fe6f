use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::super::context::Context;
use super::super::report::Report;
use super::super::{CommandError, Result};
use crate::backend::{Action, Backend, OF_AGENTS, Phase, RunState, ServiceError, ServiceStatus};
use crate::gateway::intent::{Desired, Intent};
use crate::profile::Profile;
use crate::text::sanitise;
use crate::volume::Durability;

/// hermes-agent's units stop within 70 s, or as long as its settings say.
const PATIENCE: Duration = Duration::from_mins(5);

/// How the gateway is of a profile that hermes-agent has installed a unit for, whether
/// there is one of ours beside it or not. `None`: it has not.
pub(super) fn find(backend: &mut Backend, profile: &Profile) -> Result<Option<ServiceStatus>> {
    let name = profile.name();
    let status = match backend.status(&[name.service()])?.pop() {
        Some(Err(error)) if !error.means_absent() => {
            return Err(CommandError::from(error).of(name.as_str()));
        }
        status => status.and_then(std::result::Result::ok),
    };
    let names = |status: &ServiceStatus| {
        let note = status.note.as_deref();
        note.is_some_and(|note| note.contains(OF_AGENTS))
    };
    Ok(status.filter(names))
}

/// What takes the place of hermes-agent's unit.
pub(super) fn command(profile: &Profile) -> String {
    let name = profile.name();
    format!("hermes-host gateway install -p {name} --migrate")
}

/// Whether a refusal names the migration: not each unit can be moved.
pub(super) fn helps(words: &str) -> bool {
    words.contains("--migrate")
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

/// Ends each unit of hermes-agent for the profile: there may be more than one.
pub(super) fn migrate_all(
    context: &Context,
    backend: &mut Backend,
    profile: &Profile,
    mut found: Option<ServiceStatus>,
    moved: &mut Vec<String>,
    report: &mut Report,
) -> Result<()> {
    while migrate(context, backend, profile, found.as_ref(), moved, report)? {
        found = find(backend, profile)?;
        if found.is_none() {
            break;
        }
    }
    Ok(())
}

/// Ends the unit of hermes-agent; whether there was one. `found`: how it was.
///
/// What it was is what the operator wants from now on, recorded before anything
/// is stopped: a command that dies or fails after that and is given again goes on.
fn migrate(
    context: &Context,
    backend: &mut Backend,
    profile: &Profile,
    found: Option<&ServiceStatus>,
    moved: &mut Vec<String>,
    report: &mut Report,
) -> Result<bool> {
    let name = profile.name();
    let failed = |error: CommandError| error.of(name.as_str());
    let wanted = found.is_some_and(|status| status.wanted == RunState::Up);
    let recorded = match wanted {
        true => {
            let (by, now) = (context.operator(), Timestamp::now());
            let dir = profile.dir();
            let recorded = Intent::record(dir, Desired::Running, &by, now, Durability::Synced);
            Some(recorded.map_err(|error| failed(error.into()))?)
        }
        false => None,
    };
    let action = Action::Other("migrate".to_owned());
    let answer = backend.control(&action, &[name.service()], Some(PATIENCE));
    let unit = unit(profile, found);
    // `says`: what to do about it.
    let (error, says) = match answer.map(|mut answers| answers.pop()) {
        Ok(Some(Err(ServiceError::NotRegistered))) => {
            report.line(&format!("{name}: nothing of hermes-agent to migrate"));
            return Ok(false);
        }
        Ok(Some(Err(error))) => {
            use ServiceError::{Elsewhere, Unsupported};
            let says = matches!(error, Unsupported(_) | Elsewhere(_));
            (CommandError::from(error), says)
        }
        Err(error) => (CommandError::from(error), false),
        Ok(_) => {
            report.line(&format!(
                "{name}: {unit} of hermes-agent is stopped and disabled, \
                 its file is kept as {unit}.migrated"
            ));
            moved.push(unit);
            return Ok(true);
        }
    };
    if !is_as(backend, profile, found) {
        moved.push(unit);
        return Err(failed(error));
    }
    if let Some(recorded) = &recorded {
        // Its own word is the error that counts.
        let _ = Intent::take_back(profile.dir(), recorded);
    }
    let looks = || {
        let status = systemctl(backend, &format!("status {unit}"));
        format!("{unit} is as systemd says: {status}")
    };
    Err(failed(error).hint((!says).then(looks)))
}

/// Whether a migration that has failed has changed nothing of it. Where that cannot be
/// told it may have.
fn is_as(backend: &mut Backend, profile: &Profile, before: Option<&ServiceStatus>) -> bool {
    let look = |status: &ServiceStatus| {
        let down = [Phase::Down, Phase::Failed, Phase::Stopping];
        let unit = unit(profile, Some(status));
        (unit, down.contains(&status.phase), status.wanted)
    };
    let now = find(backend, profile);
    now.is_ok_and(|now| now.as_ref().map(look) == before.map(look))
}

/// After something has failed once an old one may be down: how to go on, or back.
pub(super) fn way_back(
    backend: &mut Backend,
    profile: &Profile,
    moved: &[String],
    error: CommandError,
) -> CommandError {
    let name = profile.name();
    error
        .hint(format!(
            "the gateway of {name} may be down; {} goes on",
            command(profile)
        ))
        .hint(format!("or go back: {}", back(backend, profile, moved)))
}

/// What brings hermes-agent's units back, in place of ours where it has come to that.
pub(super) fn back(backend: &mut Backend, profile: &Profile, moved: &[String]) -> String {
    let name = profile.name();
    let has_ours = matches!(find(backend, profile), Ok(None))
        && backend
            .registered()
            .is_ok_and(|services| services.contains(&name.service()));
    let uninstall = has_ours.then(|| format!("hermes-host gateway uninstall -p {name}"));
    let mut directories = backend.directories();
    let directory = directories.next().map_or(Path::new(""), |(_, path)| path);
    let units = moved.iter().map(|unit| {
        let file = directory.join(unit);
        let kept = directory.join(format!("{unit}.migrated"));
        let enable = systemctl(backend, &format!("enable --now {unit}"));
        // What has not stopped in time has its file.
        match kept.exists() {
            true => format!("mv {} {} && {enable}", kept.display(), file.display()),
            false => enable,
        }
    });
    let commands: Vec<String> = uninstall.into_iter().chain(units).collect();
    commands.join(" && ")
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
