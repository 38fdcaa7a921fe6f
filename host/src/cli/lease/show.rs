use std::path::Path;

use serde::Serialize;

use super::super::Result;
use super::super::arguments::JsonArguments;
use super::super::context::Context;
use super::super::report::{Exit, Report};
use super::PROC;
use crate::lease::{FILE, Sighting, Standing};
use crate::text::{excerpt, sanitise};

/// The fields of `--json`. They are only ever added to.
#[derive(Serialize)]
struct Json {
    path: String,
    /// `live`, `stale`, or `none`.
    state: &'static str,
    ours: bool,
    host: Option<String>,
    pid: Option<u32>,
    since: Option<String>,
    /// Why the file cannot be read.
    problem: Option<String>,
}

pub(super) fn run(context: &Context, arguments: &JsonArguments, report: &mut Report) -> Result {
    let home = context.home()?;
    let sighting = Sighting::of(home.dir(), Path::new(PROC))?;
    match arguments.json {
        true => report.json(&Json::new(&home.path().join(FILE), sighting.as_ref())),
        false => report.line(&match &sighting {
            Some(sighting) if !is_free(sighting) => super::words(sighting),
            Some(_) | None => "Lease: not held".to_owned(),
        }),
    }
    Ok(match sighting {
        Some(sighting) if sighting.is_in_the_way() => Exit::Failed,
        Some(sighting) if sighting.standing == Standing::Live => Exit::Done,
        Some(_) | None => Exit::NotRunning,
    })
}

/// It was given back.
fn is_free(sighting: &Sighting) -> bool {
    sighting.standing == Standing::Stale && sighting.entry == Ok(None)
}

impl Json {
    fn new(path: &Path, sighting: Option<&Sighting>) -> Self {
        let record = sighting.and_then(Sighting::record);
        Self {
            path: sanitise(&path.to_string_lossy()).into_owned(),
            state: match sighting {
                None => "none",
                Some(sighting) if is_free(sighting) => "none",
                Some(sighting) if sighting.standing == Standing::Live => "live",
                Some(_) => "stale",
            },
            ours: sighting.is_some_and(|sighting| sighting.ours),
            host: record.map(|record| excerpt(&record.host, 64)),
            pid: record.map(|record| record.pid),
            since: record.map(|record| excerpt(&record.since, 40)),
            problem: sighting.and_then(|sighting| sighting.entry.clone().err()),
        }
    }
}
