use hermes_backend_sdk::types::Duration;
use hermes_backend_sdk::{clock, sockets};

use super::{Call, Message, first_message};

/// A connection that the host has authenticated. Calls are queued and sent
/// together; what comes is read one message after the other.
pub(crate) struct Connection {
    socket: sockets::Connection,
    to_bus: bool,
    last_serial: u32,
    outbox: Vec<u8>,
    inbox: Vec<u8>,
}

/// Tells which call a reply answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Serial(u32);

/// Bytes that are sent at once, at the least, where there are more to send.
const PARCEL: usize = 64 << 10;

/// Bytes that are received at once, at most.
const GULP: u32 = 256 << 10;

impl Connection {
    /// `to_bus`: a bus stands between, which wants to be greeted first.
    pub(crate) fn open(
        label: &str,
        to_bus: bool,
        timeout: Duration,
    ) -> Result<Self, sockets::Error> {
        Ok(Self {
            socket: sockets::connect(label, timeout)?,
            to_bus,
            last_serial: 0,
            outbox: Vec::new(),
            inbox: Vec::new(),
        })
    }

    pub(crate) fn is_to_bus(&self) -> bool {
        self.to_bus
    }

    pub(crate) fn queue(&mut self, call: &Call) -> Serial {
        self.last_serial += 1;
        let message = call.message(self.last_serial, self.to_bus);
        self.outbox.extend(message);
        Serial(self.last_serial)
    }

    /// Sends what is queued.
    pub(crate) fn flush(&mut self, deadline: Duration) -> Result<(), sockets::Error> {
        while !self.outbox.is_empty() {
            let parcel: Vec<u8> = self.outbox.drain(..PARCEL.min(self.outbox.len())).collect();
            self.socket.send(&parcel, left(deadline))?;
        }
        Ok(())
    }

    /// Sends what is queued and hands over each message that comes, until `take`
    /// has what it wants. `Closed` is also that a bus has nobody for it.
    pub(crate) fn receive(
        &mut self,
        deadline: Duration,
        take: &mut dyn FnMut(&Message) -> bool,
    ) -> Result<(), sockets::Error> {
        self.flush(deadline)?;
        loop {
            let mut read = 0;
            let mut done = false;
            while !done {
                let rest = self.inbox.get(read..).unwrap_or_default();
                let parsed = first_message(rest)
                    .map_err(|_| sockets::Error::Other("it speaks no D-Bus".into()))?;
                let Some((message, length)) = parsed else {
                    break;
                };
                read += length;
                if self.to_bus && message.says_nobody_is_there() {
                    return Err(sockets::Error::Closed);
                }
                done = take(&message);
            }
            self.inbox.drain(..read);
            if done {
                return Ok(());
            }
            let bytes = self.socket.receive(GULP, left(deadline))?;
            self.inbox.extend(bytes);
        }
    }
}

impl Serial {
    pub(crate) fn is_answered_by(self, message: &Message) -> bool {
        message.reply_to == Some(self.0)
    }

    /// Its place among calls that were queued one after the other, this one first.
    pub(crate) fn place_of(self, message: &Message) -> Option<usize> {
        let place = message.reply_to?.checked_sub(self.0)?;
        usize::try_from(place).ok()
    }
}

fn left(deadline: Duration) -> Duration {
    deadline.saturating_sub(clock::monotonic())
}
