use std::collections::BTreeSet;
use std::path::Path;

use super::super::Result;
use super::super::arguments::{JsonArguments, StatusArguments};
use super::super::context::Context;
use super::super::lease;
use super::super::report::{Exit, Report};
use super::super::table::Table;
use super::super::{CommandError, error};
use super::facts::{Facts, HEADER, Known};
use super::orphans::orphans;
use crate::backend::Backend;
use crate::gateway::foreground;
use crate::gateway::unit_processes::UnitProcesses;
use crate::profile::{Home, ProfileError};
use crate::reconcile::survey::{Surveyed, survey};

pub(super) fn run(context: &Context, arguments: &StatusArguments, report: &mut Report) -> Result {
    super::check_all(context, arguments.all)?;
    let home = context.home()?;
    if arguments.all {
        return all(context, &home, arguments.json, report);
    }
    let profile = home.profile(&context.profile()?)?;
    let backend = context.backend()?;
    let known = vec![Known::of(
        Surveyed::new(profile),
        unreached(backend).as_ref(),
    )];
    let (facts, failures) = ask(backend, known)?;
    let Some(one) = facts.first() else {
        return Ok(Exit::Failed);
    };
    match arguments.json {
        true => report.json(one),
        false => show(context, backend, &facts, report),
    }
    Ok(match failures.first() {
        Some(error) => report.fail(error),
        None if one.runs() => Exit::Done,
        None => Exit::NotRunning,
    })
}

/// All gateways, whatever they do.
pub(super) fn list(context: &Context, arguments: &JsonArguments, report: &mut Report) -> Result {
    context.refuse_profile(
        "gateway list is about all profiles",
        "leave --profile out, or ask with gateway status",
    )?;
    let home = context.home()?;
    match all(context, &home, arguments.json, report)? {
        Exit::NotRunning => Ok(Exit::Done),
        exit => Ok(exit),
    }
}

/// Exits with "not running" where a gateway that is wanted does not run.
fn all(context: &Context, home: &Home, json: bool, report: &mut Report) -> Result {
    let backend = context.backend()?;
    let mut known = Vec::new();
    let mut worst = Exit::Done;
    let mut names = BTreeSet::new();
    let unreached = unreached(backend);
    for (name, surveyed) in survey(home) {
        names.insert(name.clone());
        match surveyed {
            Ok(surveyed) => known.push(Known::of(surveyed, unreached.as_ref())),
            Err(error) => worst = worst.max(bad_profile(&name, error, report)),
        }
    }
    let (facts, failures) = ask(backend, known)?;
    for error in orphans(backend, home, &names) {
        worst = worst.max(report.fail(&error));
    }
    if json {
        report.json(&facts);
    } else {
        show(context, backend, &facts, report);
        lease::tell(home, report);
    }
    for error in &failures {
        worst = worst.max(report.fail(error));
    }
    let missing = facts
        .iter()
        .any(|facts| facts.wanted == "running" && !facts.runs());
    Ok(match (worst, missing) {
        (Exit::Done, true) => Exit::NotRunning,
        (worst, _) => worst,
    })
}

fn bad_profile(name: &str, error: ProfileError, report: &mut Report) -> Exit {
    report.fail(&error::CommandError::from(error).of(name))
}

/// Asks the supervisor about all of them at once. The failures are those of whom no answer
/// could be had.
fn ask(backend: &mut Backend, known: Vec<Known>) -> Result<(Vec<Facts>, Vec<CommandError>)> {
    let services: Vec<String> = known
        .iter()
        .map(|known| format!("gateway-{}", known.profile))
        .collect();
    let statuses = backend.status(&services)?;
    let manager = backend.manager();
    let failures = known
        .iter()
        .zip(&statuses)
        .filter_map(|(known, status)| Some((known, status.as_ref().err()?)))
        .filter(|(_, error)| !error.means_absent())
        .map(|(known, error)| CommandError::from(error.clone()).of(&known.profile))
        .collect();
    let facts = known
        .into_iter()
        .zip(&statuses)
        .map(|(known, status)| Facts::new(known, status.as_ref(), &manager))
        .collect();
    Ok((facts, failures))
}

fn show(context: &Context, backend: &Backend, facts: &[Facts], report: &mut Report) {
    let mut table = Table::new(&HEADER);
    for facts in facts {
        table.row(facts.cells(context.colours()));
    }
    for line in table.lines() {
        report.line(&line);
    }
    report.line(&manager_line(backend));
    if let Some(scope) = backend.scope() {
        super::linger::report(context, scope, report);
    }
}

fn unreached(backend: &Backend) -> Option<UnitProcesses> {
    (!backend.supervises()).then(|| UnitProcesses::new(Path::new("/proc")))
}

/// What supervises, and where: the one line that differs between init systems.
fn manager_line(backend: &Backend) -> String {
    let name = backend.manager();
    match backend.place() {
        place if place.is_empty() => format!("Manager: {name}"),
        place => format!("Manager: {name}, {place}"),
    }
}

impl Known {
    /// `unreached`: where no supervisor is asked as well, what one may run all the same.
    fn of(surveyed: Surveyed, unreached: Option<&UnitProcesses>) -> Self {
        let profile = &surveyed.profile;
        let (port, bad_port) = match profile.port() {
            Ok(record) => (record.map(|record| record.port), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self {
            profile: profile.name().to_string(),
            wanted: surveyed.wanted(),
            port,
            foreground: foreground::find(profile.dir(), Path::new("/proc"))
                .or_else(|| unreached?.find(profile)),
            supervised: unreached.is_none(),
            problem: surveyed
                .problem
                .map(|problem| problem.to_string())
                .or(bad_port),
        }
    }
}
