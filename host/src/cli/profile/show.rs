use serde::Serialize;

use super::super::Result;
use super::super::arguments::JsonArguments;
use super::super::context::Context;
use super::super::error::CommandError;
use super::super::report::{Exit, Report};
use super::super::table::Table;
use crate::profile::PortSource;
use crate::reconcile::survey::{Surveyed, survey};

/// The fields of `--json`. They are only ever added to.
#[derive(Serialize)]
struct Facts {
    profile: String,
    path: String,
    port: Option<u16>,
    /// `recorded`, or `env` where the profile's `.env` sets it.
    port_source: Option<&'static str>,
    /// `running` or `stopped`.
    wanted: &'static str,
    /// What is wrong with the profile's files.
    problem: Option<String>,
}

pub(super) fn list(context: &Context, arguments: &JsonArguments, report: &mut Report) -> Result {
    let home = context.home()?;
    let mut facts = Vec::new();
    let mut worst = Exit::Done;
    for (name, surveyed) in survey(&home) {
        match surveyed {
            Ok(surveyed) => facts.push(Facts::of(&surveyed)),
            Err(error) => worst = worst.max(report.fail(&CommandError::from(error).of(&name))),
        }
    }
    if arguments.json {
        report.json(&facts);
        return Ok(worst);
    }
    let mut table = Table::new(&["PROFILE", "PORT", "WANTED", "PATH", "NOTE"]);
    for facts in facts {
        table.row(vec![
            facts.profile,
            facts
                .port
                .map_or_else(|| "-".to_owned(), |port| port.to_string()),
            facts.wanted.to_owned(),
            facts.path,
            facts.problem.unwrap_or_default(),
        ]);
    }
    for line in table.lines() {
        report.line(&line);
    }
    Ok(worst)
}

pub(super) fn one(context: &Context, name: &str, json: bool, report: &mut Report) -> Result {
    let home = context.home()?;
    let facts = Facts::of(&Surveyed::new(home.profile(&name.parse()?)?));
    if json {
        report.json(&facts);
        return Ok(Exit::Done);
    }
    let mut line = |key: &str, value: &str| report.line(&format!("{key:<9}{value}"));
    line("profile", &facts.profile);
    line("path", &facts.path);
    line(
        "port",
        &match (facts.port, facts.port_source) {
            (Some(port), Some("env")) => format!("{port} (from its .env)"),
            (Some(port), _) => port.to_string(),
            (None, _) => "none yet".to_owned(),
        },
    );
    line("wanted", facts.wanted);
    if let Some(problem) = &facts.problem {
        line("problem", problem);
    }
    Ok(Exit::Done)
}

impl Facts {
    fn of(surveyed: &Surveyed) -> Self {
        let profile = &surveyed.profile;
        let (record, bad_port) = match profile.port() {
            Ok(record) => (record, None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self {
            profile: profile.name().to_string(),
            path: crate::text::sanitise(&profile.path().to_string_lossy()).into_owned(),
            port: record.as_ref().map(|record| record.port),
            port_source: record.map(|record| match record.source {
                PortSource::Env => "env",
                PortSource::Recorded => "recorded",
            }),
            wanted: surveyed.wanted(),
            problem: surveyed
                .problem
                .as_ref()
                .map(ToString::to_string)
                .or(bad_port),
        }
    }
}
