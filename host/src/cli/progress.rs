use std::io::{self, Write};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Says on a terminal what takes longer than a second, until it is dropped.
pub(super) struct Progress {
    done: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// `terminal`: whether anybody watches.
    pub(super) fn new(what: String, terminal: bool) -> Self {
        if !terminal {
            return Self {
                done: None,
                thread: None,
            };
        }
        let (done, ended) = channel::<()>();
        let thread = thread::spawn(move || {
            let mut seconds = 0;
            // It ends when the sender is dropped.
            while ended.recv_timeout(Duration::from_secs(1))
                == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                seconds += 1;
                let _ = write!(io::stderr(), "\r{what} ({seconds} s)\u{1b}[K");
            }
            if seconds > 0 {
                let _ = write!(io::stderr(), "\r\u{1b}[K");
            }
        });
        Self {
            done: Some(done),
            thread: Some(thread),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
