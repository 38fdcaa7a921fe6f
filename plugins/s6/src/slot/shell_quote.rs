/// The text as one word of a POSIX shell, whatever it contains but NUL.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn through_shell(text: &str) -> Vec<u8> {
        let script = format!("printf %s {}", quote(text));
        let output = Command::new("/bin/sh")
            .args(["-c", &script])
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}");
        output.stdout
    }

    #[test]
    fn a_shell_gives_hostile_words_back() {
        for text in [
            "",
            "'",
            "''",
            "it's",
            "\\'",
            "$(touch /tmp/x) `id` $HOME \"",
            "a\nb\n",
            "'; exit 3; '",
            "-n %s \\\\",
            "\u{1b}[31m\u{fffd}",
        ] {
            assert_eq!(through_shell(text), text.as_bytes(), "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_shell_gives_every_text_back(text in "[^\0]{0,40}") {
            prop_assert_eq!(through_shell(&text), text.as_bytes());
        }
    }
}
