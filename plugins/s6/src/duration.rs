//! The contract's durations are nanoseconds.

use hermes_backend_sdk::types::Duration;

pub(crate) const MILLISECOND: Duration = 1_000_000;
pub(crate) const SECOND: Duration = 1_000 * MILLISECOND;
