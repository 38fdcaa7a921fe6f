use std::fs::File;
use std::io::{self, BufReader};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use serde::Serialize;
use serde_json::Value;

use super::arguments::{Global, ReplayArguments};
use super::report::{Exit, Report};
use super::{CommandError, Result, without_home};
use crate::os_error;
use crate::replay::{Component, Difference, Played, Replayed, replay};
use crate::text::excerpt;

pub(super) fn run(global: &Global, arguments: &ReplayArguments, report: &mut Report) -> Result {
    without_home::check(global, "a replay")?;
    let component = match arguments.current {
        true => Component::Current,
        false => Component::Recorded,
    };
    let path = &arguments.file;
    let named = |error: &dyn std::fmt::Display| {
        CommandError::new(Exit::Failed, format!("{}: {error}", path.display()))
    };
    let file = open(path).map_err(|error| named(&os_error::words(&error)))?;
    let replayed = replay(Box::new(BufReader::new(file)), component)
        .map_err(|error| named(&error).hint(error.hint()))?;
    match arguments.json {
        true => report.json(&Json::new(&replayed)),
        false => show(&replayed, report),
    }
    Ok(match replayed.difference {
        None => Exit::Done,
        Some(_) => Exit::Failed,
    })
}

/// A regular file: nothing that would be waited for, or without an end.
fn open(path: &Path) -> io::Result<File> {
    let file = File::options()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("not a regular file")),
    }
}

fn show(replayed: &Replayed, report: &mut Report) {
    for played in &replayed.backends {
        let differs = replayed
            .difference
            .as_ref()
            .filter(|difference| difference.backend == played.backend);
        match differs {
            None => report.line(&as_recorded(played)),
            Some(difference) => show_difference(difference, report),
        }
    }
}

fn as_recorded(played: &Played) -> String {
    let calls = counted(played.calls, "call");
    let effects = counted(played.effects, "effect");
    let partly = match played.partly {
        0 => String::new(),
        partly => format!(
            "; {} not compared to the end, which depends on what is redacted",
            counted(partly, "call")
        ),
    };
    format!(
        "{}: as recorded, {calls}, {effects}{partly}",
        played.backend
    )
}

fn counted(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

fn show_difference(difference: &Difference, report: &mut Report) {
    let Difference {
        backend,
        call,
        effect,
        expected,
        got,
    } = difference;
    let what = match effect {
        Some(number) => {
            let effect = expected.as_ref().or(got.as_ref());
            format!("effect {number} ({})", title(effect))
        }
        None => "the result".to_owned(),
    };
    report.line(&format!("{backend}: {call}: {what} differs"));
    let [expected, got] = [expected, got].map(|value| match value {
        Some(value) => value.to_string(),
        None => "no such effect, the call ends".to_owned(),
    });
    let same = expected
        .chars()
        .zip(got.chars())
        .take_while(|(one, other)| one == other)
        .count();
    report.line(&format!("  expected: {}", around(&expected, same)));
    report.line(&format!("  got:      {}", around(&got, same)));
}

/// An effect in a few words.
fn title(effect: Option<&Value>) -> String {
    let word = |name: &str| effect?.get(name)?.as_str();
    let words = [
        word("action").or(word("effect")),
        word("path").or(word("label")),
    ];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    excerpt(&words.join(" "), 100)
}

/// A text of any length around a place in it, in characters.
fn around(text: &str, place: usize) -> String {
    const BEFORE: usize = 60;
    const SHOWN: usize = 160;
    let start = place.saturating_sub(BEFORE);
    let start = if start > BEFORE { start } else { 0 };
    let cut: String = text.chars().skip(start).collect();
    let dots = if start > 0 { "…" } else { "" };
    format!("{dots}{}", excerpt(&cut, SHOWN))
}

/// The fields of `--json`. They are only ever added to.
#[derive(Serialize)]
struct Json<'a> {
    same: bool,
    #[serde(flatten)]
    replayed: &'a Replayed,
}

impl<'a> Json<'a> {
    fn new(replayed: &'a Replayed) -> Self {
        Self {
            same: replayed.difference.is_none(),
            replayed,
        }
    }
}
