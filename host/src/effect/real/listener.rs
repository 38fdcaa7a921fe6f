use cap_std::fs::Dir;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::fs::AtFlags;
use rustix::io::Errno;
use rustix::time::{ClockId, Timespec, clock_gettime};

use super::fifo;
use super::parent::Parent;
use super::timespec;
use crate::effect::Failure;

/// A FIFO of ours that others write to; removed when dropped.
pub(super) struct Listener {
    fifo: OwnedFd,
    folder: Dir,
    name: String,
}

impl Listener {
    pub(super) fn new(directory: &Dir, path: &str, mode: u32) -> Result<Self, Failure> {
        let parent = Parent::of(directory, path)?;
        let name = parent.name.to_owned();
        // A notifier takes every entry of the right shape for a listener.
        let hidden = format!(".{name}");
        let fifo = fifo::create_open(&parent, &hidden, mode)?;
        if let Err(errno) = rustix::fs::renameat(&*parent, &hidden, &*parent, &name) {
            let _ = rustix::fs::unlinkat(&*parent, &hidden, AtFlags::empty());
            return Err(errno.into());
        }
        Ok(Self {
            fifo,
            folder: parent.into_directory()?,
            name,
        })
    }

    /// What has arrived, up to one buffer; empty where nothing has.
    pub(super) fn receive(&self) -> Result<Vec<u8>, Failure> {
        let mut buffer = [0; 4096];
        match rustix::io::read(&self.fifo, &mut buffer) {
            Ok(length) => Ok(buffer.get(..length).unwrap_or_default().to_vec()),
            Err(Errno::AGAIN) => Ok(Vec::new()),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // A notifier that finds it without a reader removes it as well.
        let _ = rustix::fs::unlinkat(&self.folder, &self.name, AtFlags::empty());
    }
}

/// The places of the listeners that have bytes; none when the time is up.
pub(super) fn wait(listeners: &[&Listener], timeout: u64) -> Result<Vec<u32>, Failure> {
    let mut polled: Vec<PollFd> = listeners
        .iter()
        .map(|listener| PollFd::new(&listener.fifo, PollFlags::IN))
        .collect();
    let deadline = clock_gettime(ClockId::Monotonic) + timespec(timeout);
    loop {
        let now = clock_gettime(ClockId::Monotonic);
        let left = if now < deadline {
            deadline - now
        } else {
            Timespec::default()
        };
        match poll(&mut polled, Some(&left)) {
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
            Ok(_) => break,
        }
    }
    Ok((0..)
        .zip(&polled)
        .filter(|(_, polled)| !polled.revents().is_empty())
        .map(|(place, _)| place)
        .collect())
}
