use std::panic::resume_unwind;
use std::thread::{Builder, Scope, ScopedJoinHandle};

use crate::volume::{VolumeDir, VolumeError};

/// Directories on their way to the disk while the backend works: a gateway takes
/// longer to start or to stop.
pub(super) enum Syncing<'scope> {
    Beside(ScopedJoinHandle<'scope, Vec<Synced>>),
    Done(Vec<Synced>),
}

type Synced = Result<(), VolumeError>;

impl<'scope> Syncing<'scope> {
    pub(super) fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        directories: &[&'env VolumeDir],
    ) -> Self {
        let all_now = || directories.iter().map(|one| one.sync()).collect();
        if directories.iter().all(|one| one.is_in_memory()) {
            return Self::Done(all_now());
        }
        let work: Vec<_> = directories.iter().map(|one| one.syncing()).collect();
        let thread =
            Builder::new().spawn_scoped(scope, || work.into_iter().map(|sync| sync()).collect());
        match thread {
            Ok(thread) => Self::Beside(thread),
            // A container may be allowed few threads.
            Err(_) => Self::Done(all_now()),
        }
    }

    /// What came of each, in their order.
    pub(super) fn wait(self) -> Vec<Synced> {
        match self {
            Self::Beside(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Self::Done(synced) => synced,
        }
    }
}
