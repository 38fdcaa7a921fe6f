use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGCHLD, SIGINT, SIGTERM};
use signal_hook::{flag, low_level::pipe};

use super::report::Exit;
use super::{CommandError, Result};
use crate::os_error;

/// What ends a command that stays, and wakes it up.
pub(super) struct Signals {
    /// The number of the one that came last; 0: none.
    asked: Arc<AtomicUsize>,
    wake: UnixStream,
}

impl Signals {
    /// Takes SIGTERM and SIGINT over, which are to end the command in good order.
    pub(super) fn install() -> Result<Self> {
        Self::register().map_err(|error| {
            CommandError::new(
                Exit::Failed,
                format!("signals cannot be waited for: {}", os_error::words(&error)),
            )
        })
    }

    fn register() -> io::Result<Self> {
        let asked = Arc::new(AtomicUsize::new(0));
        let (wake, sender) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        for signal in [SIGTERM, SIGINT] {
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_usize(signal, Arc::clone(&asked), number)?;
            pipe::register(signal, sender.try_clone()?)?;
        }
        // The end of a child.
        pipe::register(SIGCHLD, sender)?;
        Ok(Self { asked, wake })
    }

    /// Sleeps that long, or until a signal comes or a child ends.
    pub(super) fn sleep(&self, patience: Duration) {
        let mut fds = [PollFd::new(&self.wake, PollFlags::IN)];
        // An interruption is a signal, too.
        let _ = poll(&mut fds, Timespec::try_from(patience).ok().as_ref());
        while (&self.wake).read(&mut [0; 64]).is_ok_and(|count| count > 0) {}
    }

    /// The signal that asked the command to end.
    pub(super) fn asked(&self) -> Option<u8> {
        u8::try_from(self.asked.load(Ordering::SeqCst))
            .ok()
            .filter(|signal| *signal > 0)
    }
}
