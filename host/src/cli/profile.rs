mod create;
mod delete;
mod rename;
mod show;

use std::path::Path;

use super::arguments::ProfileCommand;
use super::context::{Context, Services};
use super::gateway::check_lasts;
use super::report::Report;
use super::{CommandError, Result};
use crate::backend::{Backend, RunState, ServiceError, left_behind};
use crate::gateway::foreground;
use crate::profile::{Home, Profile, ProfileName};

pub(super) fn run(context: &Context, command: ProfileCommand, report: &mut Report) -> Result {
    context.refuse_profile(
        "a profile is named without --profile here",
        "leave --profile out: hermes-host profile show coder",
    )?;
    match command {
        ProfileCommand::Create {
            name, clone, json, ..
        } => create::run(context, &name, clone.as_deref(), json, report),
        ProfileCommand::Delete { name, yes, dry_run } => {
            delete::run(context, &name, yes, dry_run.json, report)
        }
        ProfileCommand::Rename {
            name,
            new_name,
            dry_run,
        } => rename::run(context, &name, &new_name, dry_run.json, report),
        ProfileCommand::List(arguments) => show::list(context, &arguments, report),
        ProfileCommand::Show { name, json } => show::one(context, &name, json, report),
    }
}

/// Refuses to register gateways of a home that does not last with what outlives it.
fn check_place(backend: &Backend, home: &Home) -> Result<()> {
    match backend.scope() {
        Some(_) => check_lasts(home),
        None => Ok(()),
    }
}

/// Says of a profile that its gateway is not registered.
fn tell_unregistered(name: &ProfileName, refused: &CommandError, report: &mut Report) {
    report.warn(&CommandError {
        message: format!("{name}: not registered: {}", refused.message),
        ..refused.clone()
    });
}

/// What to do about a profile that is still there, and whose gateway is not.
fn is_unregistered(profile: &ProfileName) -> String {
    format!("the gateway of {profile} is down, and not registered: hermes-host reconcile")
}

/// Registers one gateway; says with what, where that means anything.
fn register(
    backend: &mut Backend,
    services: &Services,
    profile: &ProfileName,
    initially: RunState,
) -> Result<Option<String>> {
    let spec = services.specification().service(profile, initially);
    for answer in backend.register(&[spec])? {
        answer.map_err(|error| CommandError::from(error).of(profile.as_str()))?;
    }
    Ok(backend.supervises().then(|| backend.manifest().id.clone()))
}

/// Refuses where the gateway runs and no supervisor ends it: it would go on
/// without its files.
fn check_foreground(backend: &mut Backend, profile: &Profile) -> Result<()> {
    match foreground::find_unsupervised(profile, backend, Path::new("/proc"))? {
        Some(pid) => Err(CommandError::in_the_foreground(pid).of(profile.name().as_str())),
        None => check_left_behind(backend, profile.name()),
    }
}

/// Refuses where a supervisor that has died has left the gateway behind.
fn check_left_behind(backend: &mut Backend, profile: &ProfileName) -> Result<()> {
    let status = backend.status(&[profile.service()])?.pop();
    let left = status.and_then(|status| left_behind(&status.ok()?));
    match left.map(|pid| ServiceError::LeftBehind { pid }) {
        Some(error) => Err(CommandError::from(error).of(profile.as_str())),
        None => Ok(()),
    }
}

/// Stops and unregisters one gateway.
fn unregister(backend: &mut Backend, services: &Services, profile: &ProfileName) -> Result<()> {
    let budget = services.settings.stop_timeout + std::time::Duration::from_secs(5);
    let mut answers = backend.unregister(&[profile.service()], budget)?;
    if matches!(answers.as_slice(), [Err(ServiceError::Unavailable(_))]) {
        // Its supervisor has died over it; what it ran may have ended all the same.
        check_left_behind(backend, profile)?;
        answers = backend.unregister(&[profile.service()], budget)?;
    }
    for answer in answers {
        match answer {
            // So this profile's was never registered.
            Ok(()) | Err(ServiceError::Foreign { .. }) => {}
            Err(error) => return Err(CommandError::from(error).of(profile.as_str())),
        }
    }
    Ok(())
}
