//! A stream is the same however it is cut.

use proptest::prelude::*;

use super::*;
use crate::dbus::LONGEST_CALL;

fn stream() -> Vec<u8> {
    [
        Marshalled::start(UNIT).bytes(),
        Marshalled::manager("Reload").big(true).bytes(),
        Marshalled::manager("StopUnit")
            .text("hermes-gateway.service")
            .text("fail")
            .big(true)
            .bytes(),
    ]
    .concat()
}

#[test]
fn what_passes_in_one_piece_passes_split_at_every_byte() {
    let stream = stream();
    for middle in 0..=stream.len() {
        let mut filter = Filter::new(policy());
        let (one, other) = stream.split_at(middle);
        let mut passed = filter.pass(one).unwrap();
        assert_eq!(passed.len() + filter.held(), middle);
        passed.extend(filter.pass(other).unwrap());
        assert_eq!(passed, stream, "split at {middle}");
    }
    let mut filter = Filter::new(policy());
    let passed: Vec<u8> = stream
        .iter()
        .flat_map(|byte| filter.pass(&[*byte]).unwrap())
        .collect();
    assert_eq!(passed, stream);
}

#[test]
fn what_is_refused_in_one_piece_is_refused_split_at_every_byte() {
    let stream = [stream(), Marshalled::start("sshd.service").bytes()].concat();
    for middle in 0..=stream.len() {
        let mut filter = Filter::new(policy());
        let (one, other) = stream.split_at(middle);
        let refused = filter.pass(one).and_then(|_| filter.pass(other));
        assert!(
            matches!(refused, Err(Refusal::Unit { .. })),
            "split at {middle}"
        );
    }
}

#[test]
fn a_truncated_message_is_never_sent() {
    let bytes = Marshalled::start(UNIT).bytes();
    for length in 0..bytes.len() {
        let mut filter = Filter::new(policy());
        assert_eq!(filter.pass(&bytes[..length]), Ok(Vec::new()));
        assert_eq!(filter.held(), length);
    }
}

fn messages() -> impl Strategy<Value = Vec<u8>> {
    let unit = prop_oneof![
        Just(UNIT),
        Just("sshd.service"),
        Just("hermes-gateway.service")
    ];
    let member = prop_oneof![Just("StartUnit"), Just("StopUnit"), Just("KillUnit")];
    let message = (unit, member, any::<bool>()).prop_map(|(unit, member, big)| {
        let call = Marshalled::manager(member).text(unit).text("replace");
        call.big(big).bytes()
    });
    let change = proptest::option::weighted(0.3, (any::<prop::sample::Index>(), any::<u8>()));
    (prop::collection::vec(message, 1..4), change).prop_map(|(messages, change)| {
        let mut stream = messages.concat();
        if let Some((place, byte)) = change {
            let place = place.index(stream.len());
            stream[place] = byte;
        }
        stream
    })
}

proptest! {
    #[test]
    fn any_way_to_cut_a_stream_ends_alike(
        stream in messages(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
        cuts.sort_unstable();
        let mut filter = Filter::new(policy());
        let mut passed = Vec::new();
        let mut refused = None;
        let mut start = 0;
        for end in cuts.into_iter().chain([stream.len()]) {
            match filter.pass(&stream[start..end]) {
                Ok(bytes) => passed.extend(bytes),
                Err(refusal) => {
                    refused = Some(refusal);
                    break;
                }
            }
            prop_assert!(filter.held() < LONGEST_CALL);
            start = end;
        }
        prop_assert!(stream.starts_with(&passed));
        match pass(&stream) {
            Ok(whole) => prop_assert_eq!(passed, whole),
            Err(refusal) => prop_assert_eq!(Some(refusal), refused),
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = pass(&bytes);
        let _ = pass(&[&b"l\x01\x00\x01"[..], &bytes].concat());
    }
}
