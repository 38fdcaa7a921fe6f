//! Ports that more than one profile has, as an `.env` may set any.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{PortRecord, PortSource};
use crate::profile::env_file::ENV_FILE;
use crate::profile::{Home, ProfileName};
use crate::text::sanitise;

/// Which profiles have which port.
#[derive(Debug, Default)]
pub struct PortHolders(BTreeMap<u16, Vec<ProfileName>>);

/// A port that another profile has as well: of the two gateways one cannot listen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{}: API_SERVER_PORT is {port}, the port of {other} as well",
    sanitise(&path.to_string_lossy())
)]
pub struct SharedPort {
    pub port: u16,
    pub other: ProfileName,
    /// The file that sets it.
    pub path: PathBuf,
}

impl Home {
    /// The ports of all profiles, as far as they can be read.
    pub fn port_holders(&self) -> PortHolders {
        let mut holders = PortHolders::default();
        for profile in self.profiles().filter_map(|(_, profile)| profile.ok()) {
            if let Ok(Some(record)) = profile.port() {
                holders.add(profile.name(), record);
            }
        }
        holders
    }
}

impl PortHolders {
    pub fn add(&mut self, profile: &ProfileName, record: PortRecord) {
        let holders = self.0.entry(record.port).or_default();
        holders.push(profile.clone());
    }

    /// Who else has the port that the `.env` of `profile`, in `dir`, sets. Of one that is
    /// recorded it is the other's `.env` that is to be told of.
    pub fn shared(
        &self,
        profile: &ProfileName,
        dir: &Path,
        record: PortRecord,
    ) -> Option<SharedPort> {
        if record.source != PortSource::Env {
            return None;
        }
        let mut holders = self.0.get(&record.port)?.iter();
        let other = holders.find(|holder| *holder != profile)?;
        Some(SharedPort {
            port: record.port,
            other: other.clone(),
            path: dir.join(ENV_FILE),
        })
    }
}

impl SharedPort {
    /// What to do about it.
    pub fn hint(&self) -> String {
        "set another one there, or none: then a free one is allocated".to_owned()
    }
}
