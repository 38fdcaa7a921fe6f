use std::thread::{Builder, JoinHandle};

use jiff::Timestamp;

use super::{Desired, FILE, Intent, MODE};
use crate::volume::{Durability, Staged, VolumeDir};

/// An intent on its way to the disk, without its name yet, while the backend is loaded: a
/// disk takes as long for it. Dropped, it is gone.
#[derive(Debug)]
pub struct Preparation(Option<JoinHandle<Option<Prepared>>>);

#[derive(Debug)]
struct Prepared {
    previous: Option<Intent>,
    intent: Intent,
    staged: Staged,
}

impl Preparation {
    /// `None`: there is nothing to be gained. Whatever goes wrong is told by
    /// [`Intent::record_prepared`], which then does it all itself.
    pub fn start(profile: &VolumeDir, desired: Desired, by: String) -> Option<Self> {
        if profile.is_rehearsed() || profile.is_in_memory() {
            return None;
        }
        Self::of(profile, desired, by)
    }

    pub(super) fn of(profile: &VolumeDir, desired: Desired, by: String) -> Option<Self> {
        let profile = profile.clone();
        let prepare = move || Prepared::new(&profile, desired, &by);
        // A container may be allowed few threads.
        let thread = Builder::new().spawn(prepare).ok()?;
        Some(Self(Some(thread)))
    }

    #[cfg(test)]
    pub(super) fn is_staged(&self) -> bool {
        self.0.as_ref().is_some_and(JoinHandle::is_finished)
    }

    /// Gives the intent its name if it is the one that follows `previous`; the caller holds
    /// the profile's lock.
    pub(super) fn publish(mut self, desired: Desired, previous: Option<&Intent>) -> Option<Intent> {
        let prepared = self.0.take()?.join().ok()??;
        let is_next = prepared.intent.desired == desired && prepared.previous.as_ref() == previous;
        // Another command may have swept it.
        (is_next && prepared.staged.publish().is_ok()).then_some(prepared.intent)
    }
}

impl Drop for Preparation {
    fn drop(&mut self) {
        // A process that ends leaves nothing half done behind.
        if let Some(thread) = self.0.take() {
            let _ = thread.join();
        }
    }
}

impl Prepared {
    fn new(profile: &VolumeDir, desired: Desired, by: &str) -> Option<Self> {
        let previous = Intent::load(profile).ok()?;
        if previous.as_ref().is_some_and(|it| it.desired == desired) {
            return None;
        }
        let intent = Intent::next(desired, previous.as_ref(), by, Timestamp::now());
        let json = intent.to_json();
        let staged = profile
            .stage(FILE, json.as_bytes(), MODE, Durability::BytesSynced)
            .ok()?;
        Some(Self {
            previous,
            intent,
            staged,
        })
    }
}
