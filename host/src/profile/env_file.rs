//! A profile's `.env`: `KEY=VALUE` lines as python-dotenv reads them, without its expansion of
//! `${OTHER}` and with one line a value.

use super::error::ProfileError;
use crate::volume::VolumeDir;

pub(super) const ENV_FILE: &str = ".env";

/// Largest `.env`, in bytes.
pub(super) const MAX_SIZE: u64 = 256 * 1024;

/// The settings in a `.env`. Its values are secrets: nothing here shows one.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct EnvFile {
    variables: Vec<(String, String)>,
    invalid_lines: Vec<usize>,
}

impl EnvFile {
    /// Reads the `.env` in `dir`; one that is missing is empty.
    pub fn read(dir: &VolumeDir) -> Result<Self, ProfileError> {
        let bytes = dir.read(ENV_FILE, MAX_SIZE)?.unwrap_or_default();
        Ok(Self::parse(&String::from_utf8_lossy(&bytes)))
    }

    /// Parses the text of a `.env`.
    pub fn parse(text: &str) -> Self {
        let mut file = Self::default();
        for (index, line) in text.lines().enumerate() {
            match Line::parse(line) {
                Line::Blank => {}
                Line::Variable(key, value) => file.variables.push((key.to_owned(), value)),
                Line::Invalid => file.invalid_lines.push(index + 1),
            }
        }
        file
    }

    /// The value of `key`; the last line with it counts.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.variables
            .iter()
            .rev()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.as_str())
    }

    /// Keys and values in the order of the file.
    pub fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// Numbers, from 1, of the lines that say nothing.
    pub fn invalid_lines(&self) -> &[usize] {
        &self.invalid_lines
    }

    /// The bytes of a `.env` without the lines that set `key`.
    pub fn without(bytes: &[u8], key: &str) -> Vec<u8> {
        let sets_key = |line: &[u8]| {
            let line = String::from_utf8_lossy(line);
            matches!(Line::parse(&line), Line::Variable(found, _) if found == key)
        };
        bytes
            .split_inclusive(|&byte| byte == b'\n')
            .filter(|line| !sets_key(line))
            .flatten()
            .copied()
            .collect()
    }
}

enum Line<'a> {
    Blank,
    Variable(&'a str, String),
    Invalid,
}

impl<'a> Line<'a> {
    /// Without a byte order mark, wherever it is: the line after one that is left
    /// out may become the first.
    fn parse(line: &'a str) -> Self {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            return Self::Blank;
        }
        let line = line
            .strip_prefix("export")
            .filter(|rest| rest.starts_with(char::is_whitespace))
            .map_or(line, str::trim_start);
        let Some((key, value)) = line.split_once('=') else {
            return Self::Invalid;
        };
        let key = key.trim_end();
        if !is_key(key) {
            return Self::Invalid;
        }
        match unquote(value.trim_start()) {
            Some(value) => Self::Variable(key, value),
            None => Self::Invalid,
        }
    }
}

fn is_key(key: &str) -> bool {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    key.starts_with(is_first)
        && key
            .chars()
            .all(|c| is_first(c) || c.is_ascii_digit() || c == '.')
}

/// `None` for a quote that is not closed or is followed by more than a comment.
fn unquote(value: &str) -> Option<String> {
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return Some(without_comment(value).to_owned());
    };
    let mut unquoted = String::new();
    let mut rest = value.get(1..)?.chars();
    loop {
        match rest.next()? {
            c if c == quote => break,
            '\\' => match (quote, rest.next()?) {
                ('"', 'n') => unquoted.push('\n'),
                ('"', 'r') => unquoted.push('\r'),
                ('"', 't') => unquoted.push('\t'),
                (_, c) if c == quote || c == '\\' => unquoted.push(c),
                (_, c) => unquoted.extend(['\\', c]),
            },
            c => unquoted.push(c),
        }
    }
    let rest = rest.as_str().trim_start();
    (rest.is_empty() || rest.starts_with('#')).then_some(unquoted)
}

