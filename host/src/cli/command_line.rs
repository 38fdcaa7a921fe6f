use std::ffi::{OsStr, OsString};

use clap::{Args, Parser};

use super::arguments::{Arguments, Command, GatewayCommand, Global, HomeCommand};

/// Reads the arguments that this process was started with.
///
/// A verb that comes right behind `gateway` is read alone at first: to prepare all
/// other commands as well takes a third of the time of a whole `status`. What that
/// does not take, errors and help among it, is read as one whole.
pub(super) fn read(arguments: Vec<OsString>) -> Result<Arguments, clap::Error> {
    match verb_alone(&arguments) {
        Some(arguments) => Ok(arguments),
        None => Arguments::try_parse_from(arguments),
    }
}

/// One verb, and what may be said everywhere.
#[derive(Parser)]
#[command(disable_help_flag = true, disable_version_flag = true)]
struct Alone<A: Args> {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    arguments: A,
}

/// For a verb without arguments of its own.
#[derive(Args)]
struct Nothing;

fn verb_alone(arguments: &[OsString]) -> Option<Arguments> {
    let [program, command, verb, rest @ ..] = arguments else {
        return None;
    };
    if command != "gateway" {
        return None;
    }
    match verb.to_str()? {
        "start" => alone(program, rest, GatewayCommand::Start),
        "stop" => alone(program, rest, GatewayCommand::Stop),
        "restart" => alone(program, rest, GatewayCommand::Restart),
        "status" => alone(program, rest, GatewayCommand::Status),
        "list" => alone(program, rest, GatewayCommand::List),
        "run" => alone(program, rest, |Nothing| GatewayCommand::Run),
        _ => None,
    }
}

fn alone<A: Args>(
    program: &OsStr,
    rest: &[OsString],
    verb: impl FnOnce(A) -> GatewayCommand,
) -> Option<Arguments> {
    let words = std::iter::once(program).chain(rest.iter().map(OsString::as_os_str));
    let Alone { global, arguments } = Alone::try_parse_from(words).ok()?;
    Some(Arguments {
        global,
        command: Command::Home(HomeCommand::Gateway(verb(arguments))),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn a_verb_that_is_read_alone_is_the_same() {
        for verb in ["start", "stop", "restart", "status", "list", "run"] {
            for rest in [
                "",
                "-p coder",
                "--profile=coder --home /data --backend s6 --trace t --redact",
                "--color never -v --fault 7:no-space",
                "--all",
                "--json",
                "--all --json",
                "--timeout 2s",
                "--no-wait --dry-run --json",
                "--attach -p coder",
            ] {
                let line = words(&format!("hermes-host gateway {verb} {rest}"));
                let whole = Arguments::try_parse_from(&line);
                let alone = verb_alone(&line);
                assert_eq!(
                    alone.map(|it| format!("{it:?}")),
                    whole.ok().map(|it| format!("{it:?}")),
                    "{line:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_such_a_verb_is_left_to_the_whole() {
        for line in [
            "",
            "hermes-host",
            "hermes-host gateway",
            "hermes-host -p coder gateway status",
            "hermes-host gateway -p coder status",
            "hermes-host gateway detect",
            "hermes-host gateway status --help",
            "hermes-host gateway status --version",
            "hermes-host gateway status coder",
            "hermes-host gateway status gateway status",
            "hermes-host gateway start --timeout 2s --no-wait",
            "hermes-host gateway start --attach --all",
            "hermes-host gateway stop --attach",
            "hermes-host gateway run -- --all",
            "hermes-host profile list",
        ] {
            assert!(verb_alone(&words(line)).is_none(), "{line}");
        }
    }
}
