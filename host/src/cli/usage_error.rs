//! What clap finds wrong with a command line: one line, and what to do next.

use std::error::Error as _;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error};

use super::CommandError;
use super::arguments::Arguments;
use super::report::Exit;
use crate::text::{excerpt, quoted};

/// Characters of a word that are quoted.
const QUOTED: usize = 80;

/// `None`: nothing is wrong, or nothing was said: the help is the answer.
pub(super) fn usage_error(error: &Error, arguments: &[OsString]) -> Option<CommandError> {
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            | ErrorKind::DisplayVersion
    );
    (!is_help).then(|| {
        let message = message(error).unwrap_or_else(|| first_paragraph(error));
        CommandError::new(Exit::Usage, message).hint(hint(error, arguments))
    })
}

fn message(error: &Error) -> Option<String> {
    let words = |kind| said(error, kind);
    let argument = words(ContextKind::InvalidArg).join(", ");
    let value = words(ContextKind::InvalidValue).concat();
    let value = quoted(&value, QUOTED);
    Some(match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let command = words(ContextKind::InvalidSubcommand).concat();
            format!("no command is called {}", quoted(&command, QUOTED))
        }
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            format!("no option is called {argument}")
        }
        ErrorKind::UnknownArgument => format!("{} is not expected", quoted(&argument, QUOTED)),
        ErrorKind::InvalidValue if value == "\"\"" => format!("{argument} has no value"),
        ErrorKind::InvalidValue => {
            let values = words(ContextKind::ValidValue).join(", ");
            format!("{value} is no value of {argument}; there are {values}")
        }
        ErrorKind::ValueValidation => {
            format!("{value} is no value of {argument}: {}", error.source()?)
        }
        ErrorKind::ArgumentConflict => match words(ContextKind::PriorArg).join(", ") {
            other if other == argument => format!("{argument} is given more than once"),
            other => format!("{argument} and {other} contradict each other"),
        },
        // The only option that another one asks for.
        ErrorKind::MissingRequiredArgument if argument == "--dry-run" => {
            "--json is given without --dry-run: a verb that acts has no JSON".to_owned()
        }
        ErrorKind::MissingRequiredArgument => format!("missing: {argument}"),
        ErrorKind::MissingSubcommand => "missing: a command".to_owned(),
        _ => return None,
    })
}

fn hint(error: &Error, arguments: &[OsString]) -> String {
    let suggestions = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    let suggested = suggestions
        .into_iter()
        // The last one is the nearest.
        .find_map(|kind| said(error, kind).pop().map(str::to_owned));
    let mut root = Arguments::command();
    // The options of a command are not known before.
    root.build();
    let (words, command) = command_of(&root, arguments);
    let help = format!("{} --help", words.join(" "));
    let meant = meant(error, &root, &words, command);
    match (suggested.or(meant), error.kind()) {
        (Some(word), _) => format!("did you mean {word}? {help} shows all"),
        (None, ErrorKind::ArgumentConflict) => "leave one of them out".to_owned(),
        (None, ErrorKind::MissingRequiredArgument)
            if said(error, ContextKind::InvalidArg) == ["--dry-run"] =>
        {
            "hermes-host gateway status --json says how it is afterwards".to_owned()
        }
        (None, _) => format!("{help} shows what there is"),
    }
}

/// What a word may be that is known elsewhere.
fn meant(error: &Error, root: &Command, words: &[&str], command: &Command) -> Option<String> {
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = said(error, ContextKind::InvalidSubcommand).pop()?;
            let has_it =
                |group: &&Command| words.len() == 1 && group.find_subcommand(word).is_some();
            let group = root.get_subcommands().find(has_it)?;
            Some(format!("{} {word}", group.get_name()))
        }
        ErrorKind::UnknownArgument => {
            let word = said(error, ContextKind::InvalidArg).pop()?;
            match word.strip_prefix("--") {
                Some(option) => {
                    let has_it = command
                        .get_arguments()
                        .any(|it| it.get_long() == Some(option));
                    has_it.then(|| format!("{} {word}", words.join(" ")))
                }
                None if words.get(1) == Some(&"gateway") && !word.starts_with('-') => {
                    Some(format!("-p {}", excerpt(word, QUOTED)))
                }
                None => None,
            }
        }
        _ => None,
    }
}

