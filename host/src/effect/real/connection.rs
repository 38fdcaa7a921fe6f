use std::path::Path;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout, socket_peercred};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, recv,
    send, socket_with,
};

use super::timespec;
use crate::dbus::authentication;
use crate::effect::Failure;

/// A stream socket that somebody listened on whom the host trusts.
pub(super) struct Connection {
    /// `None`: what was sent last was cut short.
    socket: Option<OwnedFd>,
    /// So much of the answer to the authentication, until that is whole.
    unanswered: Option<Vec<u8>>,
}

impl Connection {
    /// `timeout`: nanoseconds, as everywhere here.
    pub(super) fn new(path: &Path, timeout: u64) -> Result<Self, Failure> {
        Self::open(path, Expiry::after(timeout))
    }

    /// One on which D-Bus messages are exchanged from now on. `to_bus`: what listens
    /// reads messages that follow before it has answered; whether it has accepted is
    /// seen with the first of its own.
    pub(super) fn authenticated(
        path: &Path,
        uid: u32,
        to_bus: bool,
        timeout: u64,
    ) -> Result<Self, Failure> {
        let expiry = Expiry::after(timeout);
        let mut connection = Self::open(path, expiry)?;
        // In one piece: what systemd reads together with `BEGIN` alone, the first
        // message, it does not look at before more arrives.
        let request = [&authentication::request(uid), authentication::BEGIN].concat();
        connection.send_until(&request, expiry)?;
        connection.unanswered = Some(Vec::new());
        if !to_bus {
            connection.be_accepted(expiry)?;
        }
        Ok(connection)
    }

    /// Waits for the answer to the authentication, where there is to be one.
    fn be_accepted(&mut self, expiry: Expiry) -> Result<(), Failure> {
        while let Some(mut answer) = self.unanswered.take() {
            // Messages may follow right behind the line of the answer.
            answer.extend(self.receive_line(expiry)?);
            match authentication::accepted(&answer) {
                Some(true) => {}
                Some(false) => return Err(Failure::Refused),
                None => self.unanswered = Some(answer),
            }
        }
        Ok(())
    }

    fn open(path: &Path, expiry: Expiry) -> Result<Self, Failure> {
        let flags = SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        let address = SocketAddrUnix::new(path)?;
        // Nothing polls for a place in a queue that is full: connecting itself
        // has to wait.
        loop {
            set_socket_timeout(&socket, Timeout::Send, Some(expiry.left()?))?;
            match connect(&socket, &address) {
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Err(Failure::TimedOut),
                connected => break connected?,
            }
        }
        // In a directory of another account anybody may have put it there.
        let listener = socket_peercred(&socket)?.uid;
        if !listener.is_root() && listener != rustix::process::geteuid() {
            return Err(Failure::PermissionDenied);
        }
        Ok(Self {
            socket: Some(socket),
            unanswered: None,
        })
    }

    /// Sends all of it.
    pub(super) fn send(&mut self, bytes: &[u8], timeout: u64) -> Result<(), Failure> {
        self.send_until(bytes, Expiry::after(timeout))
    }

    fn send_until(&mut self, mut bytes: &[u8], expiry: Expiry) -> Result<(), Failure> {
        let socket = self.socket.take().ok_or(Failure::Closed)?;
        while !bytes.is_empty() {
            match send(&socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(Errno::AGAIN) => wait(&socket, PollFlags::OUT, expiry)?,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        self.socket = Some(socket);
        Ok(())
    }

    /// What has arrived, up to `limit` bytes, else what arrives next.
    pub(super) fn receive(&mut self, limit: u32, timeout: u64) -> Result<Vec<u8>, Failure> {
        let expiry = Expiry::after(timeout);
        self.be_accepted(expiry)?;
        self.take(limit as usize, RecvFlags::empty(), expiry)
    }

    /// What has arrived of a line, else what arrives next, and nothing behind it.
    fn receive_line(&mut self, expiry: Expiry) -> Result<Vec<u8>, Failure> {
        let seen = self.take(64, RecvFlags::PEEK, expiry)?;
        let end = seen.iter().position(|byte| *byte == b'\n');
        self.take(
            end.map_or(seen.len(), |end| end + 1),
            RecvFlags::empty(),
            expiry,
        )
    }

    fn take(&mut self, limit: usize, how: RecvFlags, expiry: Expiry) -> Result<Vec<u8>, Failure> {
        let socket = self.socket.as_ref().ok_or(Failure::Closed)?;
        // Most of it is never touched: much is allowed, and little comes.
        let mut buffer = Vec::with_capacity(limit);
        if limit == 0 {
            return Ok(buffer);
        }
        loop {
            match recv(
                socket,
                spare_capacity(&mut buffer),
                RecvFlags::DONTWAIT | how,
            ) {
                Ok((_, 0)) => return Err(Failure::Closed),
                Ok(_) => {
                    buffer.shrink_to_fit();
                    return Ok(buffer);
                }
                Err(Errno::AGAIN) => wait(socket, PollFlags::IN, expiry)?,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}

/// When something has to be over.
#[derive(Clone, Copy)]
struct Expiry(Instant);

impl Expiry {
    fn after(timeout: u64) -> Self {
        Self(Instant::now() + Duration::from_nanos(timeout))
    }

    /// More than nothing.
    fn left(self) -> Result<Duration, Failure> {
        let left = self.0.checked_duration_since(Instant::now());
        left.filter(|left| !left.is_zero()).ok_or(Failure::TimedOut)
    }
}

fn wait(socket: &OwnedFd, until: PollFlags, expiry: Expiry) -> Result<(), Failure> {
    let left = timespec(u64::try_from(expiry.left()?.as_nanos()).unwrap_or(u64::MAX));
    match poll(&mut [PollFd::new(socket, until)], Some(&left)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}
