#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod judged;
pub(crate) mod marshalled;
mod split;
mod strict;

use super::{CALLS, Filter, Policy, Refusal, UnitPattern};
use marshalled::Marshalled;

const UNIT: &str = "hermes-gateway@coder.service";

/// All calls on the units of gateways.
fn policy() -> Policy {
    Policy {
        calls: CALLS.iter().collect(),
        units: ["hermes-gateway@*.service", "hermes-gateway.service"]
            .map(|pattern| UnitPattern::new(pattern).unwrap())
            .to_vec(),
        uid: 1000,
        root_only: false,
    }
}

/// What becomes of bytes that are sent at once.
fn pass(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    Filter::new(policy()).pass(bytes)
}
