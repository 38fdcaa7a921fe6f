use std::fmt::{Display, Formatter, Result};
use std::time::Duration;

use crate::process::Cost;

/// The middle of some runs, and what nine out of ten lie between.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: Duration,
    low: Duration,
    high: Duration,
}

impl Spread {
    /// Of at least one.
    pub(crate) fn of(values: impl Iterator<Item = Duration>) -> Self {
        let mut values: Vec<Duration> = values.collect();
        values.sort();
        let percentile = |percent: usize| values[(values.len() - 1) * percent / 100];
        Self {
            median: percentile(50),
            low: percentile(5),
            // Rounded up: with few runs the slowest one counts.
            high: values[((values.len() - 1) * 95).div_ceil(100)],
        }
    }

    pub(crate) fn elapsed(costs: &[Cost]) -> Self {
        Self::of(costs.iter().map(|cost| cost.elapsed))
    }
}

impl Display for Spread {
    fn fmt(&self, out: &mut Formatter) -> Result {
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1e3;
        let digits = if self.median < Duration::from_millis(100) {
            2
        } else {
            0
        };
        write!(
            out,
            "{:.digits$} ms ({:.digits$}..{:.digits$})",
            milliseconds(self.median),
            milliseconds(self.low),
            milliseconds(self.high),
        )
    }
}
