use std::time::{Duration, Instant};

/// Long enough for a loaded machine: only a failing test waits it out.
const DEADLINE: Duration = Duration::from_secs(30);

/// Waits until `condition` holds; panics with `what` if it does not within 30 s.
#[track_caller]
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    assert!(
        holds_within(DEADLINE, &mut condition),
        "still not so after {DEADLINE:?}: {what}"
    );
}

/// Whether `condition` came true in time.
pub(crate) fn holds_within(deadline: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + deadline;
    let mut pause = Duration::from_millis(1);
    while !condition() {
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
    true
}
