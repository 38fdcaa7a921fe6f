//! The operator's own gateway command.

use std::path::Path;

use crate::text;

/// What stands for the name of the profile.
const PROFILE: &str = "{profile}";

/// argv with `{profile}` wherever the name of the profile belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command(Vec<String>);

impl Command {
    /// The error is what is wrong, fit to show.
    pub(super) fn new(words: Vec<String>) -> Result<Self, String> {
        let Some(program) = words.first() else {
            return Err("is empty; write the program and its arguments as a list".to_owned());
        };
        if !is_program(program) {
            return Err(format!(
                "{} is neither an absolute path nor the bare name of a program",
                quoted(program)
            ));
        }
        for word in &words {
            if word.contains('\0') {
                return Err(format!("{} contains a NUL character", quoted(word)));
            }
            if let Some(placeholder) = placeholders(word).find(|found| *found != PROFILE) {
                return Err(format!(
                    "unknown placeholder {}; {PROFILE} is the only one",
                    quoted(placeholder)
                ));
            }
        }
        Ok(Self(words))
    }

    /// argv for one profile. The first item is an absolute path or the bare
    /// name of a program.
    pub fn for_profile(&self, profile: &str) -> Vec<String> {
        self.0.iter().map(|word| expand(word, profile)).collect()
    }
}

fn is_program(word: &str) -> bool {
    let path = Path::new(word);
    if word.contains('/') {
        path.is_absolute() && path.file_name().is_some()
    } else {
        !word.is_empty()
    }
}

/// Each `{name}`. A shell's `${name}` and braces around anything but a name,
/// as in JSON, are not ours.
fn placeholders(word: &str) -> impl Iterator<Item = &str> {
    word.match_indices('{').filter_map(move |(start, _)| {
        let (before, after) = word.split_at_checked(start)?;
        let end = after.find('}')?;
        let placeholder = after.get(..=end)?;
        let name = after.get(1..end)?;
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        (is_name && !before.ends_with('$')).then_some(placeholder)
    })
}

fn expand(word: &str, profile: &str) -> String {
    let mut expanded = String::with_capacity(word.len());
    let mut rest = word;
    while let Some((before, after)) = rest.split_once(PROFILE) {
        expanded.push_str(before);
        expanded.push_str(if before.ends_with('$') {
            PROFILE
        } else {
            profile
        });
        rest = after;
    }
    expanded.push_str(rest);
    expanded
}

fn quoted(word: &str) -> String {
    format!("\"{}\"", text::excerpt(word, 64))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn command(words: &[&str]) -> Result<Command, String> {
        Command::new(words.iter().map(|&word| word.to_owned()).collect())
    }

    #[test]
    fn names_the_profile_where_it_is_asked_to() {
        for (words, expected) in [
            (vec!["/bin/x"], vec!["/bin/x"]),
            (vec!["x", "{profile}"], vec!["x", "coder"]),
            (
                vec!["/srv/{profile}/run", "-p={profile},{profile}"],
                vec!["/srv/coder/run", "-p=coder,coder"],
            ),
            (
                vec![
                    "sh",
                    "-c",
                    "echo ${profile} {} {\"a\": {profile}} {profile ${HOME}",
                ],
                vec![
                    "sh",
                    "-c",
                    "echo ${profile} {} {\"a\": coder} {profile ${HOME}",
                ],
            ),
            (vec!["x", "", "{{profile}}"], vec!["x", "", "{coder}"]),
        ] {
            assert_eq!(command(&words).unwrap().for_profile("coder"), expected);
        }
    }

    #[test]
    fn refuses_what_cannot_be_run() {
        for (words, reason) in [
            (
                vec![],
                "is empty; write the program and its arguments as a list",
            ),
            (
                vec![""],
                "\"\" is neither an absolute path nor the bare name of a program",
            ),
            (
                vec!["bin/x"],
                "\"bin/x\" is neither an absolute path nor the bare name of a program",
            ),
            (
                vec!["./x"],
                "\"./x\" is neither an absolute path nor the bare name of a program",
            ),
            (
                vec!["/"],
                "\"/\" is neither an absolute path nor the bare name of a program",
            ),
            (
                vec!["/bin/x\0"],
                "\"/bin/x\\u{0}\" contains a NUL character",
            ),
            (vec!["x", "a\0b"], "\"a\\u{0}b\" contains a NUL character"),
            (
                vec!["x", "{name}"],
                "unknown placeholder \"{name}\"; {profile} is the only one",
            ),
            (
                vec!["x", "{profile}{Port}"],
                "unknown placeholder \"{Port}\"; {profile} is the only one",
            ),
            (
                vec!["{home}"],
                "unknown placeholder \"{home}\"; {profile} is the only one",
            ),
        ] {
            assert_eq!(command(&words), Err(reason.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn nothing_is_left_to_fill_in(word in "(\\PC|[{}$ü]|\\{profile\\}|\\{x\\}){0,12}") {
            if let Ok(command) = command(&["x", &word]) {
                let [_, filled] = command.for_profile("coder").try_into().unwrap();
                prop_assert!(!placeholders(&word).any(|found| found != PROFILE));
                prop_assert_eq!(
                    filled.matches(PROFILE).count(),
                    word.matches("${profile}").count()
                );
            }
        }
    }
}
