//! Telling the supervisor that a gateway is ready, as the supervisor wants it.

use super::LaunchError;
use crate::text;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{FileType, Gid, Mode, OFlags, Uid};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use std::ffi::{OsStr, OsString};
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The variable that announces the number of the descriptor.
pub const NOTIFY_FD: &str = "HERMES_NOTIFY_FD";

/// systemd's variable: the socket of `sd_notify(3)`.
pub const NOTIFY_SOCKET: &str = "NOTIFY_SOCKET";

/// A systemd that is busy for longer is not waited for.
const PATIENCE: Timespec = Timespec {
    tv_sec: 30,
    tv_nsec: 0,
};

/// Where the supervisor listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// s6's way: a newline written to a pipe that the gateway inherited.
    Pipe { fd: u32 },
    /// systemd's way: a datagram to a socket. The value of [`NOTIFY_SOCKET`].
    Socket { address: OsString },
}

impl Notification {
    /// From the value of [`NOTIFY_FD`]. The standard streams are never meant.
    pub fn parse(value: &OsStr) -> Result<Self, LaunchError> {
        value
            .to_str()
            .and_then(|value| value.parse().ok())
            .filter(|fd| (3..=i32::MAX.unsigned_abs()).contains(fd))
            .map(|fd| Self::Pipe { fd })
            .ok_or_else(|| LaunchError::NotifyFd {
                value: text::excerpt(&value.to_string_lossy(), 32),
            })
    }

    /// Says that the gateway is ready.
    pub fn send(&self) -> io::Result<()> {
        match self {
            Self::Pipe { fd } => {
                rustix::io::write(open(*fd)?, b"\n")?;
            }
            Self::Socket { address } => {
                connect(address)?.send(b"READY=1")?;
            }
        }
        Ok(())
    }

    /// Waits until systemd has read what was sent: of a process that has ended by then it
    /// cannot tell whose it was (`sd_notify_barrier(3)`).
    pub(super) fn barrier(&self) -> io::Result<()> {
        let Self::Socket { address } = self else {
            return Ok(());
        };
        let (reader, writer) = io::pipe()?;
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let descriptors = [writer.as_fd()];
        control.push(SendAncillaryMessage::ScmRights(&descriptors));
        let message = [IoSlice::new(b"BARRIER=1")];
        sendmsg(
            connect(address)?,
            &message,
            &mut control,
            SendFlags::NOSIGNAL,
        )?;
        // It closes its end once it comes to this message.
        drop(writer);
        let mut closed = [PollFd::new(&reader, PollFlags::empty())];
        rustix::event::poll(&mut closed, Some(&PATIENCE))?;
        Ok(())
    }

    /// Lets another account [`send`](Self::send). systemd's socket is open to all;
    /// it looks at who sends.
    pub(super) fn give_to(&self, uid: u32, gid: u32) -> io::Result<()> {
        let Self::Pipe { fd } = self else {
            return Ok(());
        };
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        Ok(rustix::fs::fchown(open(*fd)?, Some(uid), Some(gid))?)
    }
}

fn connect(address: &OsStr) -> io::Result<UnixDatagram> {
    let address = match address.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(address)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.connect_addr(&address)?;
    Ok(socket)
}

/// A second descriptor of the pipe; the kernel grants it to the pipe's owner. A
/// stale number may by now be any other file, so it must be a pipe.
fn open(fd: u32) -> io::Result<OwnedFd> {
    let path = format!("/proc/self/fd/{fd}");
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let fd = rustix::fs::open(path, flags, Mode::empty())?;
    let mode = rustix::fs::fstat(&fd)?.st_mode;
    if FileType::from_raw_mode(mode) == FileType::Fifo {
        Ok(fd)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a pipe"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::{Read, Seek, Write};
    use std::os::fd::AsRawFd;

    fn of(fd: &impl AsRawFd) -> Notification {
        Notification::parse(OsStr::new(&fd.as_raw_fd().to_string())).unwrap()
    }

    #[test]
    fn only_a_number_beyond_the_standard_streams_will_do() {
        for value in [
            "",
            "x",
            "-1",
            "0",
            "1",
            "2",
            "3 ",
            "2147483648",
            "\u{1b}[2J",
        ] {
            let error = Notification::parse(OsStr::new(value)).unwrap_err();
            assert_eq!(error.exit_code(), 78);
            assert!(!error.to_string().contains(char::is_control));
        }
        for value in ["3", "2147483647"] {
            assert!(Notification::parse(OsStr::new(value)).is_ok(), "{value}");
        }
    }

    #[test]
    fn sends_one_newline() {
        let (mut reader, writer) = io::pipe().unwrap();
        of(&writer).send().unwrap();
        drop(writer);
        let mut received = Vec::new();
        reader.read_to_end(&mut received).unwrap();
        assert_eq!(received, b"\n");
    }

    #[test]
    fn tells_systemd_in_a_datagram() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let address = path.into();
        Notification::Socket { address }.send().unwrap();
        let mut received = [0; 16];
        let length = socket.recv(&mut received).unwrap();
        assert_eq!(&received[..length], b"READY=1");
    }

    #[test]
    fn a_stale_number_damages_no_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"precious").unwrap();
        let error = of(&file).send().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        file.rewind().unwrap();
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        assert_eq!(content, "precious");
    }
}
