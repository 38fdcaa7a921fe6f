//! `gateway_intent.json`: the agent's account can have written it.

use hermes_host::gateway::intent::Intent;

pub fn run(bytes: &[u8]) {
    match Intent::parse(bytes) {
        Ok(intent) => {
            let again = serde_json::to_vec(&intent).expect("an intent is JSON");
            assert_eq!(Intent::parse(&again), Ok(intent));
        }
        Err(reason) => super::assert_is_one_line(&reason),
    }
}
