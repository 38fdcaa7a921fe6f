use std::fmt::Write;

/// The object that systemd shows a unit as: letters and digits stand for
/// themselves, all else is `_` and two hexadecimal digits, a leading digit too.
pub(crate) fn unit_path(unit: &str) -> String {
    let mut path = String::from("/org/freedesktop/systemd1/unit/");
    for (place, byte) in unit.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => path.push(byte.into()),
            b'0'..=b'9' if place > 0 => path.push(byte.into()),
            // Writing to a string does not fail.
            _ => {
                let _ = write!(path, "_{byte:02x}");
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::unit_path;

    #[test]
    fn is_escaped_as_systemd_does() {
        for (unit, path) in [
            ("hg@a.service", "hg_40a_2eservice"),
            ("a-b_c1.service", "a_2db_5fc1_2eservice"),
            ("1a.service", "_31a_2eservice"),
        ] {
            let expected = format!("/org/freedesktop/systemd1/unit/{path}");
            assert_eq!(unit_path(unit), expected);
        }
    }
}
