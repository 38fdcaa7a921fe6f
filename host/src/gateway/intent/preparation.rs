use std::thread::{self, Builder, JoinHandle};

use jiff::Timestamp;

use super::{Desired, FILE, Intent, MODE};
use crate::volume::{Durability, Staged, VolumeDir};

/// An intent on its way to the disk, without its name yet, while the backend is loaded: a
/// disk takes as long for it. Dropped, it is gone.
#[derive(Debug)]
pub struct Preparation(State);

#[derive(Debug)]
enum State {
    OnItsWay(Option<JoinHandle<Option<Prepared>>>),
    There(Option<Box<Prepared>>),
}

/// So many at a time: a disk takes several in the time of one.
const AT_ONCE: usize = 8;

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
        gains(profile)
            .then(|| Self::of(profile, desired, by))
            .flatten()
    }

    /// Those of many profiles, in their order, once they are all there.
    pub fn all(profiles: &[&VolumeDir], desired: Desired, by: &str) -> Vec<Option<Self>> {
        if !profiles.iter().any(|profile| gains(profile)) {
            return profiles.iter().map(|_| None).collect();
        }
        let prepare = |profile: &&VolumeDir| {
            let prepared = || Prepared::new(profile, desired, by).map(Box::new);
            gains(profile).then(|| Self(State::There(prepared())))
        };
        let share = profiles.len().div_ceil(AT_ONCE).max(1);
        thread::scope(|scope| {
            let shares = profiles.chunks(share).map(|profiles| {
                let work = move || profiles.iter().map(prepare).collect::<Vec<_>>();
                (profiles.len(), Builder::new().spawn_scoped(scope, work))
            });
            // All of them are at work before the first one is waited for.
            let shares: Vec<_> = shares.collect();
            let shares = shares.into_iter().map(|(length, share)| {
                let prepared = share.ok().and_then(|share| share.join().ok());
                prepared.unwrap_or_else(|| (0..length).map(|_| None).collect())
            });
            shares.flatten().collect()
        })
    }

    pub(super) fn of(profile: &VolumeDir, desired: Desired, by: String) -> Option<Self> {
        let profile = profile.clone();
        let prepare = move || Prepared::new(&profile, desired, &by);
        // A container may be allowed few threads.
        let thread = Builder::new().spawn(prepare).ok()?;
        Some(Self(State::OnItsWay(Some(thread))))
    }

    #[cfg(test)]
    pub(super) fn is_staged(&self) -> bool {
        match &self.0 {
            State::OnItsWay(thread) => thread.as_ref().is_some_and(JoinHandle::is_finished),
            State::There(prepared) => prepared.is_some(),
        }
    }

    /// Gives the intent its name if it is the one that follows `previous`; the caller holds
    /// the profile's lock.
    pub(super) fn publish(mut self, desired: Desired, previous: Option<&Intent>) -> Option<Intent> {
        let prepared = match &mut self.0 {
            State::OnItsWay(thread) => thread.take()?.join().ok()?,
            State::There(prepared) => prepared.take().map(|prepared| *prepared),
        }?;
        let is_next = prepared.intent.desired == desired && prepared.previous.as_ref() == previous;
        // Another command may have swept it.
        (is_next && prepared.staged.publish().is_ok()).then_some(prepared.intent)
    }
}

impl Drop for Preparation {
    fn drop(&mut self) {
        // A process that ends leaves nothing half done behind.
        if let State::OnItsWay(thread) = &mut self.0
            && let Some(thread) = thread.take()
        {
            let _ = thread.join();
        }
    }
}

/// Whether it would not be there at once anyway.
fn gains(profile: &VolumeDir) -> bool {
    !profile.is_rehearsed() && !profile.is_in_memory()
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
