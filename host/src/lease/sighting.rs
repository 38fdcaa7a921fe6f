use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use super::{Entry, FILE, Identity, LeaseError, MAX_SIZE, Record, Standing, Timing, judge};
use crate::volume::{Glimpse, VolumeDir};

/// A record is written within this many looks, so far apart.
const LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// How a lease is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    pub entry: Entry,
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
        let entry = read(glimpse);
        let record = entry.as_ref().ok().and_then(Option::as_ref);
        Self {
            standing: judge(glimpse.held, &entry, own, unchanged, expiry),
            locked: glimpse.held,
            ours: record.is_some_and(|record| record.is_of(own)),
            entry,
        }
    }

    /// What its holder says of itself.
    pub fn record(&self) -> Option<&Record> {
        self.entry.as_ref().ok().and_then(Option::as_ref)
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
        match &self.entry {
            Ok(Some(record)) => record.holder(),
            Ok(None) => "unknown, it is being taken or given back".to_owned(),
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
pub(super) fn read(glimpse: &Glimpse) -> Entry {
    match &glimpse.bytes {
        Some(bytes) => Record::parse(bytes),
        None => Err(format!("is larger than {MAX_SIZE} bytes")),
    }
}

/// Not while its holder is just writing it.
fn settled(home: &VolumeDir) -> Result<Option<Glimpse>, LeaseError> {
    for _ in 1..LOOKS {
        match home.glimpse(FILE, MAX_SIZE)? {
            Some(glimpse) if glimpse.held && !matches!(read(&glimpse), Ok(Some(_))) => {
                thread::sleep(BETWEEN_LOOKS);
            }
            glimpse => return Ok(glimpse),
        }
    }
    Ok(home.glimpse(FILE, MAX_SIZE)?)
}
