//! `gateway_lease`: the agent's account can have written it.

use hermes_host::lease::Record;

pub fn run(bytes: &[u8]) {
    match Record::parse(bytes) {
        Ok(None) => {}
        Ok(Some(record)) => {
            super::assert_is_one_line(&record.holder());
            let again = record.to_json();
            assert_eq!(Record::parse(again.as_bytes()), Ok(Some(record)));
        }
        Err(reason) => super::assert_is_one_line(&reason),
    }
}
