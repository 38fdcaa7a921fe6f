//! Between a gateway that writes a newline and a systemd that wants a datagram.

use super::replace_process::THIS_PROGRAM;
use super::{NOTIFY_SOCKET, Notification};
use rustix::io::{FdFlags, fcntl_setfd};
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, IntoRawFd};
use std::process::{Command, Stdio};

/// A process that reads the gateway's newline and tells systemd. It is this
/// program once more, ends with the gateway at the latest, and is nobody's child:
/// a gateway need not expect one.
#[derive(Debug)]
pub struct ReadinessRelay;

impl ReadinessRelay {
    /// The arguments that make this program one.
    const ARGUMENTS: [&str; 1] = ["relay-readiness"];

    /// Starts it; answers the number of the descriptor for the gateway, which it
    /// inherits.
    pub(super) fn start(address: &OsStr) -> io::Result<u32> {
        let (reader, writer) = io::pipe()?;
        let status = Command::new(THIS_PROGRAM)
            .args(Self::ARGUMENTS)
            .env(NOTIFY_SOCKET, address)
            .stdin(reader)
            .status()?;
        if !status.success() {
            return Err(io::Error::other("its relay did not start"));
        }
        fcntl_setfd(&writer, FdFlags::empty())?;
        let number = writer.as_raw_fd().unsigned_abs();
        // From here on it is the gateway's.
        let _ = writer.into_raw_fd();
        Ok(number)
    }

    /// The first of its two processes: starts the second one and ends, so that
    /// this becomes systemd's own child.
    pub fn detach() -> io::Result<()> {
        Command::new(THIS_PROGRAM)
            .args(Self::ARGUMENTS)
            .arg("--detached")
            .stdin(Stdio::inherit())
            .spawn()
            .map(drop)
    }

    /// The second one: waits for the newline, or for the end of a gateway that
    /// never became ready.
    pub fn run(notification: &Notification, mut input: impl Read) -> io::Result<()> {
        let mut byte = [0];
        if input.read(&mut byte)? > 0 {
            notification.send()?;
            notification.barrier()?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixDatagram;
    use std::thread;

    #[test]
    fn passes_on_what_a_gateway_says_and_nothing_for_one_that_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        let address = path.into();
        let notification = Notification::Socket { address };
        ReadinessRelay::run(&notification, &b""[..]).unwrap();
        assert!(socket.recv(&mut [0; 8]).is_err());
        socket.set_nonblocking(false).unwrap();
        let relay = thread::spawn(move || ReadinessRelay::run(&notification, &b"\n"[..]));
        assert_eq!(socket.recv(&mut [0; 16]).unwrap(), "READY=1".len());
        assert!(!relay.is_finished(), "it waits until it is heard");
        // The descriptor that comes with it is closed with that.
        assert_eq!(socket.recv(&mut [0; 16]).unwrap(), "BARRIER=1".len());
        relay.join().unwrap().unwrap();
    }
}
