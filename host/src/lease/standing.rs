use std::time::Duration;

use super::{Entry, Identity};

/// Whether a lease still counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its holder may be running gateways.
    Live,
    /// Whoever wants it may take it.
    Stale,
}

/// The rule. `locked`: somebody holds the lock on the file. `entry`: what is in it. `unchanged`: for how long nobody has renewed it, as far as one can tell.
pub fn judge(
    locked: bool,
    entry: &Entry,
    own: &Identity,
    unchanged: Duration,
    expiry: Duration,
) -> Standing {
    match entry {
        // Frozen or not.
        _ if locked => Standing::Live,
        Ok(None) => Standing::Stale,
        // A lock of this machine is gone with its holder.
        Ok(Some(record)) if record.boot == own.boot => Standing::Stale,
        // A lock of another machine may not reach this one.
        _ if unchanged < expiry => Standing::Live,
        _ => Standing::Stale,
    }
}
