//! Text that somebody else wrote, made fit to show.

use std::borrow::Cow;

/// `text` with escapes, such as `\u{1b}`, for what drives a terminal or reorders a line (C0, DEL
/// and C1 controls, the Unicode line and paragraph separators, bidirectional embeddings,
/// overrides and isolates) and for what does not show. Nothing is left out: without it a path
/// would be another one.
pub fn sanitise(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_escaped) {
        Cow::Owned(shown(text).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// [`sanitise`]d `text` of at most `limit` characters; what was cut shows as `…`.
pub fn excerpt(text: &str, limit: usize) -> String {
    let mut safe = shown(text);
    let mut shown: String = safe.by_ref().take(limit).collect();
    if safe.next().is_some() {
        shown.push('…');
    }
    shown
}

/// [`sanitise`]d `text` in quotation marks, for a message about what is wrong with it. Of at most
/// `limit` characters of the text.
pub fn quoted(text: &str, limit: usize) -> String {
    let mut rest = text.chars();
    let mut shown = String::from('"');
    for c in rest.by_ref().take(limit) {
        match c {
            '"' | '\\' => shown.extend(c.escape_default()),
            _ if is_escaped(c) => shown.extend(c.escape_unicode()),
            _ => shown.push(c),
        }
    }
    if rest.next().is_some() {
        shown.push('…');
    }
    shown.push('"');
    shown
}

fn shown(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(|c| {
        let escape = is_escaped(c).then(|| c.escape_unicode());
        let plain = escape.is_none().then_some(c);
        escape.into_iter().flatten().chain(plain)
    })
}

fn is_escaped(c: char) -> bool {
    is_unsafe(c) || is_invisible(c)
}

/// Marks, joiners, fillers, selectors and tags that take no room of their own.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}')
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
    fn escapes_what_drives_a_terminal() {
        for (text, shown) in [
            ("plain", "plain"),
            ("größe 漢字", "größe 漢字"),
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("two\nlines\r\n", "two\\u{a}lines\\u{d}\\u{a}"),
            ("del\u{7f} c1\u{9b}", "del\\u{7f} c1\\u{9b}"),
            ("a\u{2028}b\u{2029}c", "a\\u{2028}b\\u{2029}c"),
            ("\u{202e}evil\u{2069}", "\\u{202e}evil\\u{2069}"),
            ("a\u{200b}b\u{e0041}", "a\\u{200b}b\\u{e0041}"),
        ] {
            assert_eq!(sanitise(text), shown);
        }
    }

    #[test]
    fn quotes_what_is_wrong() {
        for (text, limit, shown) in [
            ("A", 9, r#""A""#),
            ("a\u{1b}\"\u{feff}", 9, r#""a\u{1b}\"\u{feff}""#),
            ("abc", 2, r#""ab…""#),
        ] {
            assert_eq!(quoted(text, limit), shown);
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
            ("ä\u{1b}öü", 7, "ä\\u{1b}…"),
            ("äö\u{1b}", 2, "äö…"),
            ("", 0, ""),
        ] {
            assert_eq!(excerpt(text, limit), shown);
        }
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in any::<String>()) {
            prop_assert!(!sanitise(&text).chars().any(is_escaped));
            prop_assert!(!quoted(&text, 99).chars().any(is_escaped));
            prop_assert!(excerpt(&text, 8).chars().count() <= 9);
        }
    }
}
