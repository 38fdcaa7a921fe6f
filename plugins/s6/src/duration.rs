//! The contract's durations are nanoseconds.

use hermes_backend_sdk::types::Duration;

pub(crate) const MILLISECOND: Duration = 1_000_000;
pub(crate) const SECOND: Duration = 1_000 * MILLISECOND;

/// As a person reads it: `300 ms`, `1.5 s`, `35 s`.
pub(crate) fn words(duration: Duration) -> String {
    let tenths = duration / (100 * MILLISECOND);
    match (duration / SECOND, tenths % 10) {
        (0, _) => format!("{} ms", duration / MILLISECOND),
        (seconds, 0) => format!("{seconds} s"),
        (seconds, tenths) => format!("{seconds}.{tenths} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_said_in_few_digits() {
        for (milliseconds, expected) in [
            (0, "0 ms"),
            (300, "300 ms"),
            (1_000, "1 s"),
            (1_550, "1.5 s"),
            (35_000, "35 s"),
        ] {
            assert_eq!(words(milliseconds * MILLISECOND), expected);
        }
    }
}
