use serde::Serialize;

use super::super::context::{Context, Services};
use super::super::gateway::log_hint;
use super::super::report::{Exit, Report};
use super::super::{CommandError, Result};
use crate::backend::{Action, Backend, RunState, ServiceError};
use crate::gateway::intent::Desired;
use crate::gateway::operation::still_there;
use crate::gateway::operation_lock::OperationLock;
use crate::gateway::verb::Verb;
use crate::profile::{Profile, ProfileName};
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
    let renaming = home.rename_profile(&from, &to, "profile rename")?;
    let services = context.services(&home)?;
    let mut backend = context.backend()?;
    let surveyed = Surveyed::new(home.profile(&from)?);
    let initially = match surveyed.decision.desired {
        Desired::Running => RunState::Up,
        Desired::Stopped => RunState::Down,
    };
    let _lock =
        OperationLock::acquire(surveyed.profile.dir(), "profile rename").map_err(|error| {
            CommandError::new(Exit::Failed, error.to_string())
                .hint(error.hint())
                .of(from.as_str())
        })?;
    super::check_foreground(&mut backend, &surveyed.profile)?;
    super::unregister(&mut backend, &services, &from)?;
    let moved = renaming
        .commit()
        .map_err(CommandError::from)
        .and_then(|profile| {
            let registered = register(context, &mut backend, &services, &to, initially);
            if registered.is_err() {
                renaming.roll_back()?;
            }
            registered.map(|start| (profile, start))
        });
    let (profile, start): (Profile, Option<_>) = match moved {
        Ok(moved) => moved,
        Err(error) => {
            // Back to what was; the first failure is the one to report.
            let _ = register(context, &mut backend, &services, &from, initially);
            return Err(error);
        }
    };
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
        Some(Err(error)) => Err(not_started(context, &backend, &to, error)),
        Some(Ok(())) | None => Ok(Exit::Done),
    }
}

/// As `gateway start` says it.
fn not_started(
    context: &Context,
    backend: &Backend,
    name: &ProfileName,
    error: ServiceError,
) -> CommandError {
    let name = name.as_str();
    let hint = matches!(
        error,
        ServiceError::TimedOut(_) | ServiceError::Exited { .. } | ServiceError::Killed { .. }
    )
    .then(|| log_hint(context, backend.scope(), name));
    CommandError::from(error).hint(hint).of(name)
}

/// What came of a start; `None`: there was none.
type Start = Option<std::result::Result<(), ServiceError>>;

/// Registers the gateway and waits for it where it is to run. One that does not
/// come up is not a reason to take the name back.
fn register(
    context: &Context,
    backend: &mut Backend,
    services: &Services,
    name: &ProfileName,
    initially: RunState,
) -> Result<Start> {
    super::register(backend, services, name, initially)?;
    if initially == RunState::Down || !backend.supervises() {
        return Ok(None);
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
