use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::Duration;

use crate::manager::AT_ONCE;

/// How many units are told at a time. A hundred that set up their sandboxes all at once get
/// into each other's way in the kernel: a few at a time all are up sooner.
pub(crate) struct Pacing {
    /// `None`: all of them at once.
    until: Option<Duration>,
}

/// So many are told to start, while as many are at it yet.
const FEW: usize = 8;

/// The next ones do not wait for longer: some take their time until they are ready.
const TURN: Duration = 100_000_000;

/// And so long in all.
const PATIENCE: Duration = 2_000_000_000;

impl Pacing {
    /// `starts`: these are waited for until they are up, or it is `until`.
    pub(crate) fn new(starts: bool, until: Duration) -> Self {
        let now = clock::monotonic();
        let patience = patience(until.saturating_sub(now));
        Self {
            until: starts.then(|| now.saturating_add(patience)),
        }
    }

    pub(crate) fn size(&self) -> usize {
        match self.until {
            Some(_) => FEW,
            None => AT_ONCE,
        }
    }

    /// Until when those that were told have their turn; `None`: no longer.
    pub(crate) fn turn(&self) -> Option<Duration> {
        let (now, until) = (clock::monotonic(), self.until?);
        (now < until).then_some(now.saturating_add(TURN).min(until))
    }
}

/// The last ones that are told have most of the time yet.
fn patience(time: Duration) -> Duration {
    (time / 4).min(PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_of_the_time_is_left_to_the_last_ones() {
        const SECOND: Duration = 1_000_000_000;
        for (time, expected) in [
            (0, 0),
            (SECOND, SECOND / 4),
            (8 * SECOND, 2 * SECOND),
            (Duration::MAX, 2 * SECOND),
        ] {
            assert_eq!(patience(time), expected, "{time}");
        }
    }
}
