//! Puts placeholders where two runs of the same command differ.

/// `pid 4242` becomes `pid [PID]`, `0.4 s` and `2h 13m` become `[DURATION]`, a
/// RFC 3339 time `[TIME]`, and padding between columns two spaces. How long a stop
/// took goes: it is only said where it was long.
pub fn normalize(text: &str) -> String {
    let text: String = text.split_inclusive('\n').map(line).collect();
    text.replace("stopped after [DURATION]", "stopped")
}

fn line(line: &str) -> String {
    let end = line.trim_end_matches('\n').len();
    let (content, newline) = line.split_at(end);
    let indent = content.len() - content.trim_start_matches(' ').len();
    let mut words: Vec<String> = Vec::new();
    for word in content[indent..].split(' ') {
        push(&mut words, word);
    }
    let mut joined = words.join(" ");
    while joined.contains("   ") {
        joined = joined.replace("   ", "  ");
    }
    format!("{}{joined}{newline}", &content[..indent])
}

/// Adds a word, and takes what came before it into account.
fn push(words: &mut Vec<String>, word: &str) {
    let bare = word.trim_matches(|c: char| "(),;:".contains(c));
    let last = words
        .last()
        .map(|word| word.trim_start_matches('(').to_owned());
    let placeholder = match last.as_deref() {
        Some("pid") if is_integer(bare) => "[PID]",
        // The second part of `2h 13m`: one duration.
        Some("[DURATION]") if is_compact_duration(bare) => {
            words.pop();
            "[DURATION]"
        }
        // `0.4 s`.
        Some(number) if is_number(number) && is_unit(bare) => {
            words.pop();
            "[DURATION]"
        }
        _ if is_compact_duration(bare) => "[DURATION]",
        _ if is_time(bare) => "[TIME]",
        _ => bare,
    };
    words.push(if bare.is_empty() {
        word.to_owned()
    } else {
        word.replacen(bare, placeholder, 1)
    });
}

fn is_integer(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

fn is_number(word: &str) -> bool {
    let (whole, fraction) = word.split_once('.').unwrap_or((word, "0"));
    is_integer(whole) && is_integer(fraction)
}

fn is_unit(word: &str) -> bool {
    ["ms", "s", "m", "h", "d"].contains(&word)
}

/// `12s`, `500ms`, `2h`.
fn is_compact_duration(word: &str) -> bool {
    let digits = word.len()
        - word
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
            .len();
    is_number(&word[..digits]) && is_unit(&word[digits..])
}

/// `2026-05-18T07:00:00Z`, with or without fraction and offset.
fn is_time(word: &str) -> bool {
    let shape = b"0000-00-00T00:00:00";
    word.len() > shape.len()
        && word
            .bytes()
            .zip(shape)
            .all(|(byte, expected)| match expected {
                b'0' => byte.is_ascii_digit(),
                other => byte == *other,
            })
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn what_varies_becomes_a_placeholder() {
        for (given, expected) in [
            (
                "coder: running, pid 4242, port 9570\n",
                "coder: running, pid [PID], port 9570\n",
            ),
            ("(pid 7 ignores SIGTERM)", "(pid [PID] ignores SIGTERM)"),
            (
                "ready after 0.4 s, pid 1",
                "ready after [DURATION], pid [PID]",
            ),
            (
                "in 60 s, last 3 m ago",
                "in [DURATION], last [DURATION] ago",
            ),
            ("up 2h 13m", "up [DURATION]"),
            ("writer: stopped after 2.1 s\n", "writer: stopped\n"),
            ("--timeout 70s, or", "--timeout [DURATION], or"),
            ("at 2026-05-18T07:00:00.5Z: x", "at [TIME]: x"),
            ("a     b  c\n\n  hint: d   e\n", "a  b  c\n\n  hint: d  e\n"),
            ("port 9570 s6 5 of 3 (down)", "port 9570 s6 5 of 3 (down)"),
        ] {
            assert_eq!(normalize(given), expected);
        }
    }
}
