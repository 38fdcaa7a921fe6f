//! The record: anybody can have written it.

use proptest::prelude::*;

use super::elsewhere;
use crate::lease::Record;

#[test]
fn what_is_written_is_read_again() {
    let record = elsewhere();
    assert_eq!(Record::parse(record.to_json().as_bytes()), Ok(Some(record)));
    assert_eq!(Record::parse(b"{}\n"), Ok(None));
}

#[test]
fn what_is_wrong_is_told_in_a_line() {
    let whole = elsewhere().to_json();
    for (bytes, says) in [
        (String::new(), "is empty"),
        (
            "[\"a\",\"b\",\"c\",1,\"d\"]".to_owned(),
            "is not a JSON object",
        ),
        (whole.replace("\"pid\":7", "\"pid\":-7"), "invalid value"),
        (
            whole.replace("\"pid\":7", "\"pid\":7,\"pid\":8"),
            "pid stands twice",
        ),
        (
            whole.replace("\"boot\"", "\"boat\""),
            "missing field `boot`",
        ),
    ] {
        let reason = Record::parse(bytes.as_bytes()).unwrap_err();
        assert!(reason.contains(says), "{reason}");
    }
    let more = whole.replace("\"pid\"", "\"more\":[1],\"pid\"");
    assert_eq!(Record::parse(more.as_bytes()), Ok(Some(elsewhere())));
}

proptest! {
    #[test]
    fn any_record_survives_and_shows_safely(
        host in any::<String>(), since in any::<String>(), pid in any::<u32>(),
    ) {
        let record = Record { host, pid, since, ..elsewhere() };
        let again = Record::parse(record.to_json().as_bytes());
        prop_assert!(!record.holder().chars().any(char::is_control));
        prop_assert!(record.holder().chars().count() < 120);
        prop_assert_eq!(again, Ok(Some(record)));
    }

    #[test]
    fn any_bytes_are_a_record_or_one_safe_line(bytes in any::<Vec<u8>>()) {
        if let Err(reason) = Record::parse(&bytes) {
            prop_assert!(!reason.chars().any(char::is_control), "{}", reason);
        }
    }
}
