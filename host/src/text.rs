//! Text that somebody else wrote, made fit to show.

use std::borrow::Cow;

/// `text` without the characters that drive a terminal or reorder a line: C0, DEL and C1
/// controls, the Unicode line and paragraph separators, bidirectional embeddings, overrides and
/// isolates.
pub fn sanitise(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unsafe) {
        Cow::Owned(text.chars().filter(|&c| !is_unsafe(c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// [`sanitise`]d `text` of at most `limit` characters; what was cut shows as `…`.
pub fn excerpt(text: &str, limit: usize) -> String {
    let mut safe = text.chars().filter(|&c| !is_unsafe(c));
    let mut shown: String = safe.by_ref().take(limit).collect();
    if safe.next().is_some() {
        shown.push('…');
    }
    shown
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn removes_what_drives_a_terminal() {
        for (text, shown) in [
            ("plain", "plain"),
            ("größe 漢字", "größe 漢字"),
            ("\u{1b}[31mred\u{1b}[0m", "[31mred[0m"),
            ("two\nlines\r\n", "twolines"),
            ("del\u{7f} c1\u{9b}", "del c1"),
            ("a\u{2028}b\u{2029}c", "abc"),
            ("\u{202e}evil\u{2066}x\u{2069}", "evilx"),
        ] {
            assert_eq!(sanitise(text), shown);
        }
    }

    #[test]
    fn leaves_safe_text_where_it_is() {
        assert!(matches!(sanitise("safe"), Cow::Borrowed("safe")));
    }

    #[test]
    fn excerpts_by_character() {
        for (text, limit, shown) in [
            ("coder", 5, "coder"),
            ("coder", 4, "code…"),
            ("ä\u{1b}öü", 2, "äö…"),
            ("äö\u{1b}", 2, "äö"),
            ("", 0, ""),
        ] {
            assert_eq!(excerpt(text, limit), shown);
        }
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in any::<String>()) {
            prop_assert!(!sanitise(&text).chars().any(is_unsafe));
            prop_assert!(excerpt(&text, 8).chars().count() <= 9);
        }
    }
}
