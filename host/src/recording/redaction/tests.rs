#![allow(clippy::unwrap_used)]

use super::*;
use crate::effect::{ConnectionId, DirectoryId, ListenerId, LogLevel};

/// SHA-256 of `abc`, from FIPS 180-2, appendix B.1.
const ABC: &str =
    "redacted:sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad:3";

fn abc() -> Bytes {
    Bytes(b"abc".to_vec())
}

fn on(action: PathAction) -> Effect {
    Effect::Path {
        directory: DirectoryId(0),
        path: "a/abc".into(),
        action,
    }
}

fn shown(effect: &Effect) -> String {
    let redaction = Redaction::default();
    serde_json::to_string(&redaction.effect(effect)).unwrap()
}

#[test]
fn contents_that_are_written_or_sent_are_replaced_and_nothing_else() {
    for (effect, expected) in [
        (
            on(PathAction::Write {
                contents: abc(),
                mode: 7,
            }),
            format!(
                r#"{{"effect":"path","directory":0,"path":"a/abc","action":"write","contents":"{ABC}","mode":7}}"#
            ),
        ),
        (
            on(PathAction::CreateFile {
                contents: abc(),
                mode: 7,
            }),
            format!(
                r#"{{"effect":"path","directory":0,"path":"a/abc","action":"create-file","contents":"{ABC}","mode":7}}"#
            ),
        ),
        (
            Effect::Send {
                connection: ConnectionId(1),
                bytes: abc(),
                timeout: 2,
            },
            format!(r#"{{"effect":"send","connection":1,"bytes":"{ABC}","timeout":2}}"#),
        ),
        (
            on(PathAction::Signal {
                bytes: abc(),
                meaning: "abc".into(),
            }),
            r#"{"effect":"path","directory":0,"path":"a/abc","action":"signal","bytes":"abc","meaning":"abc"}"#
                .to_owned(),
        ),
    ] {
        assert_eq!(shown(&effect), expected);
    }
}

#[test]
fn of_what_is_read_only_short_states_stay() {
    let read = |limit| on(PathAction::Read { limit });
    let granted = |limit| Effect::ReadGranted {
        label: "init".into(),
        limit,
    };
    let status = b"@\0\0\0k\x03\x9d\x91\x17d\x9b\xb0@\0\0\0k\x03\x9d\x91\x17\xe2\xf9\x18\0\0\0\0\0\0\0\x12\0\0\x0c";
    for (effect, bytes, remains) in [
        (read(64), &status[..], true),
        (read(64), b"quarantined 5 60\n", true),
        (granted(64), b"s6-svscan\n", true),
        (read(64), b"fifteen-letters\n", true),
        (read(64), b"sixteen--letters\n", false),
        (read(64), b"key sk-0123456789abcdef", false),
        (read(65), b"final\n", false),
        (granted(65), b"final\n", false),
        (
            Effect::Receive {
                listener: ListenerId(0),
            },
            b"ssssssssssssssssssssssss",
            true,
        ),
        (
            Effect::ReceiveFrom {
                connection: ConnectionId(0),
                limit: 8,
                timeout: 0,
            },
            b"x",
            false,
        ),
    ] {
        let outcome = Ok(Reply::Bytes(Bytes(bytes.to_vec())));
        let redacted = Redaction::default().outcome(&effect, &outcome).into_owned();
        let Ok(Reply::Bytes(Bytes(redacted))) = redacted else {
            unreachable!("{effect:?}");
        };
        assert_eq!(redacted == bytes, remains, "{effect:?} {bytes:?}");
        assert_eq!(is_stand_in(&redacted), !remains, "{effect:?} {bytes:?}");
    }
}

#[test]
fn the_value_of_a_variable_is_replaced_wherever_it_stands_in_words() {
    let mut redaction = Redaction::default();
    let inner = redaction.secret("0123456789");
    let secret = redaction.secret("sk-0123456789");
    let short = redaction.secret("abc");
    assert_eq!(short, ABC);
    assert_eq!(redaction.secret(""), "");
    assert_eq!(redaction.secret(&short), short, "it is not replaced twice");

    let log = Effect::Log {
        level: LogLevel::Info,
        message: "abc: sk-0123456789, 0123456789".into(),
    };
    let Effect::Log { message, .. } = redaction.effect(&log).into_owned() else {
        unreachable!();
    };
    assert_eq!(message, format!("abc: {secret}, {inner}"));

    let meaning = "with sk-0123456789";
    for action in [
        PathAction::Signal {
            bytes: abc(),
            meaning: meaning.into(),
        },
        PathAction::Expect {
            expectation: Expectation::Absent,
            meaning: meaning.into(),
        },
    ] {
        let redacted = serde_json::to_value(redaction.effect(&on(action))).unwrap();
        assert_eq!(redacted["meaning"], format!("with {secret}"));
    }

    let failure = Err(Failure::Other("no sk-0123456789".into()));
    let redacted = redaction.outcome(&log, &failure).into_owned();
    assert_eq!(redacted, Err(Failure::Other(format!("no {secret}"))));

    let result = [("note", vec![Some("has sk-0123456789"), None])];
    assert_eq!(
        redaction.value(&result).unwrap(),
        serde_json::json!([["note", [format!("has {secret}"), null]]])
    );
}

#[test]
fn results_are_not_looked_through_where_there_is_no_secret() {
    assert_eq!(Redaction::default().value(&"words"), None);
}

#[test]
fn what_a_command_prints_is_replaced() {
    let run = Effect::Run {
        label: "x".into(),
        arguments: Vec::new(),
    };
    let outcome = Ok(Reply::Output(Output {
        exit_code: Some(1),
        stdout: abc(),
        stderr: abc(),
    }));
    let redacted = Redaction::default().outcome(&run, &outcome).into_owned();
    assert_eq!(
        serde_json::to_value(redacted.unwrap()).unwrap(),
        serde_json::json!({"output": {"exit_code": 1, "stdout": ABC, "stderr": ABC}})
    );
}
