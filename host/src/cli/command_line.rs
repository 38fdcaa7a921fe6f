use std::ffi::OsString;
use std::mem;
use std::path::PathBuf;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::arguments::{
    Arguments, Color, Command, ControlArguments, GatewayCommand, Global, HomeCommand,
    JsonArguments, ReconcileArguments, StartArguments, StatusArguments,
};

/// Reads the arguments that this process was started with.
///
/// Preparing a command, as clap does, takes a tenth of the time of a whole `status`, and a
/// start reads two command lines. So the usual words of the usual verbs are read here, and
/// everything else, errors among it, by clap.
pub(super) fn read(arguments: &[OsString]) -> Result<Arguments, clap::Error> {
    if let Some(arguments) = usual(arguments) {
        return Ok(arguments);
    }
    let parsed = Arguments::try_parse_from(arguments)?;
    match twice(arguments) {
        None => Ok(parsed),
        Some(option) => {
            let mut error = clap::Error::new(ErrorKind::ArgumentConflict);
            for kind in [ContextKind::InvalidArg, ContextKind::PriorArg] {
                error.insert(kind, ContextValue::String(option.to_owned()));
            }
            Err(error)
        }
    }
}

/// What may be said before a command and behind it.
const EVERYWHERE: [&str; 6] = [
    "--profile",
    "--home",
    "--backend",
    "--trace",
    "--fault",
    "--color",
];

/// An option that was said before a command and behind it, where clap takes the last
/// word.
fn twice(arguments: &[OsString]) -> Option<&'static str> {
    let words = arguments.iter().filter_map(|word| word.to_str());
    let words: Vec<&str> = words.take_while(|word| *word != "--").collect();
    let is = |word: &str, option: &str| match word.strip_prefix("--") {
        Some(_) => word.split('=').next() == Some(option),
        // `-p`, `-pcoder`, `-vp`: no value begins with a dash.
        None => {
            option == "--profile"
                && word
                    .strip_prefix('-')
                    .is_some_and(|flags| flags.trim_start_matches('v').starts_with('p'))
        }
    };
    EVERYWHERE
        .into_iter()
        .find(|option| words.iter().filter(|word| is(word, option)).count() > 1)
}

/// What it says, or nothing: never anything else than what clap would take it for.
fn usual(arguments: &[OsString]) -> Option<Arguments> {
    let (verb, rest) = match arguments {
        [_, command, rest @ ..] if command == "reconcile" => (None, rest),
        [_, command, verb, rest @ ..] if command == "gateway" => (Some(verb.to_str()?), rest),
        _ => return None,
    };
    let Usual {
        profile,
        home,
        all,
        json,
    } = Usual::read(rest)?;
    let control = ControlArguments {
        all,
        ..ControlArguments::default()
    };
    let gateway = match (verb, all, json) {
        (None, false, _) => None,
        (Some("start"), _, false) => Some(GatewayCommand::Start(StartArguments {
            control,
            attach: false,
        })),
        (Some("stop"), _, false) => Some(GatewayCommand::Stop(control)),
        (Some("restart"), _, false) => Some(GatewayCommand::Restart(control)),
        (Some("status"), ..) => Some(GatewayCommand::Status(StatusArguments { all, json })),
        (Some("list"), false, _) => Some(GatewayCommand::List(JsonArguments { json })),
        (Some("run"), false, false) => Some(GatewayCommand::Run),
        _ => return None,
    };
    let dry_run = false;
    let reconcile = || HomeCommand::Reconcile(ReconcileArguments { dry_run, json });
    let command = gateway.map_or_else(reconcile, HomeCommand::Gateway);
    Some(Arguments {
        global: Global {
            profile,
            home,
            backend: None,
            trace: None,
            redact: false,
            fault: None,
            verbose: false,
            color: Color::Auto,
        },
        command: Command::Home(command),
    })
}

/// The usual words behind a verb.
#[derive(Default)]
struct Usual {
    profile: Option<String>,
    home: Option<PathBuf>,
    all: bool,
    json: bool,
}

