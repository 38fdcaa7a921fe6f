use serde::{Deserialize, Serialize};

use crate::process::Cost;
use crate::row::Row;

/// Megabytes that a single verb has to stay below.
const MEMORY: f64 = 12.0;

/// Runs of ours, and the same number of theirs.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Pairs {
    pub(crate) ours: Vec<Cost>,
    pub(crate) theirs: Vec<Cost>,
}

impl Pairs {
    pub(crate) fn times(&self, what: &str, limit: Option<f64>) -> Row {
        Row::times(what.to_owned(), &self.ours, &self.theirs, limit)
    }

    pub(crate) fn memory(&self, what: &str) -> Row {
        Row::memory(what.to_owned(), &self.ours, &self.theirs, Some(MEMORY))
    }
}
