use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::Result;
use super::arguments::ReconcileArguments;
use super::context::Context;
use super::gateway::check_lasts;
use super::report::{Exit, Report};
use crate::reconcile::boot_log::Action;
use crate::reconcile::legacy_command::is_opt_out;
use crate::reconcile::pass::{Decided, Pass, PassReport, Problem};
use crate::rehearsal::Plan;

pub(super) fn run(
    context: &Context,
    arguments: &ReconcileArguments,
    report: &mut Report,
) -> Result {
    context.refuse_profile("reconcile is about all profiles", "leave --profile out")?;
    let home = context.home()?;
    let services = context.services(&home)?;
    let backend = context.backend()?;
    let manager = backend.manager();
    services.check_executable(backend)?;
    if backend.scope().is_some() {
        check_lasts(&home)?;
    }
    let done = Pass {
        home: &home,
        specification: &services.specification(),
        backend,
        opted_out: is_opt_out(&context.environment.no_supervise),
        proc: Path::new("/proc"),
        now: Timestamp::now(),
    }
    .run()?;
    match arguments.json {
        true => report.json(&Json::new(&done, context.plan(), &manager)),
        false => show(&done, context.would(), backend.supervises(), report),
    }
    for problem in &done.problems {
        report.note(&format!("error: {}", words(problem)));
        if let Some(hint) = &problem.hint {
            report.hint(hint);
        }
    }
    Ok(match done.problems.is_empty() {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

fn words(problem: &Problem) -> String {
    let name = crate::text::excerpt(&problem.profile, 80);
    match problem.what.starts_with(&format!("{name}: ")) {
        true => problem.what.clone(),
        false => format!("{name}: {}", problem.what),
    }
}

fn show(done: &PassReport, would: &str, supervised: bool, report: &mut Report) {
    if done.dashboard {
        report.line("reconcile: skipped, this container only serves the dashboard");
        return;
    }
    for decided in &done.decided {
        let was = match decided.prior_state.as_deref() {
            Some(state) => format!("was {}", crate::text::excerpt(state, 64)),
            None if decided.unreadable => "what it was cannot be read".to_owned(),
            None => "was never started".to_owned(),
        };
        let done = match decided.already {
            true => "already ",
            false => would,
        };
        let what = match decided.action {
            Action::Started if decided.updated => {
                format!("already started, {would}updated from its next restart on")
            }
            Action::Started => format!("{done}started"),
            Action::Registered => format!("{done}registered (down)"),
            Action::None if supervised => "not installed".to_owned(),
            Action::None => "not registered, no supervisor runs here".to_owned(),
        };
        let mut line = format!("{}: {what}, {was}", decided.profile);
        let stale = decided.stale.iter();
        line.extend(stale.map(|file| format!(", stale {file} {would}removed")));
        report.line(&line);
    }
    for service in &done.removed {
        report.line(&format!(
            "{service}: {would}unregistered, it has no profile"
        ));
    }
}

/// The fields of `--json`. They are only ever added to.
#[derive(Serialize)]
struct Json<'a> {
    manager: &'a str,
    dry_run: bool,
    /// Skipped: this container only serves the dashboard.
    dashboard: bool,
    profiles: Vec<JsonProfile<'a>>,
    /// Services that had no profile any more.
    removed: &'a [String],
    problems: Vec<JsonProblem<'a>>,
    /// Of a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Plan>,
}

#[derive(Serialize)]
struct JsonProfile<'a> {
    profile: &'a str,
    /// `started`, `registered`, or `none`: without a supervisor, and of what is not
    /// installed with systemd and not wanted.
    action: &'a str,
    /// It was so before, and nothing was done.
    already: bool,
    /// It ran before and runs on, and what has changed of it counts from its next
    /// restart on.
    updated: bool,
    prior_state: Option<&'a str>,
    /// `clean`, `unclean` or `unknown`.
    prior_exit: &'a str,
    stale_files: &'a [&'static str],
}

#[derive(Serialize)]
struct JsonProblem<'a> {
    profile: &'a str,
    problem: &'a str,
    hint: Option<&'a str>,
}

impl<'a> Json<'a> {
    fn new(done: &'a PassReport, plan: Option<Plan>, manager: &'a str) -> Self {
        Self {
            manager,
            dry_run: plan.is_some(),
            dashboard: done.dashboard,
            profiles: done.decided.iter().map(JsonProfile::new).collect(),
            removed: &done.removed,
            problems: done
                .problems
                .iter()
                .map(|problem| JsonProblem {
                    profile: &problem.profile,
                    problem: &problem.what,
                    hint: problem.hint.as_deref(),
                })
                .collect(),
            plan,
        }
    }
}

impl<'a> JsonProfile<'a> {
    fn new(decided: &'a Decided) -> Self {
        Self {
            profile: decided.profile.as_str(),
            action: decided.action.as_str(),
            already: decided.already,
            updated: decided.updated,
            prior_state: decided.prior_state.as_deref(),
            prior_exit: decided.prior_exit.as_str(),
            stale_files: &decided.stale,
        }
    }
}
