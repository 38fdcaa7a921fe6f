use std::time::Duration;

use crate::process::Cost;
use crate::spread::Spread;

/// A line of the table.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) runs: usize,
    pub(crate) ours: String,
    pub(crate) theirs: String,
    /// How the two compare.
    pub(crate) relation: String,
    /// Empty: this row is for information.
    pub(crate) target: String,
    pub(crate) met: bool,
}

impl Row {
    /// The time of ours against the time of theirs, as a multiple that is to be
    /// at most `limit`.
    pub(crate) fn times(what: String, ours: &[Cost], theirs: &[Cost], limit: Option<f64>) -> Self {
        let (ours, theirs, runs) = (Spread::elapsed(ours), Spread::elapsed(theirs), ours.len());
        let ratio = ours.median.as_secs_f64() / theirs.median.as_secs_f64();
        Self {
            what,
            runs,
            ours: ours.to_string(),
            theirs: theirs.to_string(),
            relation: format!("{ratio:.2} x"),
            target: limit.map_or_else(String::new, |limit| format!("at most {limit} x")),
            met: limit.is_none_or(|limit| ratio <= limit),
        }
    }

    /// What this machine lacks something for.
    pub(crate) fn skipped(what: &str, reason: &str) -> Self {
        Self {
            what: what.to_owned(),
            runs: 0,
            ours: format!("skipped: {reason}"),
            theirs: String::new(),
            relation: String::new(),
            target: String::new(),
            met: false,
        }
    }

    /// The most memory that any of the runs took.
    pub(crate) fn memory(what: String, ours: &[Cost], theirs: &[Cost], limit: Option<f64>) -> Self {
        let most = |costs: &[Cost]| costs.iter().map(|cost| cost.peak_memory).max();
        let peak = most(ours).map(megabytes).unwrap_or_default();
        Self {
            what,
            runs: ours.len(),
            ours: format!("{peak:.1} MB"),
            theirs: most(theirs)
                .map_or_else(String::new, |bytes| format!("{:.1} MB", megabytes(bytes))),
            relation: String::new(),
            target: limit.map_or_else(String::new, |limit| format!("under {limit} MB")),
            met: limit.is_none_or(|limit| peak < limit),
        }
    }

    /// Our own time for each profile that `many` have more than `few`, which leaves out
    /// what the start of a process takes.
    pub(crate) fn further(
        what: String,
        few: (u32, &[Cost]),
        many: (u32, &[Cost]),
        limit: Duration,
    ) -> Self {
        let median = |runs: &[Cost]| Spread::of(runs.iter().map(|cost| cost.busy)).median;
        let each = median(many.1).saturating_sub(median(few.1)) / (many.0 - few.0).max(1);
        Self {
            what,
            runs: few.1.len() + many.1.len(),
            ours: String::new(),
            theirs: String::new(),
            relation: format!("{} us each", each.as_micros()),
            target: format!("under {} us each", limit.as_micros()),
            met: each < limit,
        }
    }

    /// Our share and the supervisor's share of the same runs; ours is to be less than
    /// `limit` for each of `profiles`.
    pub(crate) fn shares(
        what: String,
        runs: &[Cost],
        profiles: u32,
        limit: Option<Duration>,
    ) -> Self {
        let ours = Spread::of(runs.iter().map(|cost| cost.busy));
        let theirs = Spread::of(
            runs.iter()
                .map(|cost| cost.elapsed.saturating_sub(cost.busy)),
        );
        let each = ours.median / profiles;
        Self {
            what,
            runs: runs.len(),
            ours: ours.to_string(),
            theirs: theirs.to_string(),
            relation: format!("{} us each", each.as_micros()),
            target: limit.map_or_else(String::new, |limit| {
                format!("under {} us each", limit.as_micros())
            }),
            met: limit.is_none_or(|limit| each < limit),
        }
    }
}

/// As in the targets: of a million bytes.
#[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
