use serde::Serialize;

use super::super::context::{Context, Services};
use super::super::gateway::log_hint;
use super::super::lease;
use super::super::report::{Exit, Report};
use super::super::{CommandError, Result};
use crate::backend::{Action, Backend, RunState, ServiceError};
use crate::gateway::intent::Desired;
use crate::gateway::operation::still_there;
use crate::gateway::operation_lock::OperationLock;
use crate::gateway::verb::Verb;
use crate::profile::ProfileName;
use crate::reconcile::survey::Surveyed;
use crate::rehearsal::Plan;
use crate::text::sanitise;

/// The fields of `--dry-run --json`. They are only ever added to.
#[derive(Serialize)]
struct Planned<'a> {
    profile: &'a str,
    new_name: &'a str,
    path: String,
    dry_run: bool,
    plan: Plan,
}

pub(super) fn run(
    context: &Context,
    from: &str,
    to: &str,
    json: bool,
    report: &mut Report,
) -> Result {
    let from: ProfileName = from.parse()?;
    let to: ProfileName = to.parse()?;
    if from == to {
        return Err(
            CommandError::new(Exit::Usage, format!("{from}: is its name already"))
                .hint("choose another name".to_owned()),
        );
    }
    let home = context.home()?;
    // A gateway that another container runs would lose its files.
    if let Ok(profile) = home.profile(&from)
        && Surveyed::new(profile).decision.desired == Desired::Running
    {
        lease::check(&home)?;
    }
    let renaming = home.rename_profile(&from, &to, "profile rename")?;
    let services = context.services(&home)?;
    let backend = context.backend()?;
    services.check_executable(backend)?;
    let surveyed = Surveyed::new(home.profile(&from)?);
    let initially = match surveyed.decision.desired {
        Desired::Running => RunState::Up,
        Desired::Stopped => RunState::Down,
    };
    let _lock = OperationLock::acquire(surveyed.profile.dir(), "profile rename")
        .map_err(|error| CommandError::from(error).of(from.as_str()))?;
    super::check_foreground(backend, &surveyed.profile)?;
    // Before the gateway is stopped for it.
    check_free(backend, &to)?;
    let place = super::check_place(backend, &home);
    let uninstalled = initially == RunState::Down && is_uninstalled(backend, &from);
    let register = |backend: &mut Backend, name: &ProfileName| match &place {
        Ok(()) if !uninstalled => super::register(backend, &services, name, initially),
        Ok(()) | Err(_) => Ok(None),
    };
    let restore = |backend: &mut Backend, error: CommandError| {
        let is_lost = register(backend, &from).is_err() && has_no_registration(backend, &from);
        // The first failure is the one to report.
        error.hint(is_lost.then(|| super::is_unregistered(&from)))
    };
    if let Err(error) = super::unregister(backend, &services, &from) {
        // Beside what a dead supervisor has left behind none is started.
        super::check_left_behind(backend, &from).map_err(|_| error.clone())?;
        let error = restore(backend, error);
        // It may be stopped, and have kept what it is registered with.
        if initially == RunState::Up {
            let _ = start(context, backend, &services, &from);
        }
        return Err(error);
    }
    let profile = match renaming.commit() {
        Ok(profile) => profile,
        Err(error) => return Err(restore(backend, error.into())),
    };
    if let Err(error) = register(backend, &to) {
        // A gateway that has begun under the new name must not lose its files.
        if super::unregister(backend, &services, &to).is_err() {
            return Err(error.hint(stays(&from, &to)));
        }
        renaming.roll_back()?;
        return Err(restore(backend, error));
    }
    // One that does not come up is not a reason to take the name back.
    let start = match (initially, &place) {
        (RunState::Down, _) | (_, Err(_)) => None,
        (RunState::Up, Ok(())) => start(context, backend, &services, &to)
            .map_err(|error| error.of(to.as_str()).hint(stays(&from, &to)))?,
    };
    if let Err(refused) = &place {
        super::tell_unregistered(&to, refused, report);
    }
    let path = sanitise(&profile.path().to_string_lossy()).into_owned();
    if let Some(plan) = context.plan().filter(|_| json) {
        report.json(&Planned {
            profile: from.as_str(),
            new_name: to.as_str(),
            path,
            dry_run: true,
            plan,
        });
        return Ok(Exit::Done);
    }
    let state = match (&start, context.is_dry_run()) {
        (None | Some(Err(_)), _) => "",
        (Some(Ok(())), false) => ", running",
        (Some(Ok(())), true) => ", and run",
    };
    let would = context.would();
    report.line(&format!("{from}: {would}renamed to {to}, at {path}{state}"));
    match start {
        Some(Err(error)) => Err(not_started(context, backend, &to, error)),
        Some(Ok(())) | None => Ok(Exit::Done),
    }
}

/// What was uninstalled does not come back with another name.
fn is_uninstalled(backend: &mut Backend, name: &ProfileName) -> bool {
    backend.scope().is_some() && has_no_registration(backend, name)
}

fn has_no_registration(backend: &mut Backend, name: &ProfileName) -> bool {
    let status = backend.status(&[name.service()]).ok();
    status.and_then(|mut answers| answers.pop()) == Some(Err(ServiceError::NotRegistered))
}

/// Refuses a name under which somebody else's service is registered.
fn check_free(backend: &mut Backend, name: &ProfileName) -> Result<()> {
    match backend.status(&[name.service()])?.pop() {
        Some(Err(error @ (ServiceError::Foreign { .. } | ServiceError::Elsewhere(_)))) => {
            Err(CommandError::from(error).of(name.as_str()))
        }
        _ => Ok(()),
    }
}

/// What to do where the new name stays in spite of a failure.
fn stays(from: &ProfileName, to: &ProfileName) -> String {
    format!("{from} is named {to} now; see to its gateway: hermes-host reconcile")
}

/// As `gateway start` says it.
fn not_started(
    context: &Context,
    backend: &Backend,
    name: &ProfileName,
    error: ServiceError,
) -> CommandError {
    let name = name.as_str();
    let hint = (error.is_end() || matches!(error, ServiceError::TimedOut(_)))
        .then(|| log_hint(context, backend.scope(), name));
    CommandError::from(error).hint(hint).of(name)
}

/// Waits for the gateway where it is to run, and says what came of it.
fn start(
    context: &Context,
    backend: &mut Backend,
    services: &Services,
    name: &ProfileName,
) -> Result<Start> {
    if !backend.supervises() {
        return Ok(None);
    }
    // Where registering is to start it, that would be seen, but for a dry run.
    if context.is_dry_run() && backend.scope().is_some() {
        return Ok(Some(Ok(())));
    }
    let service = [name.service()];
    let patience = Verb::Start.patience(&services.specification());
    let mut answers = backend.control(&Action::Start, &service, Some(patience))?;
    let status = backend
        .status(&service)?
        .pop()
        .and_then(std::result::Result::ok);
    Ok(answers.pop().map(|answer| match context.is_dry_run() {
        true => answer,
        false => answer.and_then(|()| still_there(Verb::Start, status.as_ref())),
    }))
}

/// What came of a start; `None`: there was none.
type Start = Option<std::result::Result<(), ServiceError>>;
