/// systemd's `UNIT_NAME_MAX`, less the NUL.
const LONGEST_NAME: usize = 255;

const UNIT_PATH: &str = "/org/freedesktop/systemd1/unit/";

/// Names of units: one, or all with what stands before and behind a `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitPattern {
    before: String,
    /// `None`: there is no `*`.
    behind: Option<String>,
}

impl UnitPattern {
    /// `None`: it is neither a name nor one with a `*`.
    pub fn new(pattern: &str) -> Option<Self> {
        let (before, behind) = match pattern.split_once('*') {
            Some((before, behind)) => (before, Some(behind)),
            None => (pattern, None),
        };
        let sound = !pattern.is_empty()
            && pattern.len() <= LONGEST_NAME
            && before
                .bytes()
                .chain(behind.unwrap_or_default().bytes())
                .all(is_of_name);
        sound.then(|| Self {
            before: before.to_owned(),
            behind: behind.map(str::to_owned),
        })
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        name.len() <= LONGEST_NAME && name.bytes().all(is_of_name) && self.encloses(name)
    }

    /// Whether a glob of systemd's matches only names that this matches.
    pub(super) fn covers(&self, glob: &str) -> bool {
        let is_of_glob = |byte| is_of_name(byte) && byte != b'\\' || matches!(byte, b'*' | b'?');
        glob.len() <= LONGEST_NAME && glob.bytes().all(is_of_glob) && self.encloses(glob)
    }

    fn encloses(&self, name: &str) -> bool {
        match &self.behind {
            None => name == self.before,
            Some(behind) => name
                .strip_prefix(&self.before)
                .is_some_and(|rest| rest.ends_with(behind)),
        }
    }
}

/// systemd's `VALID_CHARS_WITH_AT`: no slash, so that no name is a path.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_' | b'.' | b'\\' | b'@')
}

/// The unit that an object is, where the path is the one that systemd gives it:
/// letters and digits stand for themselves, all else, and a digit in the first
/// place, is `_` and two hexadecimal digits.
pub(super) fn unit_of(path: &str) -> Option<String> {
    let escaped = path.strip_prefix(UNIT_PATH)?;
    let mut bytes = escaped.bytes();
    let mut name = Vec::new();
    while let Some(byte) = bytes.next() {
        name.push(match byte {
            b'_' => digit(bytes.next()?)? << 4 | digit(bytes.next()?)?,
            byte => byte,
        });
    }
    let name = String::from_utf8(name).ok()?;
    (!name.is_empty() && escape(&name) == escaped).then_some(name)
}

fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
}

fn escape(name: &str) -> String {
    let escaped = name.bytes().enumerate().map(|(place, byte)| match byte {
        b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
        b'0'..=b'9' if place > 0 => char::from(byte).to_string(),
        _ => format!("_{byte:02x}"),
    });
    escaped.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_pattern_is_a_name_or_has_one_star() {
        for (pattern, sound) in [
            ("hermes-gateway.service", true),
            ("hermes-gateway@*.service", true),
            ("hermes-gateway-*", true),
            ("*", true),
            ("", false),
            ("a*b*", false),
            ("a?", false),
            ("a[b]", false),
            ("../a", false),
            ("a b", false),
            ("é", false),
            (&"x".repeat(256), false),
        ] {
            assert_eq!(UnitPattern::new(pattern).is_some(), sound, "{pattern}");
        }
    }

    #[test]
    fn a_pattern_matches_names_and_covers_globs() {
        let longest = format!("hermes-gateway@{}.service", "x".repeat(232));
        let longer = format!("hermes-gateway@{}.service", "x".repeat(233));
        for (pattern, name, matches, covers) in [
            ("a@*.service", "a@b.service", true, true),
            ("a@*.service", "a@.service", true, true),
            ("a@*.service", "a@b.service.socket", false, false),
            ("a@*.service", "a@b.socket", false, false),
            ("a@*.service", "a@/b.service", false, false),
            ("a@*.service", "/etc/a@b.service", false, false),
            ("a@*.service", "sshd.service", false, false),
            ("a@*.service", "a@*.service", false, true),
            ("a@*.service", "a@?.service", false, true),
            ("a@*.service", "a*@.service", false, false),
            ("a@*.service", "*", false, false),
            ("a@*.service", "a@[.service", false, false),
            ("a@*.service", "a@\\x2d.service", true, false),
            ("a@*.service", "a@b.service\n", false, false),
            ("aba*aba", "aba", false, false),
            ("aba*aba", "abaaba", true, true),
            ("a.service", "a.service", true, true),
            ("a.service", "a.servicex", false, false),
            ("a.service", "xa.service", false, false),
            ("hermes-gateway@*.service", &longest, true, true),
            ("hermes-gateway@*.service", &longer, false, false),
        ] {
            let sound = UnitPattern::new(pattern).unwrap();
            assert_eq!(sound.matches(name), matches, "{pattern} {name}");
            assert_eq!(sound.covers(name), covers, "{pattern} {name}");
        }
    }

    #[test]
    fn an_object_is_a_unit_only_by_the_path_that_systemd_gives_it() {
        for (path, unit) in [
            ("hg_40a_2eservice", Some("hg@a.service")),
            ("_31a_2eservice", Some("1a.service")),
            ("a1_2eservice", Some("a1.service")),
            ("_5fa", Some("_a")),
            ("", None),
            ("1a_2eservice", None),
            ("hg@a.service", None),
            ("hg_40a_2Eservice", None),
            ("_61", None),
            ("a_4", None),
            ("a_", None),
            ("a_zz", None),
            ("a_+1", None),
            ("a_ff", None),
            ("a/b", None),
        ] {
            let found = unit_of(&format!("{UNIT_PATH}{path}"));
            assert_eq!(found.as_deref(), unit, "{path}");
        }
        assert_eq!(unit_of("/org/freedesktop/systemd1"), None);
        assert_eq!(unit_of("/org/freedesktop/systemd1/job/1"), None);
    }
}
