use std::collections::BTreeMap;
use std::io::Write;
use std::time::Instant;

use serde::Serialize;

use super::{DirectoryId, Effect, Outcome, Perform, Reply, place};

/// Writes one JSON line per effect: what was asked, what came of it and how
/// long it took.
pub struct Trace<P> {
    backend: String,
    number: u64,
    places: BTreeMap<DirectoryId, String>,
    /// `None` once writing has failed: a trace must not stop a gateway.
    sink: Option<Box<dyn Write>>,
    below: P,
}

/// One line of a trace.
#[derive(Serialize)]
struct Line<'a> {
    number: u64,
    backend: &'a str,
    /// The directory of a path effect: the label of its grant and the way there.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    #[serde(flatten)]
    effect: &'a Effect,
    outcome: &'a Outcome,
    duration_ns: u64,
}

impl<P: Perform> Trace<P> {
    pub fn new(backend: String, sink: Box<dyn Write>, below: P) -> Self {
        Self {
            backend,
            number: 0,
            places: BTreeMap::new(),
            sink: Some(sink),
            below,
        }
    }

    fn write(&mut self, effect: &Effect, outcome: &Outcome, started: Instant) {
        self.number += 1;
        if let Ok(Reply::Directory(id)) = outcome {
            self.places.insert(*id, opened(&self.places, effect));
        }
        if let Effect::CloseDirectory { directory } = effect {
            self.places.remove(directory);
        }
        let line = Line {
            number: self.number,
            backend: &self.backend,
            at: match effect {
                Effect::Path { directory, .. } => self.places.get(directory).map(String::as_str),
                _ => None,
            },
            effect,
            outcome,
            duration_ns: u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX),
        };
        let Some(sink) = &mut self.sink else { return };
        let written = serde_json::to_vec(&line)
            .map_err(std::io::Error::from)
            .and_then(|mut line| {
                line.push(b'\n');
                sink.write_all(&line)
            });
        if written.is_err() {
            self.sink = None;
        }
    }
}

fn opened(places: &BTreeMap<DirectoryId, String>, effect: &Effect) -> String {
    match effect {
        Effect::Path {
            directory, path, ..
        } => match places.get(directory) {
            Some(place) => place::below(place, path),
            None => place::shown(path),
        },
        Effect::Open { label } => place::shown(label),
        _ => String::new(),
    }
}

impl<P: Perform> Perform for Trace<P> {
    fn perform(&mut self, effect: &Effect) -> Outcome {
        if self.sink.is_none() {
            return self.below.perform(effect);
        }
        let started = Instant::now();
        let outcome = self.below.perform(effect);
        self.write(effect, &outcome, started);
        outcome
    }
}

#[cfg(test)]
mod tests;
