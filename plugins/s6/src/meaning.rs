//! What s6 makes of the bytes that are written to it, for a person.

/// Of bytes for an s6-supervise, as s6-svc describes them.
pub(crate) fn for_supervise(bytes: &[u8]) -> String {
    joined(bytes, |byte| match byte {
        b'u' => "bring it up, and up again whenever it ends",
        b'd' => "bring it down (SIGTERM), and leave it down",
        b'O' => "write its status, and leave it down once it is down",
        b't' => "send it SIGTERM",
        b'k' => "send it SIGKILL",
        b'x' => "end s6-supervise once it is down",
        _ => UNKNOWN,
    })
}

/// Of bytes for an s6-svscan, as s6-svscanctl describes them.
pub(crate) fn for_svscan(bytes: &[u8]) -> String {
    joined(bytes, |byte| match byte {
        b'a' => "look for services, and supervise those that are new",
        b'n' => "end the s6-supervise of services that are gone",
        _ => UNKNOWN,
    })
}

const UNKNOWN: &str = "a command of s6";

fn joined(bytes: &[u8], meaning: fn(u8) -> &'static str) -> String {
    let meanings: Vec<&str> = bytes.iter().map(|byte| meaning(*byte)).collect();
    meanings.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_words_and_none_has_none() {
        assert_eq!(for_supervise(b""), "");
        assert_eq!(
            for_supervise(b"kx"),
            "send it SIGKILL; end s6-supervise once it is down"
        );
        assert_eq!(
            for_svscan(b"an"),
            "look for services, and supervise those that are new; \
             end the s6-supervise of services that are gone"
        );
    }
}
