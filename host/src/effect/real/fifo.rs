use std::io::Write;

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, Mode, OFlags};

use crate::effect::Failure;

/// Makes a FIFO with exactly this mode, never through a link.
pub(super) fn create(parent: &Dir, name: &str, mode: u32) -> Result<(), Failure> {
    create_open(parent, name, mode).map(drop)
}

/// Makes a FIFO and opens both its ends: there is never an end of file.
///
/// Whoever else may write to the directory could put something in its place
/// between the two calls; what is opened is therefore checked.
pub(super) fn create_open(parent: &Dir, name: &str, mode: u32) -> Result<OwnedFd, Failure> {
    rustix::fs::mknodat(parent, name, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
    let opened = open_own(parent, name, mode);
    if opened.is_err() {
        let _ = rustix::fs::unlinkat(parent, name, AtFlags::empty());
    }
    opened
}

fn open_own(parent: &Dir, name: &str, mode: u32) -> Result<OwnedFd, Failure> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fifo = rustix::fs::openat(parent, name, flags, Mode::empty())?;
    let stat = rustix::fs::fstat(&fifo)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Fifo
        || stat.st_uid != rustix::process::geteuid().as_raw()
    {
        return Err(Failure::PermissionDenied);
    }
    if mode != 0o600 {
        rustix::fs::fchmod(&fifo, Mode::from_raw_mode(mode & 0o7777))?;
    }
    Ok(fifo)
}

/// Writes without ever blocking; without bytes it only looks for a reader.
pub(super) fn signal(directory: &Dir, path: &str, bytes: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let mut fifo = directory.open_with(path, &options)?;
    let stat = rustix::fs::fstat(&fifo)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Fifo {
        return Err(Failure::Other("not a FIFO".into()));
    }
    if bytes.is_empty() {
        return Ok(());
    }
    match fifo.write_all(bytes).map_err(Failure::from) {
        // The last reader left after the FIFO was opened.
        Err(Failure::Closed) => Err(Failure::NoReader),
        written => written,
    }
}
