use std::fmt::Write;

/// One word of a setting that takes several, in quotes (systemd.syntax(7)).
/// Percent signs would stand for something else.
pub(super) fn word(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            '%' => quoted.push_str("%%"),
            '\n' => quoted.push_str("\\n"),
            control if control.is_ascii_control() => {
                // Writing to a string does not fail.
                let _ = write!(quoted, "\\x{:02x}", u32::from(control));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// A word of a command behind the first: a dollar sign would stand for a variable.
pub(super) fn argument(text: &str) -> String {
    word(&text.replace('$', "$$"))
}

/// A setting that takes the rest of its line as it is, but for percent signs.
pub(super) fn line(text: &str) -> String {
    text.replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_word_means_anything() {
        for (text, expected) in [
            ("plain", r#""plain""#),
            ("", r#""""#),
            ("a b;c", r#""a b;c""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("50%h", r#""50%%h""#),
            ("a\nExecStart=/bin/sh", r#""a\nExecStart=/bin/sh""#),
            ("\u{1b}[31m\t", r#""\x1b[31m\x09""#),
            ("é'", r#""é'""#),
        ] {
            assert_eq!(word(text), expected);
        }
        assert_eq!(argument("$HOME ${A}"), r#""$$HOME $${A}""#);
        assert_eq!(word("$HOME"), r#""$HOME""#);
        assert_eq!(line("/a%b c"), "/a%%b c");
    }
}
