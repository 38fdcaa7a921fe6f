//! What signals ask of the gateway.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;
use signal_hook::SigId;
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
use signal_hook::low_level::{pipe, unregister};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

/// What has been asked of the gateway so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    /// To end: `SIGTERM` or `SIGINT`.
    pub(super) stop: bool,
    /// To finish its work and be started again: `SIGUSR1`.
    pub(super) restart: bool,
}

/// Signals arrive as bytes in two pipes, which are never emptied: what was
/// asked once stays asked, whenever somebody looks.
#[derive(Debug)]
pub(super) struct Signals {
    stop: UnixStream,
    restart: UnixStream,
    registered: Vec<SigId>,
}

/// Where the bytes come from.
#[derive(Debug)]
pub(super) struct Senders {
    pub(super) stop: UnixStream,
    pub(super) restart: UnixStream,
}

impl Signals {
    /// Takes the process's signals over until it is dropped.
    pub(super) fn install() -> io::Result<Self> {
        let (mut signals, senders) = Self::pipes()?;
        for (signal, sender) in [
            (SIGTERM, &senders.stop),
            (SIGINT, &senders.stop),
            (SIGUSR1, &senders.restart),
        ] {
            let id = pipe::register(signal, sender.try_clone()?)?;
            signals.registered.push(id);
        }
        Ok(signals)
    }

    pub(super) fn pipes() -> io::Result<(Self, Senders)> {
        let (stop, stop_sender) = UnixStream::pair()?;
        let (restart, restart_sender) = UnixStream::pair()?;
        let signals = Self {
            stop,
            restart,
            registered: Vec::new(),
        };
        let senders = Senders {
            stop: stop_sender,
            restart: restart_sender,
        };
        Ok((signals, senders))
    }

    /// Waits until something is asked or `listener` has a connection; at most
    /// `patience` where there is one.
    pub(super) fn wait(
        &self,
        listener: Option<BorrowedFd>,
        patience: Option<&Timespec>,
    ) -> io::Result<()> {
        let mut fds: Vec<_> = [self.stop.as_fd(), self.restart.as_fd()]
            .into_iter()
            .chain(listener)
            .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
            .collect();
        retry_on_intr(|| poll(&mut fds, patience))?;
        Ok(())
    }

    pub(super) fn asked(&self) -> Asked {
        Asked {
            stop: has_bytes(&self.stop),
            restart: has_bytes(&self.restart),
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            unregister(id);
        }
    }
}

impl Asked {
    pub(super) const fn anything(self) -> bool {
        self.stop || self.restart
    }
}

fn has_bytes(stream: &UnixStream) -> bool {
    let mut fds = [PollFd::new(stream, PollFlags::IN)];
    let now = Timespec::default();
    retry_on_intr(|| poll(&mut fds, Some(&now))).is_ok_and(|ready| ready > 0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rustix::process::{Signal, getpid, kill_process};

    #[test]
    fn every_signal_asks_for_its_own() {
        for (signal, asked) in [
            (
                Signal::TERM,
                Asked {
                    stop: true,
                    restart: false,
                },
            ),
            (
                Signal::INT,
                Asked {
                    stop: true,
                    restart: false,
                },
            ),
            (
                Signal::USR1,
                Asked {
                    stop: false,
                    restart: true,
                },
            ),
        ] {
            let signals = Signals::install().unwrap();
            assert!(!signals.asked().anything());
            kill_process(getpid(), signal).unwrap();
            signals.wait(None, None).unwrap();
            assert_eq!(signals.asked(), asked, "{signal:?}");
            assert_eq!(signals.asked(), asked, "it stays asked");
        }
    }
}
