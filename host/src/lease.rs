//! The lease on a home: one container at a time runs its gateways.
//!
//! A volume can be mounted in two containers, and on two machines. Who runs the gateways holds
//! a lock on a file of the home and touches it now and then. The lock is gone with its holder,
//! also where that was killed; it does not reach other machines, and there the touching counts.

mod candidate;
mod error;
mod held;
mod identity;
mod record;
mod sighting;
mod standing;

pub use candidate::{Attempt, Candidate};
pub use error::{LeaseError, Loss};
pub use held::Lease;
pub use identity::Identity;
pub use record::{Entry, Record};
pub use sighting::{Sighting, check};
pub use standing::{Standing, judge};

use std::time::Duration;

/// The file in the home.
pub const FILE: &str = "gateway_lease";

/// Bytes: a record takes about 200.
const MAX_SIZE: usize = 4 * 1024;

/// How long a lease lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// So often its holder renews it.
    pub renewal: Duration,
    /// Not renewed for so long, it is another machine's no more.
    pub expiry: Duration,
}

impl Timing {
    /// What all containers agree on.
    pub const USUAL: Self = Self {
        renewal: Duration::from_secs(10),
        expiry: Duration::from_secs(30),
    };
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
