//! Which home a unit says it is for.

const QUOTES: [char; 2] = ['"', '\''];

/// The home of a unit that says which one it is for, where it is not that of the
/// profile: neither its directory nor one above it.
pub(super) fn other_home(text: &str, profile: &str) -> Option<String> {
    home_of(text).filter(|home| is_other(home, profile))
}

/// Whether it says that it is for this home.
pub(super) fn says_home(text: &str, home: &str) -> bool {
    home_of(text).as_deref() == Some(home)
}

/// Whether it is for another home than the profile's, as systemd has read it.
pub(super) fn is_read_as_others(environment: &[String], place: &str, profile: &str) -> bool {
    let mut said = environment
        .iter()
        .filter_map(|word| word.strip_prefix("HERMES_HOME="));
    let home = path(said.next_back().unwrap_or(place));
    home.is_some_and(|home| is_other(home, profile))
}

fn is_other(home: &str, profile: &str) -> bool {
    let below = profile.strip_prefix(home);
    !below.is_some_and(|below| below.is_empty() || below.starts_with("/profiles/"))
}

/// Its environment says it, of which the last word counts, or else where it works.
fn home_of(text: &str) -> Option<String> {
    let (mut said, mut place) = (None, None);
    for line in lines(text) {
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        match (key.trim(), value.trim()) {
            ("Environment", "") => said = None,
            ("Environment", value) => {
                let assigned = words(value).filter_map(|word| word.strip_prefix("HERMES_HOME="));
                said = assigned.last().map(str::to_owned).or(said);
            }
            ("WorkingDirectory", value) => place = Some(value.trim_start_matches('-').to_owned()),
            _ => {}
        }
    }
    path(&said.or(place)?).map(str::to_owned)
}

/// What systemd would put in place of a specifier is not known here.
fn path(said: &str) -> Option<&str> {
    let path = said.trim_matches(QUOTES).trim_end_matches('/');
    (path.starts_with('/') && !path.contains('%')).then_some(path)
}

/// As systemd reads them: one that ends with a backslash goes on, past comments.
fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut begun = String::new();
    for line in text.lines().map(str::trim_start) {
        if line.starts_with(['#', ';']) {
            continue;
        }
        match line.strip_suffix('\\') {
            Some(line) if !line.ends_with('\\') => {
                begun.push_str(line);
                begun.push(' ');
            }
            _ => {
                begun.push_str(line);
                lines.push(std::mem::take(&mut begun));
            }
        }
    }
    lines.push(begun);
    lines
}

/// The words of a setting, without the quotes around them.
fn words(value: &str) -> impl Iterator<Item = &str> {
    let mut quote = None;
    value
        .split(move |c: char| {
            match quote {
                None if QUOTES.contains(&c) => quote = Some(c),
                Some(open) if open == c => quote = None,
                _ => {}
            }
            quote.is_none() && c.is_whitespace()
        })
        .map(|word| word.trim_matches(QUOTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_of_another_home_is_told_from_the_profiles_own() {
        for (text, other) in [
            ("[Service]\nExecStart=/bin/x\n", None),
            ("WorkingDirectory=/home/a/.hermes/profiles/coder\n", None),
            ("Environment=\"HERMES_HOME=/home/a/.hermes\"\n", None),
            ("Environment=HERMES_HOME=/home/a/.hermes/\n", None),
            (
                "Environment=\"PATH=/bin\"\nWorkingDirectory=/srv/b\n",
                Some("/srv/b"),
            ),
            ("Environment=\"HERMES_HOME=/home/a\"\n", Some("/home/a")),
            (
                "WorkingDirectory=/opt/agent\nEnvironment=\"HERMES_HOME=/home/a/.hermes\"\n",
                None,
            ),
            (
                "Environment=\"HERMES_HOME=/other\"\nEnvironment=HERMES_HOME=/home/a/.hermes\n",
                None,
            ),
            ("Environment=A=b 'HERMES_HOME=/home/a'\n", Some("/home/a")),
            (
                "Environment=HERMES_HOME=\"/home/a b\" C=d\n",
                Some("/home/a b"),
            ),
            ("Environment=HERMES_HOME=/home/a\nEnvironment=\n", None),
            ("Environment=HERMES_HOME=%h/.hermes\n", None),
            ("WorkingDirectory=~\n", None),
            ("WorkingDirectory=-/srv/b\n", Some("/srv/b")),
            ("WorkingDirectory=/srv/b\nWorkingDirectory=\n", None),
            ("Environment = HERMES_HOME=/home/a \n", Some("/home/a")),
            (
                "Environment=A=1 \\\n  # why\n  HERMES_HOME=/other \\\n\nHERMES_HOME=/srv\n",
                Some("/other"),
            ),
            (
                "#Environment=A=1 \\\nEnvironment=HERMES_HOME=/a\n",
                Some("/a"),
            ),
            ("Environment=A=1 \\\\\nHERMES_HOME=/other\n", None),
            ("Environment=HERMES_HOME=/other \\", Some("/other")),
            (
                "WorkingDirectory=/home/a/.hermes/profiles/cod\n",
                Some("/home/a/.hermes/profiles/cod"),
            ),
        ] {
            let found = other_home(text, "/home/a/.hermes/profiles/coder");
            assert_eq!(found.as_deref(), other, "{text}");
        }
    }

    #[test]
    fn only_what_says_a_home_is_for_it() {
        for (text, expected) in [
            ("Environment=\"HERMES_HOME=/srv/a\"\n", true),
            ("WorkingDirectory=/srv/a\n", true),
            ("Environment=\"HERMES_HOME=/srv\"\n", false),
            ("Environment=\"HERMES_HOME=/srv/a/profiles/b\"\n", false),
            (
                "WorkingDirectory=/srv/b\nEnvironment=HERMES_HOME=/srv/a\n",
                true,
            ),
            (
                "Environment=HERMES_HOME=/srv/b\nWorkingDirectory=/srv/a\n",
                false,
            ),
            ("[Service]\nExecStart=/bin/x\n", false),
            ("", false),
        ] {
            assert_eq!(says_home(text, "/srv/a"), expected, "{text}");
        }
    }
}