impl Usual {
    /// `None`: there is another one, or one that stands twice.
    fn read(words: &[OsString]) -> Option<Self> {
        let mut usual = Self::default();
        let mut words = words.iter().map(|word| word.to_str());
        while let Some(word) = words.next() {
            let mut value = || words.next().flatten().filter(is_value);
            let twice = match word? {
                "-p" | "--profile" => usual.profile.replace(value()?.to_owned()).is_some(),
                "--home" => usual.home.replace(value()?.into()).is_some(),
                "--all" => mem::replace(&mut usual.all, true),
                "--json" => mem::replace(&mut usual.json, true),
                _ => return None,
            };
            if twice {
                return None;
            }
        }
        Some(usual)
    }
}

/// What cannot be anything but the value of an option.
fn is_value(word: &&str) -> bool {
    !word.is_empty() && !word.starts_with('-')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    const VERBS: [&str; 9] = [
        "start",
        "stop",
        "restart",
        "status",
        "list",
        "run",
        "detect",
        "stat",
        "reconcile",
    ];

    const WORDS: [&str; 18] = [
        "-p",
        "--profile",
        "--home",
        "--all",
        "--json",
        "coder",
        "/data",
        "",
        "-",
        "--",
        "-x",
        "a b",
        "gateway",
        "status",
        "--profile=coder",
        "-pcoder",
        "--dry-run",
        "--help",
    ];

    /// `reconcile`, or a verb about gateways.
    fn line(verb: &str, rest: &[&str]) -> Vec<OsString> {
        let words = match verb {
            "reconcile" => vec!["hermes-host", verb],
            _ => vec!["hermes-host", "gateway", verb],
        };
        let words = words.iter().chain(rest);
        words.map(OsString::from).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn whatever_is_read_here_clap_takes_for_the_same(
            verb in prop::sample::select(&VERBS[..]),
            rest in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..6),
        ) {
            let line = line(verb, &rest);
            if let Some(usual) = usual(&line) {
                let whole = Arguments::try_parse_from(&line).unwrap();
                prop_assert_eq!(format!("{usual:?}"), format!("{whole:?}"));
            }
        }
    }

    #[test]
    fn an_option_counts_once_wherever_it_stands() {
        for (words, option) in [
            ("-p a gateway stop -p b", Some("--profile")),
            ("--profile=a gateway -vpb status", Some("--profile")),
            ("--home /a profile list --home=/b", Some("--home")),
            ("-v -p a gateway stop", None),
            ("--home /a gateway stop -p b --color never", None),
            ("lease hold -p a -- hermes-host -p b reconcile", None),
        ] {
            let words = format!("hermes-host {words}");
            let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
            assert_eq!(twice(&words), option, "{words:?}");
            let read = read(&words);
            let kind = read.err().map(|error| error.kind());
            assert_eq!(kind, option.map(|_| ErrorKind::ArgumentConflict));
        }
    }

    #[test]
    fn the_usual_is_read_here() {
        for verb in ["start", "stop", "restart", "status", "list", "run"] {
            for rest in [
                &[][..],
                &["-p", "coder"],
                &["--home", "/data", "--profile", "coder"],
            ] {
                assert!(usual(&line(verb, rest)).is_some(), "{verb} {rest:?}");
            }
        }
        assert!(usual(&line("stop", &["--all"])).is_some());
        assert!(usual(&line("reconcile", &["--home", "/data", "--json"])).is_some());
        assert!(usual(&line("status", &["--all", "--json"])).is_some());
    }

    #[test]
    fn what_is_not_usual_is_left_to_clap() {
        for (verb, rest) in [
            ("detect", &[][..]),
            ("run", &["--all"]),
            ("list", &["--all"]),
            ("stop", &["--json"]),
            ("status", &["coder"]),
            ("status", &["-p"]),
            ("status", &["-p", ""]),
            ("status", &["-p", "--all"]),
            ("status", &["-p", "a", "-p", "b"]),
            ("status", &["--all", "--all"]),
            ("status", &["--home", "-p", "x"]),
            ("status", &["--help"]),
            ("start", &["--attach"]),
            ("reconcile", &["--all"]),
            ("reconcile", &["--dry-run"]),
            ("reconcile", &["reconcile"]),
        ] {
            assert!(usual(&line(verb, rest)).is_none(), "{verb} {rest:?}");
        }
        let other = ["hermes-host", "-p", "coder", "gateway", "status"];
        assert!(usual(&other.map(OsString::from)).is_none());
        assert!(usual(&[]).is_none());
    }
}
