//! `gateway_state.json` and `gateway.lifecycle.json`, as hermes-agent leaves
//! them.

use hermes_host::gateway::legacy_state::{LegacyState, PriorExit};

pub fn run(bytes: &[u8]) {
    match LegacyState::parse(bytes) {
        Ok(state) => assert!(matches!(state, LegacyState::Recorded { .. })),
        Err(reason) => {
            super::assert_is_one_line(&reason);
            assert_eq!(PriorExit::parse(bytes), PriorExit::Unknown);
        }
    }
}