/// What the error says of something, in however many words.
fn said(error: &Error, kind: ContextKind) -> Vec<&str> {
    match error.get(kind) {
        Some(ContextValue::String(word)) => vec![word],
        Some(ContextValue::Strings(words)) => words.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// clap's own words.
fn first_paragraph(error: &Error) -> String {
    let text = error.to_string();
    let lines = text.lines().take_while(|line| !line.is_empty());
    let line = lines.map(str::trim).collect::<Vec<_>>().join(" ");
    line.trim_start_matches("error: ").to_owned()
}

/// The command that is meant, as far as one is, and how one says it.
fn command_of<'c>(root: &'c Command, arguments: &[OsString]) -> (Vec<&'c str>, &'c Command) {
    let (mut command, mut words) = (root, vec![root.get_name()]);
    for argument in arguments.iter().skip(1) {
        if let Some(found) = command.find_subcommand(argument) {
            words.push(found.get_name());
            command = found;
        }
    }
    (words, command)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::command_line::read;
    use super::*;

    fn told(line: &str) -> (String, Vec<String>) {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let error = usage_error(&read(&words).unwrap_err(), &words).unwrap();
        (error.message, error.hints)
    }

    #[test]
    fn says_what_is_wrong_and_what_to_do() {
        let gateway = "hermes-host gateway --help shows";
        let start = "hermes-host gateway start --help shows";
        for (line, message, hint) in [
            (
                "gateway strat",
                "no command is called \"strat\"",
                format!("did you mean start? {gateway} all"),
            ),
            (
                "gateway xyz",
                "no command is called \"xyz\"",
                format!("{gateway} what there is"),
            ),
            (
                "gateway start --tiemout 1s",
                "no option is called --tiemout",
                format!("did you mean --timeout? {start} all"),
            ),
            (
                "gateway start --nope",
                "no option is called --nope",
                format!("{start} what there is"),
            ),
            (
                "-p gateway gateway start coder",
                "\"coder\" is not expected",
                format!("did you mean -p coder? {start} all"),
            ),
            (
                "status",
                "no command is called \"status\"",
                "did you mean gateway status? hermes-host --help shows all".to_owned(),
            ),
            (
                "--json gateway list",
                "no option is called --json",
                "did you mean hermes-host gateway list --json? \
                 hermes-host gateway list --help shows all"
                    .to_owned(),
            ),
            (
                "gateway start --timeout",
                "--timeout <DURATION> has no value",
                format!("{start} what there is"),
            ),
            (
                "gateway start --timeout 1x",
                "\"1x\" is no value of --timeout <DURATION>: is not a duration; write a whole \
                 number and a unit: 500ms, 30s, 2m, 1h",
                format!("{start} what there is"),
            ),
            (
                "gateway --color nevr start",
                "\"nevr\" is no value of --color <WHEN>; there are auto, always, never",
                format!("did you mean never? {start} all"),
            ),
            (
                "gateway start --timeout 1s --no-wait",
                "--timeout <DURATION> and --no-wait contradict each other",
                "leave one of them out".to_owned(),
            ),
            (
                "gateway start --all --all",
                "--all is given more than once",
                "leave one of them out".to_owned(),
            ),
            (
                "-p a gateway start -p b",
                "--profile is given more than once",
                "leave one of them out".to_owned(),
            ),
            (
                "profile rename",
                "missing: <NAME>, <NEW_NAME>",
                "hermes-host profile rename --help shows what there is".to_owned(),
            ),
            (
                "gateway stop --json",
                "--json is given without --dry-run: a verb that acts has no JSON",
                "hermes-host gateway status --json says how it is afterwards".to_owned(),
            ),
            (
                "--color never",
                "missing: a command",
                "hermes-host --help shows what there is".to_owned(),
            ),
        ] {
            let told = told(&format!("hermes-host {line}"));
            assert_eq!(told, (message.to_owned(), vec![hint]), "{line}");
        }
    }

    #[test]
    fn the_help_is_no_error() {
        for line in ["", "gateway", "--help", "gateway start --help", "--version"] {
            let words = format!("hermes-host {line}");
            let words: Vec<OsString> = words.split_whitespace().map(OsString::from).collect();
            assert!(usage_error(&read(&words).unwrap_err(), &words).is_none());
        }
    }

    #[test]
    fn what_has_no_words_here_keeps_those_of_clap() {
        use std::os::unix::ffi::OsStringExt;

        let name = OsString::from_vec(b"\xff".to_vec());
        let words = ["hermes-host", "gateway", "list", "-p"].map(OsString::from);
        let words: Vec<OsString> = words.into_iter().chain([name]).collect();
        let error = usage_error(&read(&words).unwrap_err(), &words).unwrap();
        assert_eq!(
            error.message,
            "invalid UTF-8 was detected in one or more arguments"
        );
    }
}
