use std::time::{Duration, Instant};

use crate::backend::nanoseconds;
use crate::dbus::{self, MethodCall, first_message};
use crate::effect::real::Real;
use crate::effect::{Bytes, ConnectionId, Effect, Failure, Perform, Reply};
use crate::rehearsal::Change;

/// Bytes of one message.
const LONGEST_MESSAGE: usize = 16 << 20;

/// Bytes that are received at once.
const AT_ONCE: u32 = 64 << 10;

/// A connection of a dry run.
pub(super) struct Connection {
    /// Of the socket.
    path: String,
    /// `None`: for bytes that nobody here can read, so that none are sent.
    dbus: Option<Dbus>,
}

/// The other side, for calls that change nothing.
struct Dbus {
    real: ConnectionId,
    /// The beginning of a message from there.
    arriving: Vec<u8>,
    /// Whole messages, from there and those that were answered here.
    ready: Vec<u8>,
}

impl Connection {
    /// One that is not made.
    pub(super) fn plain(path: String) -> Self {
        Self { path, dbus: None }
    }

    /// `real`: what the lowest layer calls it.
    pub(super) fn dbus(path: String, real: ConnectionId) -> Self {
        let dbus = Dbus {
            real,
            arriving: Vec::new(),
            ready: Vec::new(),
        };
        Self {
            path,
            dbus: Some(dbus),
        }
    }

    /// Makes the calls that only read; what the others would change, as they are
    /// answered here.
    pub(super) fn send(
        &mut self,
        bytes: &Bytes,
        timeout: u64,
        real: &mut Real,
    ) -> Result<Vec<Change>, Failure> {
        let path = self.path.clone();
        let Some(dbus) = &mut self.dbus else {
            let bytes = bytes.clone();
            return Ok(vec![Change::Send { path, bytes }]);
        };
        let calls = dbus.send(&bytes.0, timeout, real)?.into_iter();
        let change = |call| Change::Call {
            path: path.clone(),
            call,
        };
        Ok(calls.map(change).collect())
    }

    /// `None`: nothing ever comes.
    pub(super) fn receive(
        &mut self,
        limit: u32,
        timeout: u64,
        real: &mut Real,
    ) -> Result<Option<Bytes>, Failure> {
        match &mut self.dbus {
            Some(dbus) => dbus.receive(limit as usize, timeout, real).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn close(self, real: &mut Real) {
        if let Some(Dbus {
            real: connection, ..
        }) = self.dbus
        {
            let _ = real.perform(&Effect::CloseConnection { connection });
        }
    }
}

impl Dbus {
    /// The calls that were not made, in words.
    fn send(
        &mut self,
        bytes: &[u8],
        timeout: u64,
        real: &mut Real,
    ) -> Result<Vec<String>, Failure> {
        let (mut unmade, mut made) = (Vec::new(), Vec::new());
        let mut rest = bytes;
        // The layers above pass whole calls only.
        while let Some((message, behind)) = first_message(rest, LONGEST_MESSAGE)? {
            let call = MethodCall::parse(message)?;
            match dbus::answer(&call)? {
                None => made.extend(message),
                Some(answer) => {
                    self.ready.extend(answer);
                    unmade.push(dbus::words(&call));
                }
            }
            rest = behind;
        }
        if !made.is_empty() {
            real.perform(&Effect::Send {
                connection: self.real,
                bytes: Bytes(made),
                timeout,
            })?;
        }
        Ok(unmade)
    }

    fn receive(&mut self, limit: usize, timeout: u64, real: &mut Real) -> Result<Bytes, Failure> {
        let expiry = Instant::now() + Duration::from_nanos(timeout);
        while self.ready.is_empty() {
            let received = real.perform(&Effect::ReceiveFrom {
                connection: self.real,
                limit: AT_ONCE,
                timeout: nanoseconds(expiry.saturating_duration_since(Instant::now())),
            })?;
            if let Reply::Bytes(bytes) = received {
                self.arriving.extend(bytes.0);
            }
            // An answer of ours must not come in the middle of a message.
            while let Some((message, behind)) = first_message(&self.arriving, LONGEST_MESSAGE)? {
                self.ready.extend(message);
                self.arriving = behind.to_vec();
            }
        }
        let rest = self.ready.split_off(limit.min(self.ready.len()));
        Ok(Bytes(std::mem::replace(&mut self.ready, rest)))
    }
}
