use std::path::Path;

use rustix::fs::{Mode, OFlags, open};

/// Whether somebody reads the FIFO at `path`: how one tells a live supervisor
/// from what a dead one left behind.
pub fn has_reader(path: impl AsRef<Path>) -> bool {
    open(
        path.as_ref(),
        OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .is_ok()
}
