use std::time::Duration;

use jiff::Timestamp;

/// A moment as the contract gives it, nanoseconds since the epoch, in RFC 3339.
pub(super) fn rfc3339(nanoseconds: u64) -> Option<String> {
    let moment = Timestamp::from_nanosecond(i128::from(nanoseconds)).ok()?;
    Some(format!("{moment:.3}"))
}

/// How long ago that was.
pub(super) fn age(nanoseconds: u64) -> Duration {
    let now = u64::try_from(Timestamp::now().as_nanosecond()).unwrap_or(0);
    Duration::from_nanos(now.saturating_sub(nanoseconds))
}

/// Coarse, for a table: its two largest units.
pub(super) fn coarse(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h {}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// Fine, for what has just been waited for.
pub(super) fn fine(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_long_as_a_person_wants_to_read() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m 0s"),
            (3_599, "59m 59s"),
            (7_980, "2h 13m"),
            (90_000, "1d 1h"),
        ] {
            assert_eq!(coarse(Duration::from_secs(seconds)), text);
        }
        assert_eq!(fine(Duration::from_millis(2_140)), "2.1 s");
    }

    #[test]
    fn moments_are_rfc_3339() {
        assert_eq!(
            rfc3339(1_500_000_000).as_deref(),
            Some("1970-01-01T00:00:01.500Z")
        );
    }
}
