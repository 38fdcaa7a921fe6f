//! Where there is room for temporary directories.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rustix::fs::{FsWord, StatVfsMountFlags, statfs, statvfs};

/// `TMPFS_MAGIC` of linux/magic.h.
const TMPFS: FsWord = 0x0102_1994;

/// A directory on a tmpfs.
pub(crate) fn memory() -> Result<PathBuf> {
    find(true).context("there is no tmpfs to work on")
}

/// A directory on a file system where fsync costs something, if there is one.
pub(crate) fn disk() -> Option<PathBuf> {
    find(false)
}

fn find(memory: bool) -> Option<PathBuf> {
    ["/dev/shm", "/run", "/tmp", "/var/tmp"]
        .map(PathBuf::from)
        .into_iter()
        .find(|directory| is_usable(directory, memory).unwrap_or(false))
}

fn is_usable(directory: &Path, memory: bool) -> rustix::io::Result<bool> {
    let is_memory = statfs(directory)?.f_type == TMPFS;
    // Scripts are executed there.
    let executes = !statvfs(directory)?
        .f_flag
        .contains(StatVfsMountFlags::NOEXEC);
    Ok(is_memory == memory && executes)
}
