//! What a backend sends over a granted D-Bus socket. The first byte says into
//! pieces of what size the rest is cut.

use hermes_host::dbus::{CALLS, Filter, LONGEST_CALL, Policy, Refusal, UnitPattern, calls};

pub fn run(bytes: &[u8]) {
    let Some((size, stream)) = bytes.split_first() else {
        return;
    };
    let whole = filter().pass(stream);
    let (passed, refused) = in_pieces(stream, usize::from(*size).max(1));
    assert!(stream.starts_with(&passed));
    match whole {
        // However it is cut, the same goes on.
        Ok(whole) => assert_eq!((whole, None), (passed.clone(), refused)),
        Err(refusal) => {
            super::assert_is_one_line(&refusal.to_string());
            assert_eq!(Some(refusal), refused);
        }
    }
    for call in calls(&passed) {
        if call.ends_with('…') {
            continue;
        }
        let mut words = call.split(' ');
        let member = words.next().unwrap_or_default();
        assert!(CALLS.iter().any(|call| call.member == member), "{call}");
        if matches!(member, "StartUnit" | "StopUnit" | "RestartUnit") {
            let unit = words.next().unwrap_or_default();
            assert!(unit.starts_with("hermes-gateway@"), "{call}");
            assert!(unit.ends_with(".service"), "{call}");
            assert!(matches!(words.next(), Some("replace" | "fail")), "{call}");
        }
    }
}

fn filter() -> Filter {
    let units = UnitPattern::new("hermes-gateway@*.service");
    Filter::new(Policy {
        calls: CALLS.iter().collect(),
        units: units.into_iter().collect(),
        uid: 0,
        root_only: false,
    })
}

/// What goes on of a stream that comes so, and what ends it.
fn in_pieces(stream: &[u8], size: usize) -> (Vec<u8>, Option<Refusal>) {
    let mut filter = filter();
    let mut passed = Vec::new();
    for piece in stream.chunks(size) {
        match filter.pass(piece) {
            Ok(more) => passed.extend(more),
            Err(refusal) => return (passed, Some(refusal)),
        }
        assert!(filter.held() < LONGEST_CALL);
    }
    (passed, None)
}
