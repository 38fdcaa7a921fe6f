use std::io::{self, Write};

use serde::Serialize;

use super::super::context::Context;
use super::super::report::{Exit, Report};
use super::super::{CommandError, Result};
use crate::gateway::operation_lock::OperationLock;
use crate::profile::{Profile, ProfileError, ProfileName};
use crate::rehearsal::Plan;

/// The fields of `--dry-run --json`. They are only ever added to.
#[derive(Serialize)]
struct Planned<'a> {
    profile: &'a str,
    dry_run: bool,
    plan: Plan,
}

pub(super) fn run(
    context: &Context,
    name: &str,
    yes: bool,
    json: bool,
    report: &mut Report,
) -> Result {
    let name: ProfileName = name.parse()?;
    if name.is_default() {
        return Err(ProfileError::DefaultStays { verb: "deleted" }.into());
    }
    let home = context.home()?;
    let profile = home.profile(&name)?;
    if !yes && !context.is_dry_run() && !confirm(context, &profile)? {
        report.note(&format!("{name}: kept"));
        return Ok(Exit::Failed);
    }
    let services = context.services(&home)?;
    let backend = context.backend()?;
    // Nothing registers it anew meanwhile, as a reconcile would.
    let deletion = home.delete_profile(&name, "profile delete")?;
    let profile = deletion.profile();
    let _lock = OperationLock::acquire(profile.dir(), "profile delete")
        .map_err(|error| CommandError::from(error).of(name.as_str()))?;
    super::check_foreground(backend, profile)?;
    // A gateway must not outlive its files.
    super::unregister(backend, &services, &name)?;
    deletion.commit().map_err(|error| match error {
        ProfileError::Leftover { .. } => CommandError::from(error),
        error => CommandError::from(error).hint(super::is_unregistered(&name)),
    })?;
    match context.plan().filter(|_| json) {
        Some(plan) => report.json(&Planned {
            profile: name.as_str(),
            dry_run: true,
            plan,
        }),
        None => report.line(&format!("{name}: {}deleted", context.would())),
    }
    Ok(Exit::Done)
}

/// Asks on a terminal; elsewhere only `--yes` will do.
fn confirm(context: &Context, profile: &Profile) -> Result<bool> {
    let name = profile.name();
    let environment = &context.environment;
    if !environment.stdin_is_terminal || !environment.stderr_is_terminal {
        return Err(CommandError::new(
            Exit::Usage,
            format!("{name}: not deleted, nobody can be asked here"),
        )
        .hint(format!("hermes-host profile delete {name} --yes")));
    }
    let _ = write!(
        io::stderr(),
        "delete {name} with everything in {}? [y/N] ",
        profile.path().display()
    );
    let mut answer = String::new();
    let _ = io::stdin().read_line(&mut answer);
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
