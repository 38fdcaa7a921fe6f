/// Asks to be taken for this user, whom the other side knows from the socket: the
/// mechanism EXTERNAL of the D-Bus Specification's "Authentication Protocol".
pub(crate) fn request(uid: u32) -> Vec<u8> {
    use crate::effect::to_hex;

    format!("\0AUTH EXTERNAL {}\r\n", to_hex(uid.to_string().as_bytes())).into_bytes()
}

/// Ends the authentication; messages follow. File descriptors were not asked for.
pub(crate) const BEGIN: &[u8] = b"BEGIN\r\n";

/// Bytes of an answer: `OK` and 32 digits, or `REJECTED` and mechanisms.
const LONGEST_ANSWER: usize = 512;

/// Whether this user is accepted; `None`: the answer is not all there yet.
pub(crate) fn accepted(answer: &[u8]) -> Option<bool> {
    if !answer.contains(&b'\n') && answer.len() < LONGEST_ANSWER {
        return None;
    }
    // Nothing follows it before messages do.
    let line = answer.strip_suffix(b"\r\n").unwrap_or_default();
    Some(line.starts_with(b"OK ") && line.iter().all(|byte| (b' '..=b'~').contains(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_is_asked_for_in_hexadecimal_digits_of_its_digits() {
        assert_eq!(request(0), b"\0AUTH EXTERNAL 30\r\n");
        assert_eq!(request(1000), b"\0AUTH EXTERNAL 31303030\r\n");
    }

    #[test]
    fn only_one_line_that_says_so_accepts() {
        for (answer, expected) in [
            (&b"OK 0123\r\n"[..], Some(true)),
            (b"", None),
            (b"OK 0123", None),
            (b"OK 0123\r", None),
            (b"OK\r\n", Some(false)),
            (b"REJECTED EXTERNAL\r\n", Some(false)),
            (b"DATA\r\n", Some(false)),
            (b"OK 0123\r\nREJECTED\r\n", Some(false)),
            (b"OK 0123\r\nl", Some(false)),
            (b"OK \xff\r\n", Some(false)),
            (&[b'O'; LONGEST_ANSWER], Some(false)),
        ] {
            assert_eq!(accepted(answer), expected, "{answer:?}");
        }
    }
}
