//! The HTTP side: accepts connections until a signal asks otherwise.

use super::connection;
use super::in_flight::InFlight;
use super::signals::{Asked, Signals};
use crate::os_error;
use rustix::event::Timespec;
use serde_json::{Value, json};
use std::io::{self, ErrorKind, PipeReader, PipeWriter};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// For a client to send its request, and to take its answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// After a connection could not be accepted: what is short then (descriptors,
/// memory) comes back by itself.
const PAUSE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// A listening gateway.
#[derive(Debug)]
pub(super) struct Server {
    listener: TcpListener,
    health: Arc<Health>,
    in_flight: Arc<InFlight>,
    /// At its end for all connections once `open` is dropped.
    closing: Arc<PipeReader>,
    open: PipeWriter,
}

/// What `/health` tells.
#[derive(Debug)]
struct Health {
    profile: String,
    started: Instant,
    draining: AtomicBool,
}

impl Server {
    /// Only this machine reaches it. Port 0 is any free one.
    pub(super) fn bind(profile: &str, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let (closing, open) = io::pipe()?;
        Ok(Self {
            listener,
            health: Arc::new(Health {
                profile: profile.to_owned(),
                started: Instant::now(),
                draining: AtomicBool::new(false),
            }),
            in_flight: Arc::default(),
            closing: Arc::new(closing),
            open,
        })
    }

    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// Serves until something is asked; `log` hears of connections that could
    /// not be served.
    pub(super) fn serve(&self, signals: &Signals, log: &mut dyn FnMut(&str)) -> io::Result<Asked> {
        let mut failing = false;
        loop {
            if failing {
                signals.wait(None, Some(&PAUSE))?;
            } else {
                signals.wait(Some(self.listener.as_fd()), None)?;
            }
            let asked = signals.asked();
            if asked.anything() {
                return Ok(asked);
            }
            match self.accept() {
                Ok(()) => failing = false,
                Err(error) if failing => drop(error),
                Err(error) => {
                    failing = true;
                    let error = os_error::words(&error);
                    log(&format!("cannot take connections for now: {error}"));
                }
            }
        }
    }

    /// Takes no more connections, closes those without a request and waits at
    /// most `budget` for the answers under way; returns how many did not get
    /// done.
    pub(super) fn drain(self, budget: Duration) -> usize {
        self.health.draining.store(true, Ordering::Relaxed);
        drop(self.listener);
        drop(self.open);
        self.in_flight.drain(budget)
    }

    fn accept(&self) -> io::Result<()> {
        match self.listener.accept() {
            Ok((stream, _)) => self.answer(stream),
            // The client has left again.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::ConnectionAborted
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        let Some(ticket) = self.in_flight.enter() else {
            // Its client may be gone, and that is its own affair.
            let _ = connection::refuse(&stream);
            return Ok(());
        };
        let health = Arc::clone(&self.health);
        let closing = Arc::clone(&self.closing);
        thread::Builder::new().spawn(move || {
            let _ = connection::answer(&mut stream, &closing, PATIENCE, || health.to_json());
            drop(ticket);
        })?;
        Ok(())
    }
}

impl Health {
    fn to_json(&self) -> Value {
        let draining = self.draining.load(Ordering::Relaxed);
        json!({
            "status": "ok",
            "profile": self.profile,
            "pid": std::process::id(),
            "state": if draining { "draining" } else { "running" },
            "uptime_s": self.started.elapsed().as_secs(),
        })
    }
}
