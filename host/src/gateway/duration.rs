//! Lengths of time as an operator writes them: `500ms`, `30s`, `2m`, `1h`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use thiserror::Error;

/// Units with their milliseconds, the longest first.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A whole number of one unit. It never exceeds what the contract with a
/// backend can carry: nanoseconds in 64 bits, about 584 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HumanDuration {
    milliseconds: u64,
}

/// Why a text is no [`HumanDuration`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DurationError {
    #[error("is not a duration; write a whole number and a unit: 500ms, 30s, 2m, 1h")]
    Malformed,
    #[error("is too long for a duration")]
    TooLong,
}

impl HumanDuration {
    /// The longest, in milliseconds.
    const MAX: u64 = u64::MAX / 1_000_000;

    pub const fn from_secs(seconds: u32) -> Self {
        Self {
            milliseconds: seconds as u64 * 1_000,
        }
    }

    pub const fn from_millis(milliseconds: u32) -> Self {
        Self {
            milliseconds: milliseconds as u64,
        }
    }

    pub const fn get(self) -> Duration {
        Duration::from_millis(self.milliseconds)
    }
}

impl From<HumanDuration> for Duration {
    fn from(duration: HumanDuration) -> Self {
        duration.get()
    }
}

impl FromStr for HumanDuration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let (_, scale) = UNITS
            .into_iter()
            .find(|(name, _)| *name == unit)
            .ok_or(DurationError::Malformed)?;
        if number.is_empty() {
            return Err(DurationError::Malformed);
        }
        // Only digits are left: what fails to parse is too large.
        number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(scale))
            .filter(|milliseconds| *milliseconds <= Self::MAX)
            .map(|milliseconds| Self { milliseconds })
            .ok_or(DurationError::TooLong)
    }
}

impl fmt::Display for HumanDuration {
    /// In the longest unit that is exact, so that it parses back to the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, scale) = UNITS
            .into_iter()
            .find(|(_, scale)| {
                self.milliseconds >= *scale && self.milliseconds.is_multiple_of(*scale)
            })
            .unwrap_or(("s", 1_000));
        write!(f, "{}{unit}", self.milliseconds / scale)
    }
}

impl<'de> Deserialize<'de> for HumanDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = HumanDuration;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as \"500ms\", \"30s\", \"2m\" or \"1h\"")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<HumanDuration, E> {
                text.parse()
                    .map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_each_unit() {
        for (text, expected) in [
            ("500ms", Duration::from_millis(500)),
            ("2s", Duration::from_secs(2)),
            ("1m", Duration::from_mins(1)),
            ("2h", Duration::from_hours(2)),
            ("0s", Duration::ZERO),
            ("007s", Duration::from_secs(7)),
        ] {
            assert_eq!(
                text.parse::<HumanDuration>().unwrap().get(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "", "s", "30", "1.5s", "-1s", "+1s", " 1s", "1s ", "1 s", "1S", "1d", "1m30s", "٣s",
            "1µs",
        ] {
            assert_eq!(
                text.parse::<HumanDuration>(),
                Err(DurationError::Malformed),
                "{text:?}"
            );
        }
    }

    #[test]
    fn never_exceeds_what_the_contract_carries() {
        for text in [
            "99999999999999999999999ms",
            "18446744073709551615h",
            "18446744073710ms",
        ] {
            assert_eq!(
                text.parse::<HumanDuration>(),
                Err(DurationError::TooLong),
                "{text}"
            );
        }
        let longest = "18446744073709ms".parse::<HumanDuration>().unwrap();
        assert!(u64::try_from(longest.get().as_nanos()).is_ok());
    }

    #[test]
    fn shows_the_longest_exact_unit() {
        for (text, shown) in [
            ("90s", "90s"),
            ("60s", "1m"),
            ("120m", "2h"),
            ("1500ms", "1500ms"),
            ("0ms", "0s"),
        ] {
            assert_eq!(text.parse::<HumanDuration>().unwrap().to_string(), shown);
        }
    }

    proptest! {
        #[test]
        fn shows_what_it_reads_back(milliseconds in 0..=HumanDuration::MAX) {
            let duration = HumanDuration { milliseconds };
            prop_assert_eq!(duration.to_string().parse(), Ok(duration));
        }

        #[test]
        fn never_panics(text in "\\PC{0,30}|[0-9]{0,25}[smh]{0,3}") {
            if let Ok(duration) = text.parse::<HumanDuration>() {
                prop_assert!(duration.milliseconds <= HumanDuration::MAX);
            }
        }
    }
}
