use std::time::Instant;

use jiff::Timestamp;

use super::{FILE, Identity, Lease, LeaseError, MAX_SIZE, Record, Sighting, Standing, Timing};
use crate::volume::{Claim, Glimpse, VolumeDir};

/// Somebody who wants the lease, and watches it until it is to be had.
#[derive(Debug)]
pub struct Candidate<'a> {
    home: &'a VolumeDir,
    identity: &'a Identity,
    timing: Timing,
    /// What was seen first of what is still there, and when.
    watched: Option<(Glimpse, Instant)>,
}

/// What came of trying.
#[derive(Debug)]
pub enum Attempt {
    Taken(Lease),
    /// Somebody else has it, or seems to.
    Waiting(Sighting),
}

impl<'a> Candidate<'a> {
    pub fn new(home: &'a VolumeDir, identity: &'a Identity, timing: Timing) -> Self {
        Self {
            home,
            identity,
            timing,
            watched: None,
        }
    }

    /// Tries to take it; to be called again and again. Another machine's is taken once it was
    /// seen unchanged for as long as a lease lasts: by our own clock, which is the only one that
    /// counts then.
    pub fn attempt(&mut self, now: Instant) -> Result<Attempt, LeaseError> {
        let (claim, glimpse) = self.look()?;
        let unchanged = now.saturating_duration_since(self.watch(&glimpse, now));
        let sighting = Sighting::new(&glimpse, self.identity, unchanged, self.timing.expiry);
        match claim {
            Some(claim) if sighting.standing == Standing::Stale || is_free(&claim, &glimpse) => {
                let record = Record::new(self.identity, Timestamp::now());
                Lease::take(claim, &record, self.timing, now).map(Attempt::Taken)
            }
            _ => Ok(Attempt::Waiting(sighting)),
        }
    }

    fn look(&self) -> Result<(Option<Claim>, Glimpse), LeaseError> {
        loop {
            match self.home.claim(FILE)? {
                Some(claim) => {
                    let glimpse = claim.glimpse(MAX_SIZE)?;
                    return Ok((Some(claim), glimpse));
                }
                // Without one it was given back between the two.
                None => {
                    if let Some(glimpse) = self.home.glimpse(FILE, MAX_SIZE)? {
                        return Ok((None, glimpse));
                    }
                }
            }
        }
    }

    /// Since when it is as it is now.
    fn watch(&mut self, glimpse: &Glimpse, now: Instant) -> Instant {
        match &self.watched {
            // Whether it is locked makes no difference: who looks locks it for a moment.
            Some((seen, since))
                if (&seen.bytes, seen.modified) == (&glimpse.bytes, glimpse.modified) =>
            {
                *since
            }
            _ => {
                self.watched = Some((glimpse.clone(), now));
                now
            }
        }
    }
}

/// Nobody has ever had it.
fn is_free(claim: &Claim, glimpse: &Glimpse) -> bool {
    claim.is_new() && glimpse.bytes.as_ref().is_some_and(Vec::is_empty)
}
