//! The port of a profile's API server: the one its `.env` sets, or one allocated and recorded.

mod shared;

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
pub use shared::{PortHolders, SharedPort};

use super::Profile;
use super::env_file::{ENV_FILE, EnvFile};
use super::error::ProfileError;
use super::home::Home;
use super::name::ProfileName;
use crate::volume::{Durability, Lock, VolumeDir};

/// First port that is allocated.
pub(super) const FIRST: u16 = 9200;
/// How many ports there are to allocate.
pub(super) const COUNT: u16 = 600;

/// The variable of hermes-agent's that sets the port.
pub(super) const VARIABLE: &str = "API_SERVER_PORT";

/// Where an allocated port is recorded: decimal, one line.
pub(super) const RECORD: &str = "gateway_port";
const MAX_RECORD: u64 = 32;

/// A profile's port and what decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRecord {
    /// TCP port, never 0.
    pub port: u16,
    /// What decided it.
    pub source: PortSource,
}

/// What decided a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortSource {
    /// `API_SERVER_PORT` in the profile's `.env`.
    Env,
    /// An earlier allocation.
    Recorded,
}

/// The port a profile gets when nobody else has it: the first four bytes of the SHA-256 of the
/// name, big-endian, spread over the range. hermes-agent's own formula.
pub fn preferred(name: &ProfileName) -> u16 {
    let digest = Sha256::digest(name.as_str());
    let hash = digest
        .iter()
        .take(4)
        .fold(0, |hash, &byte| hash << 8 | u32::from(byte));
    // The remainder is below `COUNT`, so it fits.
    FIRST + u16::try_from(hash % u32::from(COUNT)).unwrap_or(0)
}

/// The first port not `taken` from the preferred one on, around the end of the range; `None`
/// when all are.
pub fn allocate(name: &ProfileName, taken: &BTreeSet<u16>) -> Option<u16> {
    let start = preferred(name) - FIRST;
    (0..COUNT)
        .map(|step| FIRST + (start + step) % COUNT)
        .find(|port| !taken.contains(port))
}

impl Profile {
    /// The port of the profile; `None` before one is allocated.
    pub fn port(&self) -> Result<Option<PortRecord>, ProfileError> {
        port_in(&self.dir)
    }
}

impl Home {
    /// The port of `profile`, allocated and recorded when it has none; `who` is the command that
    /// asks. For many profiles use one [`PortAllocator`].
    pub fn ensure_port(&self, profile: &Profile, who: &str) -> Result<PortRecord, ProfileError> {
        match profile.port()? {
            Some(record) => Ok(record),
            None => self.port_allocator(who)?.ensure(profile),
        }
    }

    /// A port for `profile`, which has none, for a command that holds the home's lock and
    /// has seen those of all others.
    pub(crate) fn give_port(
        profile: &Profile,
        taken: &BTreeSet<u16>,
        _lock: &Lock,
    ) -> Result<PortRecord, ProfileError> {
        give(profile, taken)
    }

    /// Looks at the ports of all profiles once, keeping them as they are until it is dropped.
    pub fn port_allocator(&self, who: &str) -> Result<PortAllocator, ProfileError> {
        let lock = self.lock(who)?;
        Ok(PortAllocator {
            taken: self.taken_ports(),
            _lock: lock,
        })
    }

    /// The ports of all profiles. One that cannot be read has none that could be respected.
    pub(super) fn taken_ports(&self) -> BTreeSet<u16> {
        let profiles = self
            .profiles()
            .filter_map(|(_, profile)| profile.ok()?.port().ok()?);
        profiles.map(|record| record.port).collect()
    }
}

/// Gives ports to profiles while no other command can.
#[derive(Debug)]
pub struct PortAllocator {
    taken: BTreeSet<u16>,
    _lock: Lock,
}

impl PortAllocator {
    /// The port of `profile`, allocated and recorded when it has none.
    pub fn ensure(&mut self, profile: &Profile) -> Result<PortRecord, ProfileError> {
        if let Some(record) = profile.port()? {
            return Ok(record);
        }
        let given = give(profile, &self.taken)?;
        self.taken.insert(given.port);
        Ok(given)
    }
}

fn give(profile: &Profile, taken: &BTreeSet<u16>) -> Result<PortRecord, ProfileError> {
    Ok(PortRecord {
        port: record(&profile.name, &profile.dir, taken)?,
        source: PortSource::Recorded,
    })
}

/// Allocates a port for the profile in `dir` and records it there.
pub(super) fn record(
    name: &ProfileName,
    dir: &VolumeDir,
    taken: &BTreeSet<u16>,
) -> Result<u16, ProfileError> {
    let port =
        allocate(name, taken).ok_or_else(|| ProfileError::PortsExhausted { name: name.clone() })?;
    dir.replace(
        RECORD,
        format!("{port}\n").as_bytes(),
        0o644,
        Durability::Synced,
    )?;
    Ok(port)
}

fn port_in(dir: &VolumeDir) -> Result<Option<PortRecord>, ProfileError> {
    let bad = |file: &str, what| ProfileError::BadPort {
        path: dir.path().join(file),
        what,
    };
    if let Some(value) = EnvFile::read(dir)?
        .get(VARIABLE)
        .filter(|value| !value.is_empty())
    {
        let port = parse(value)
            .ok_or_else(|| bad(ENV_FILE, "API_SERVER_PORT is not a port from 1 to 65535"))?;
        return Ok(Some(PortRecord {
            port,
            source: PortSource::Env,
        }));
    }
    let Some(bytes) = dir.read(RECORD, MAX_RECORD)? else {
        return Ok(None);
    };
    let port = std::str::from_utf8(&bytes).ok().and_then(parse);
    let port = port.ok_or_else(|| bad(RECORD, "does not hold a port from 1 to 65535"))?;
    Ok(Some(PortRecord {
        port,
        source: PortSource::Recorded,
    }))
}

fn parse(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|&port| port != 0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
