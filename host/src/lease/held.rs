use std::time::Instant;

use super::record::NOBODY;
use super::{LeaseError, Loss, MAX_SIZE, Record, Timing};
use crate::volume::{Claim, VolumeError};

/// A lease that this process holds. Dropped, it is not given back: its record stays, and counts
/// for nothing on this machine.
#[derive(Debug)]
pub struct Lease {
    claim: Claim,
    record: Vec<u8>,
    timing: Timing,
    renewed: Instant,
}

impl Lease {
    pub(super) fn take(
        claim: Claim,
        record: &Record,
        timing: Timing,
        now: Instant,
    ) -> Result<Self, LeaseError> {
        let record = record.to_json().into_bytes();
        if let Err(error) = claim.write(&record) {
            // An empty one would keep everybody waiting.
            if claim.is_new() {
                claim.remove()?;
            }
            return Err(error.into());
        }
        Ok(Self {
            claim,
            record,
            timing,
            renewed: now,
        })
    }

    /// Makes sure that it is still ours, and renews it where that is due; to be called more
    /// often than that. After an error it is lost.
    pub fn keep(&mut self, now: Instant) -> Result<(), LeaseError> {
        match self.look() {
            Ok(None) => {}
            Ok(Some(loss)) => return Err(LeaseError::Lost(loss)),
            Err(error) => return self.bear(error, now),
        }
        if now.saturating_duration_since(self.renewed) < self.timing.renewal {
            return Ok(());
        }
        match self.claim.touch() {
            Ok(()) => {
                self.renewed = now;
                Ok(())
            }
            Err(error) => self.bear(error, now),
        }
    }

    /// Gives it back, so that nobody has to wait for it. One that is lost is left alone.
    pub fn give_back(self) -> Result<(), LeaseError> {
        match self.look()? {
            None => Ok(self.claim.write(NOBODY)?),
            Some(_) => Ok(()),
        }
    }

    /// How it was lost, where it was.
    fn look(&self) -> Result<Option<Loss>, VolumeError> {
        if !self.claim.is_current()? {
            return Ok(Some(Loss::Removed));
        }
        let glimpse = self.claim.glimpse(MAX_SIZE)?;
        if glimpse.bytes.as_ref() == Some(&self.record) {
            return Ok(None);
        }
        Ok(Some(match super::sighting::read(&glimpse) {
            Ok(Some(record)) => Loss::Taken {
                holder: record.holder(),
            },
            Ok(None) | Err(_) => Loss::Removed,
        }))
    }

    /// What goes wrong may pass; others wait until the lease has expired.
    fn bear(&self, error: VolumeError, now: Instant) -> Result<(), LeaseError> {
        match now.saturating_duration_since(self.renewed) < self.timing.expiry {
            true => Ok(()),
            false => Err(LeaseError::Lost(Loss::NotRenewed(error))),
        }
    }
}
