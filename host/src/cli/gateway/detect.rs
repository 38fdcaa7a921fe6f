use serde::Serialize;

use super::super::Result;
use super::super::arguments::JsonArguments;
use super::super::context::Context;
use super::super::report::{Exit, Report};
use super::super::table::Table;
use crate::backend::detections;

/// One backend: the fields of `--json`. They are only ever added to.
#[derive(Serialize)]
struct Candidate {
    backend: &'static str,
    detected: bool,
    /// 0 to 100.
    confidence: Option<u8>,
    evidence: Option<String>,
    /// Whether the other commands use it, where none is named.
    chosen: bool,
}

pub(super) fn run(context: &Context, arguments: &JsonArguments, report: &mut Report) -> Result {
    let home = context.home_path().root();
    let found = detections(home, &context.variables(), |backend| {
        context.layers(backend)
    })?;
    let best = found
        .iter()
        .filter_map(|(_, detection)| Some(detection.as_ref()?.confidence))
        .max();
    // The other commands refuse to go on without the supervisor that was named.
    let refused = context.no_svscan().filter(|_| best == Some(0));
    let mut chosen = refused.is_some();
    let detected: Vec<Candidate> = found
        .into_iter()
        .map(|(backend, detection)| {
            let confidence = detection.as_ref().map(|detection| detection.confidence);
            let is_best = !chosen && confidence.is_some() && confidence == best;
            chosen |= is_best;
            Candidate {
                backend,
                detected: detection.is_some(),
                confidence,
                evidence: detection.map(|detection| detection.evidence),
                chosen: is_best,
            }
        })
        .collect();
    if arguments.json {
        report.json(&detected);
        return refused.map_or(Ok(Exit::Done), Err);
    }
    let mut table = Table::new(&["BACKEND", "CONFIDENCE", "USED", "EVIDENCE"]);
    for one in detected {
        let confidence = one.confidence.map(|confidence| confidence.to_string());
        table.row(vec![
            one.backend.to_owned(),
            confidence.unwrap_or_else(|| "-".to_owned()),
            if one.chosen { "yes" } else { "-" }.to_owned(),
            one.evidence
                .unwrap_or_else(|| "its supervisor is not in charge here".to_owned()),
        ]);
    }
    for line in table.lines() {
        report.line(&line);
    }
    refused.map_or(Ok(Exit::Done), Err)
}
