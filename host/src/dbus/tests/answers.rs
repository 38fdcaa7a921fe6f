//! What a dry run is answered.

use super::*;
use crate::dbus::{MethodCall, answer, calls, first_message};

fn answered(call: &Marshalled) -> Option<Vec<u8>> {
    let bytes = call.clone().raw();
    answer(&MethodCall::parse(&bytes).unwrap()).unwrap()
}

#[test]
fn a_job_is_answered_by_its_path_and_its_end() {
    let bytes = answered(&Marshalled::start(UNIT).signed('u')).unwrap();
    let reply = Marshalled {
        kind: 2,
        flags: 1,
        serial: 1,
        fields: vec![(5, "u", "xxxxxxx".into()), (8, "g", "o".into())],
        ..Marshalled::manager("")
    };
    let job = "/org/freedesktop/systemd1/job/2147483655";
    let removed = Marshalled {
        kind: 4,
        flags: 1,
        serial: 1,
        ..Marshalled::manager("JobRemoved")
    };
    let removed = removed
        .field(8, "g", "uoss")
        .number((1 << 31) | 7)
        .text(job)
        .text(UNIT)
        .text("done");
    assert_eq!(bytes, [reply.text(job).raw(), removed.raw()].concat());
}

#[test]
fn every_call_that_changes_something_has_one_whole_answer() {
    for call in CALLS {
        let mut message = Marshalled::call("/a", call.interface, call.member);
        message.fields.push((8, "g", call.signature.into()));
        for (place, kind) in call.signature.char_indices() {
            message = match kind {
                'a' => message.texts(&[UNIT]),
                's' if call.signature[..place].ends_with('a') => message,
                's' => message.text(UNIT),
                _ => message.number(1),
            };
        }
        let Some(mut rest) = answered(&message) else {
            assert!(call.change.is_none(), "{call}");
            continue;
        };
        let mut messages = 0;
        while let Some((_, behind)) = first_message(&rest, 1 << 20).unwrap() {
            rest = behind.to_vec();
            messages += 1;
        }
        assert!(rest.is_empty(), "{call}");
        let job = matches!(call.member, "StartUnit" | "StopUnit" | "RestartUnit");
        assert_eq!(messages, if job { 2 } else { 1 }, "{call}");
    }
}

#[test]
fn calls_are_told_in_words() {
    let hidden = Marshalled::manager("StartTransientUnit")
        .text("secret")
        .bytes();
    let start = Marshalled::start(UNIT).bytes();
    let path = "/org/freedesktop/systemd1/unit/hermes_2dgateway_40coder_2eservice";
    let get = Marshalled::call(path, "org.freedesktop.DBus.Properties", "Get")
        .text("org.freedesktop.systemd1.Unit")
        .text("ActiveState")
        .bytes();
    let stream = [&start[..], &get, &hidden, &start[..20]].concat();
    assert_eq!(
        calls(&stream),
        [
            "StartUnit hermes-gateway@coder.service replace",
            "Get hermes-gateway@coder.service org.freedesktop.systemd1.Unit ActiveState",
            "org.freedesktop.systemd1.Manager.StartTransientUnit",
        ]
    );
    assert!(calls(b"GET / HTTP/1.1\r\n\r\n").is_empty());
}
