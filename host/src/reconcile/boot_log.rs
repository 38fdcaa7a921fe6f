//! `logs/container-boot.log` in the home: what each boot found and did, one
//! line for each profile.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::gateway::legacy_state::PriorExit;
use crate::volume::{Appended, Durability, VolumeDir, VolumeError};

/// What it is called where something is wrong with it. No profile can have this name.
pub const NAME: &str = "boot log";

const DIRECTORY: &str = "logs";
const FILE: &str = "container-boot.log";
/// The one older generation.
const ROTATED: &str = "container-boot.log.1";

/// Bytes from which on the log is rotated.
const MAX_SIZE: u64 = 256 * 1024;

/// Characters of a prior state that are logged.
const MAX_WORD: usize = 64;

/// One profile at one boot.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub profile: &'a str,
    /// Whatever was found: it is made one harmless word.
    pub prior_state: Option<&'a str>,
    /// `None`: it failed, and nothing holds of it.
    pub action: Option<Action>,
    pub prior_exit: PriorExit,
}

/// What was done with a profile's gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Registered, and it is to run.
    Started,
    /// Registered, and it stays down.
    Registered,
    /// Nothing: there is no supervisor.
    None,
}

impl Action {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Registered => "registered",
            Self::None => "none",
        }
    }
}

/// Appends one boot, in a single write. Nothing on the way is followed if it
/// is a link, nor waited for if it is a FIFO.
pub fn append(home: &VolumeDir, now: Timestamp, entries: &[Entry<'_>]) -> Result<(), VolumeError> {
    if entries.is_empty() {
        return Ok(());
    }
    let text = render(now, entries);
    let logs = match home.directory(DIRECTORY)? {
        Some(logs) => logs,
        None => match home.create_directory(DIRECTORY, 0o755) {
            Ok(logs) => logs,
            // A gateway's logger was faster.
            Err(error) => home.directory(DIRECTORY)?.ok_or(error)?,
        },
    };
    match logs.append(FILE, text.as_bytes(), MAX_SIZE)? {
        Appended::Done => return Ok(()),
        Appended::Missing => {}
        Appended::Full => logs.rename(FILE, &logs, ROTATED)?,
    }
    logs.replace(FILE, text.as_bytes(), 0o644, Durability::Unsynced)
}

fn render(now: Timestamp, entries: &[Entry<'_>]) -> String {
    let time = now.strftime("%Y-%m-%dT%H:%M:%S%z").to_string();
    entries.iter().fold(String::new(), |mut text, entry| {
        let prior_state = entry.prior_state.map_or_else(|| "None".to_owned(), word);
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{time} profile={} prior_state={prior_state} action={} prior_exit={}",
            word(entry.profile),
            entry.action.map_or("failed", Action::as_str),
            entry.prior_exit.as_str(),
        );
        text
    })
}

/// `text` as one word of printable ASCII, so that it cannot forge a field or a
/// line.
fn word(text: &str) -> String {
    let mut word: String = text
        .chars()
        .take(MAX_WORD)
        .map(|c| if c.is_ascii_graphic() { c } else { '_' })
        .collect();
    if word.is_empty() {
        word.push('_');
    }
    word
}

#[cfg(test)]
mod tests;
