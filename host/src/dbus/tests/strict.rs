//! Bytes that somebody else could read in another way do not pass.

use super::*;
use crate::dbus::{LONGEST_CALL, Malformed};

fn refused(bytes: &[u8], reason: &'static str) {
    assert_eq!(
        pass(bytes),
        Err(Refusal::Malformed(Malformed(reason))),
        "{bytes:?}"
    );
}

#[test]
fn a_header_that_is_not_as_it_should_be_is_refused() {
    let start = || Marshalled::start(UNIT).signed('u');
    for (message, reason) in [
        (Marshalled { kind: 0, ..start() }, "it is no method call"),
        (Marshalled { kind: 2, ..start() }, "it is no method call"),
        (Marshalled { kind: 4, ..start() }, "it is no method call"),
        (
            Marshalled {
                flags: 1,
                ..start()
            },
            "it has a flag that does not pass",
        ),
        (
            Marshalled {
                flags: 4,
                ..start()
            },
            "it has a flag that does not pass",
        ),
        (
            Marshalled {
                version: 2,
                ..start()
            },
            "its version is not 1",
        ),
        (
            Marshalled {
                serial: 0,
                ..start()
            },
            "its serial is 0",
        ),
        (start().field(9, "u", ""), "it carries file descriptors"),
        (
            start().field(3, "s", "StartTransientUnit"),
            "it has a header field twice",
        ),
        (start().field(8, "g", "ss"), "it has a header field twice"),
        (
            start().field(7, "s", ":1.1"),
            "it has a header field that does not pass",
        ),
        (
            start().field(0, "s", ""),
            "it has a header field that does not pass",
        ),
        (
            start().field(10, "s", ""),
            "it has a header field that does not pass",
        ),
        (
            start().field(6, "o", "/a"),
            "it has a header field that does not pass",
        ),
    ] {
        for big in [false, true] {
            refused(&message.clone().big(big).raw(), reason);
        }
    }
    for (missing, reason) in [
        (0, "it has no path"),
        (1, "it has no interface"),
        (2, "it has no member"),
    ] {
        let mut message = start();
        message.fields.remove(missing);
        refused(&message.raw(), reason);
    }
    let no_auto_start = Marshalled {
        flags: 2,
        ..start()
    };
    assert!(pass(&no_auto_start.raw()).is_ok());
}

#[test]
fn a_body_that_is_not_as_it_should_be_is_refused() {
    let trailing = Marshalled {
        trailing: vec![0],
        ..Marshalled::start(UNIT)
    };
    refused(&trailing.bytes(), "bytes follow its arguments");
    let short = Marshalled::manager("StartUnit")
        .text(UNIT)
        .field(8, "g", "ss");
    refused(&short.raw(), "it ends too soon");
    let unsigned = Marshalled::manager("Reload").text(UNIT);
    refused(&unsigned.raw(), "bytes follow its arguments");
    let boolean = Marshalled::manager("DisableUnitFiles")
        .texts(&[UNIT])
        .number(2)
        .field(8, "g", "asb");
    refused(&boolean.raw(), "a boolean is neither 0 nor 1");
    let zero = Marshalled::start("hermes-gateway@a\0.service");
    refused(&zero.bytes(), "a text is not UTF-8 without zeros");
}

#[test]
fn bytes_that_are_changed_one_by_one_pass_only_as_another_call_that_is_granted() {
    let bytes = Marshalled::start(UNIT)
        .to("org.freedesktop.systemd1")
        .bytes();
    for place in 0..bytes.len() {
        for change in 1..=255u8 {
            let mut changed = bytes.clone();
            changed[place] ^= change;
            let Ok(passed) = pass(&changed) else { continue };
            if passed.is_empty() {
                // Longer now.
                continue;
            }
            let as_text = String::from_utf8_lossy(&passed).into_owned();
            assert!(
                as_text.contains("StartUnit") || as_text.contains("StopUnit"),
                "{as_text:?}"
            );
            assert!(as_text.contains("hermes-gateway@"), "{as_text:?}");
            assert!(as_text.contains("replace"), "{as_text:?}");
        }
    }
}

#[test]
fn a_length_bomb_is_refused_before_the_rest_has_come() {
    let header = |order: u8, body: [u8; 4], fields: [u8; 4]| {
        [&[order, 1, 0, 1][..], &body, &[1, 0, 0, 1], &fields].concat()
    };
    for (order, bytes) in [
        (b'l', u32::to_le_bytes as fn(u32) -> [u8; 4]),
        (b'B', u32::to_be_bytes),
    ] {
        for length in [
            u32::try_from(LONGEST_CALL).unwrap(),
            1 << 26,
            1 << 27,
            u32::MAX,
        ] {
            refused(&header(order, bytes(length), bytes(0)), "it is too long");
            refused(&header(order, bytes(0), bytes(length)), "it is too long");
        }
    }
}

#[test]
fn a_length_inside_that_points_outside_is_refused() {
    let bytes = Marshalled::start(UNIT).bytes();
    let at = |text: &str| {
        let found = bytes
            .windows(text.len())
            .position(|part| part == text.as_bytes());
        found.unwrap() - 4
    };
    for text in ["/org/freedesktop/systemd1", "StartUnit", UNIT, "replace"] {
        for length in [0u32, 3, 1000, u32::MAX] {
            let mut changed = bytes.clone();
            changed[at(text)..][..4].copy_from_slice(&length.to_le_bytes());
            assert!(
                matches!(pass(&changed), Err(Refusal::Malformed(_))),
                "{text} {length}"
            );
        }
    }
}
