use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use super::{FILE, Identity, LeaseError, MAX_SIZE, Record, Standing, Timing, judge};
use crate::volume::{Glimpse, VolumeDir};

/// A record is being written for less than this many looks, so far apart.
const LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// How a lease is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The error is why it cannot be read, fit to show.
    pub record: Result<Record, String>,
    pub standing: Standing,
    /// Whether its holder has locked it, as far as locks reach.
    pub locked: bool,
    /// Whether it is this container's.
    pub ours: bool,
}

impl Sighting {
    /// Looks once, as a command does: what is another machine's is judged by the clocks.
    /// `None`: nobody has a lease. `proc` is where procfs is mounted.
    pub fn of(home: &VolumeDir, proc: &Path) -> Result<Option<Self>, LeaseError> {
        let Some(glimpse) = settled(home)? else {
            return Ok(None);
        };
        let own = Identity::current(proc)?;
        // In the future, by another clock: young.
        let age = SystemTime::now().duration_since(glimpse.modified);
        let age = age.unwrap_or_default();
        Ok(Some(Self::new(&glimpse, &own, age, Timing::USUAL.expiry)))
    }

    pub(super) fn new(
        glimpse: &Glimpse,
        own: &Identity,
        unchanged: Duration,
        expiry: Duration,
    ) -> Self {
        let record = read(glimpse);
        let known = record.as_ref().ok();
        Self {
            standing: judge(glimpse.held, known, own, unchanged, expiry),
            locked: glimpse.held,
            ours: known.is_some_and(|record| record.is_of(own)),
            record,
        }
    }

    /// The error, where another container may be running the gateways of `home`.
    pub fn elsewhere(&self, home: &VolumeDir) -> LeaseError {
        LeaseError::Elsewhere {
            home: home.path().to_owned(),
            holder: self.holder(),
        }
    }

    /// Whether another container may be running the gateways.
    pub fn is_in_the_way(&self) -> bool {
        self.standing == Standing::Live && !self.ours
    }

    /// Who holds it and since when, as far as it says so; fit to show.
    pub fn holder(&self) -> String {
        match &self.record {
            Ok(record) => record.holder(),
            Err(reason) => format!("unknown, {FILE} {reason}"),
        }
    }
}

/// Refuses to go on where another container may be running the gateways of `home`. `proc` is
/// where procfs is mounted.
pub fn check(home: &VolumeDir, proc: &Path) -> Result<(), LeaseError> {
    match Sighting::of(home, proc)? {
        Some(sighting) if sighting.is_in_the_way() => Err(sighting.elsewhere(home)),
        _ => Ok(()),
    }
}

/// What a glimpse says of the holder.
pub(super) fn read(glimpse: &Glimpse) -> Result<Record, String> {
    match &glimpse.bytes {
        Some(bytes) => Record::parse(bytes),
        None => Err(format!("is larger than {MAX_SIZE} bytes")),
    }
}

/// Not while its holder is just writing it.
fn settled(home: &VolumeDir) -> Result<Option<Glimpse>, LeaseError> {
    for _ in 1..LOOKS {
        match home.glimpse(FILE, MAX_SIZE)? {
            Some(glimpse) if glimpse.held && read(&glimpse).is_err() => {
                thread::sleep(BETWEEN_LOOKS);
            }
            glimpse => return Ok(glimpse),
        }
    }
    Ok(home.glimpse(FILE, MAX_SIZE)?)
}
