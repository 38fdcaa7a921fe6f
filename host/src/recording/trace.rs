use std::collections::BTreeMap;
use std::time::Instant;

use super::Track;
use crate::effect::{ConnectionId, DirectoryId, Effect, Outcome, Perform, Reply, place};

/// The outermost layer: writes down each effect, what came of it and how long it
/// took.
pub struct Trace<P> {
    track: Track,
    number: u64,
    places: BTreeMap<DirectoryId, String>,
    sockets: BTreeMap<ConnectionId, String>,
    below: P,
}

impl<P: Perform> Trace<P> {
    pub fn new(track: Track, below: P) -> Self {
        Self {
            track,
            number: 0,
            places: BTreeMap::new(),
            sockets: BTreeMap::new(),
            below,
        }
    }

    fn write(&mut self, effect: &Effect, outcome: &Outcome, started: Instant) {
        self.number += 1;
        if let Ok(Reply::Directory(id)) = outcome {
            self.places.insert(*id, opened(&self.places, effect));
        }
        if let (Effect::Connect { label, .. }, Ok(Reply::Connection(id))) = (effect, outcome) {
            self.sockets.insert(*id, place::shown(label));
        }
        let at = match effect {
            Effect::Path { directory, .. } => self.places.get(directory),
            Effect::Send { connection, .. }
            | Effect::ReceiveFrom { connection, .. }
            | Effect::CloseConnection { connection } => self.sockets.get(connection),
            _ => None,
        };
        self.track.effect(
            self.number,
            at.map(String::as_str),
            effect,
            outcome,
            started.elapsed(),
        );
        match effect {
            Effect::CloseDirectory { directory } => drop(self.places.remove(directory)),
            Effect::CloseConnection { connection } => drop(self.sockets.remove(connection)),
            _ => {}
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
        if !self.track.is_written() {
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
