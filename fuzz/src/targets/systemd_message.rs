//! What comes to the backend for systemd from its socket.

use hermes_backend_systemd::first_message;

pub fn run(bytes: &[u8]) {
    let Ok(Some((message, length))) = first_message(bytes) else {
        return;
    };
    assert!((16..=bytes.len()).contains(&length));
    let (text, _) = (message.text(), message.property());
    // Nothing behind a message has a say in it, and less than all of it is none.
    let whole = bytes.get(..length).unwrap_or_default();
    let alone = first_message(whole).ok().flatten();
    assert_eq!(
        alone.map(|(alone, length)| (alone.text(), length)),
        Some((text, length))
    );
    for end in [0, 15, 16, length - 1] {
        if end < length {
            let cut = first_message(bytes.get(..end).unwrap_or_default());
            assert!(matches!(cut, Ok(None)), "{end} of {length}");
        }
    }
}
