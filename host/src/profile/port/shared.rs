//! Ports that more than one profile has: an `.env` may set any, and a profile may have been
//! copied by hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{PortRecord, PortSource, RECORD};
use crate::profile::env_file::ENV_FILE;
use crate::profile::{Home, ProfileName};
use crate::text::sanitise;

/// Which profiles have which port.
#[derive(Debug, Default)]
pub struct PortHolders(BTreeMap<u16, Vec<(ProfileName, PortSource)>>);

/// A port that another profile has as well: of the two gateways one cannot listen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{}: port {port} is the port of {other} as well",
    sanitise(&path.to_string_lossy())
)]
pub struct SharedPort {
    pub port: u16,
    pub other: ProfileName,
    /// The file that sets it.
    pub path: PathBuf,
    pub set_by: PortSource,
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
        holders.push((profile.clone(), record.source));
    }

    /// Who else has the port of `profile`, which is in `dir`. Of one that is recorded, and that
    /// the other's `.env` sets, it is the other's `.env` that is to be told of.
    pub fn shared(
        &self,
        profile: &ProfileName,
        dir: &Path,
        record: PortRecord,
    ) -> Option<SharedPort> {
        let file = match record.source {
            PortSource::Env => ENV_FILE,
            PortSource::Recorded => RECORD,
        };
        let mut holders = self.0.get(&record.port)?.iter();
        let (other, _) = holders.find(|(holder, source)| {
            holder != profile
                && (record.source == PortSource::Env || *source == PortSource::Recorded)
        })?;
        Some(SharedPort {
            port: record.port,
            other: other.clone(),
            path: dir.join(file),
            set_by: record.source,
        })
    }
}

impl SharedPort {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self.set_by {
            PortSource::Env => "set another one there, or none: then a free one is allocated",
            PortSource::Recorded => {
                "remove that file from the one that is a copy: then a free one is allocated"
            }
        }
        .to_owned()
    }
}
