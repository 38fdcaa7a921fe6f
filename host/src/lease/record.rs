use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Identity;
use crate::{json, text};

/// What is in the file: a holder, nobody, or nothing that can be read, and why. The reason is
/// fit to show.
pub type Entry = Result<Option<Record>, String>;

/// In the file that has been given back. It stays, so that the next one finds room for its
/// record also where the volume is full.
pub(super) const NOBODY: &[u8] = b"{}\n";

/// What the holder of a lease writes of itself. Anybody can have written it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub host: String,
    pub boot: String,
    pub container: String,
    /// As its container sees it.
    pub pid: u32,
    /// When it took the lease, in RFC 3339.
    pub since: String,
}

impl Record {
    /// Of this process, which takes the lease now.
    pub fn new(identity: &Identity, now: Timestamp) -> Self {
        Self {
            host: identity.host.clone(),
            boot: identity.boot.clone(),
            container: identity.container.clone(),
            pid: std::process::id(),
            since: format!("{now:.0}"),
        }
    }

    /// What the bytes of the file say.
    pub fn parse(bytes: &[u8]) -> Entry {
        if bytes.is_empty() {
            return Err("is empty".to_owned());
        }
        // No key twice, and no array, which a derived struct would also be read from.
        let object = json::object(bytes).map_err(unreadable)?;
        if object.is_empty() {
            return Ok(None);
        }
        serde_json::from_value(object.into())
            .map(Some)
            .map_err(|error| unreadable(text::excerpt(&error.to_string(), 200)))
    }

    /// As it stands in the file.
    pub fn to_json(&self) -> String {
        let json = serde_json::json!({
            "host": self.host,
            "boot": self.boot,
            "container": self.container,
            "pid": self.pid,
            "since": self.since,
        });
        format!("{json}\n")
    }

    /// Whether a process of this container wrote it.
    pub fn is_of(&self, identity: &Identity) -> bool {
        self.boot == identity.boot && self.container == identity.container
    }

    /// Who holds it and since when, fit to show: `HOST, since 2026-05-18T07:00:00Z`.
    pub fn holder(&self) -> String {
        let (host, since) = (
            text::excerpt(&self.host, 64),
            text::excerpt(&self.since, 40),
        );
        format!("{host}, since {since}")
    }
}

/// What follows the name of the file.
fn unreadable(reason: String) -> String {
    match reason.starts_with("is ") {
        true => reason,
        false => format!("cannot be read: {reason}"),
    }
}