fn without_comment(value: &str) -> &str {
    let comment = value
        .char_indices()
        .zip(value.chars().skip(1))
        .find(|((_, before), c)| before.is_whitespace() && *c == '#')
        .map(|((index, _), _)| index);
    if value.starts_with('#') {
        return "";
    }
    comment
        .and_then(|index| value.get(..index))
        .unwrap_or(value)
        .trim_end()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_a_line() {
        for (line, expected) in [
            ("KEY=value", Some(("KEY", "value"))),
            ("  KEY = value  ", Some(("KEY", "value"))),
            ("export KEY=value", Some(("KEY", "value"))),
            ("exported=1", Some(("exported", "1"))),
            ("KEY=", Some(("KEY", ""))),
            ("KEY=a=b", Some(("KEY", "a=b"))),
            ("KEY=value # comment", Some(("KEY", "value"))),
            ("KEY=# comment", Some(("KEY", ""))),
            ("KEY=va#lue", Some(("KEY", "va#lue"))),
            ("KEY=\"a # b\" # comment", Some(("KEY", "a # b"))),
            (r#"KEY="a\n\"b\"\\ \x""#, Some(("KEY", "a\n\"b\"\\ \\x"))),
            (r"KEY='a\n\'b\''", Some(("KEY", "a\\n'b'"))),
            ("KEY=größe", Some(("KEY", "größe"))),
            ("a.b_1=x", Some(("a.b_1", "x"))),
            ("KEY", None),
            ("1KEY=x", None),
            ("KEY WITH=x", None),
            ("=x", None),
            ("KEY=\"open", None),
            ("KEY=\"closed\" more", None),
        ] {
            let file = EnvFile::parse(line);
            let found = file
                .variables()
                .first()
                .map(|(key, value)| (key.as_str(), value.as_str()));
            assert_eq!(found, expected, "{line}");
            assert_eq!(
                file.invalid_lines(),
                if expected.is_none() { &[1][..] } else { &[] },
                "{line}"
            );
        }
    }

    #[test]
    fn reports_lines_by_number_and_takes_the_last_value() {
        let file = EnvFile::parse("\u{feff}A=1\r\n# note\n\nsecret without a key\nA=2\n!\n");
        assert_eq!(file.get("A"), Some("2"));
        assert_eq!(file.get("B"), None);
        assert_eq!(file.invalid_lines(), [4, 6]);
    }

    #[test]
    fn leaves_one_key_out_and_all_else_as_it_is() {
        let text = b"# API_SERVER_PORT=1\nAPI_SERVER_PORT=2\r\nTOKEN=\xff x\n export API_SERVER_PORT = 3 # \nLAST=1";
        let kept = b"# API_SERVER_PORT=1\nTOKEN=\xff x\nLAST=1";
        assert_eq!(EnvFile::without(text, "API_SERVER_PORT"), kept);
        assert_eq!(
            EnvFile::without(b"\xef\xbb\xbfAPI_SERVER_PORT=2", "API_SERVER_PORT"),
            b""
        );
    }

    proptest! {
        #[test]
        fn every_line_is_accounted_for(text in any::<String>()) {
            let file = EnvFile::parse(&text);
            prop_assert!(file.variables().len() + file.invalid_lines().len() <= text.lines().count());
        }

        #[test]
        fn what_is_left_out_is_gone(lines in prop::collection::vec("(export )?[AB] ?=[a\"'# =\\\\]{0,6}", 0..8)) {
            let text = lines.join("\n");
            let kept = EnvFile::parse(&String::from_utf8(EnvFile::without(text.as_bytes(), "A")).unwrap());
            let all = EnvFile::parse(&text);
            prop_assert_eq!(kept.get("A"), None);
            prop_assert_eq!(kept.get("B"), all.get("B"));
        }
    }
}
