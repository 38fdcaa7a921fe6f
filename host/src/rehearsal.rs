//! A run that performs nothing: the machine as it would be by now, and the
//! [`Plan`] of what would have been done to it.
//!
//! What a run changes is kept in memory, over the directories of the machine,
//! which are only looked at. Every real directory is one *state* here however
//! it was reached, so that all who use a rehearsal see what the others wrote.

mod entry;
mod expectation;
mod folder;
mod mutation;
mod permission;
mod plan;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cap_std::fs::Dir;
use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;

pub(crate) use entry::{Attributes, Content, Entry, Leaf, Origin, State};
pub(crate) use folder::Folder;
pub use plan::{Change, Contents, Plan, Step};

/// Inodes of what is not on the machine.
const FIRST_INODE: u64 = 1 << 62;

/// One rehearsal; its clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Rehearsal(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    plan: Mutex<Plan>,
    /// By device and inode.
    states: Mutex<BTreeMap<(u64, u64), Arc<State>>>,
    made: AtomicU64,
}

impl Rehearsal {
    /// What has been done so far, in its order.
    pub fn plan(&self) -> Plan {
        locked(&self.0.plan).clone()
    }

    /// `by`: a backend's id, or `host`.
    pub(crate) fn note(&self, by: &str, change: Change) {
        locked(&self.0.plan).steps.push(Step {
            by: by.to_owned(),
            change,
        });
    }

    /// A directory of the machine, links on the way followed.
    pub(crate) fn open(&self, path: &Path) -> Result<Folder, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
        self.folder(directory)
    }

    fn folder(&self, directory: OwnedFd) -> Result<Folder, Errno> {
        let stat = rustix::fs::fstat(&directory)?;
        let state = self.state(stat.st_dev, stat.st_ino);
        let below = Some(Arc::new(Dir::from_std_file(directory.into())));
        Ok(Folder::new(self.clone(), below, state))
    }

    fn state(&self, device: u64, inode: u64) -> Arc<State> {
        let mut states = locked(&self.0.states);
        Arc::clone(states.entry((device, inode)).or_default())
    }

    fn next_inode(&self) -> u64 {
        FIRST_INODE + self.0.made.fetch_add(1, Ordering::Relaxed)
    }
}

/// Nothing here is left half changed by a panic.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
