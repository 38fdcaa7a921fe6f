//! Telling the supervisor that a gateway is ready, as s6 wants it: a newline
//! written to a pipe that the gateway inherited.

use super::LaunchError;
use crate::text;
use rustix::fs::{FileType, Gid, Mode, OFlags, Uid};
use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;

/// The variable that announces the number of the descriptor.
pub const NOTIFY_FD: &str = "HERMES_NOTIFY_FD";

/// The inherited end of the supervisor's pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notification {
    fd: u32,
}

impl Notification {
    /// From the value of [`NOTIFY_FD`]. The standard streams are never meant.
    pub fn parse(value: &OsStr) -> Result<Self, LaunchError> {
        value
            .to_str()
            .and_then(|value| value.parse().ok())
            .filter(|fd| (3..=i32::MAX.unsigned_abs()).contains(fd))
            .map(|fd| Self { fd })
            .ok_or_else(|| LaunchError::NotifyFd {
                value: text::excerpt(&value.to_string_lossy(), 32),
            })
    }

    /// Says that the gateway is ready.
    pub fn send(self) -> io::Result<()> {
        rustix::io::write(self.open()?, b"\n")?;
        Ok(())
    }

    /// Lets another account [`send`](Self::send).
    pub(super) fn give_to(self, uid: u32, gid: u32) -> io::Result<()> {
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        Ok(rustix::fs::fchown(self.open()?, Some(uid), Some(gid))?)
    }

    /// A second descriptor of the pipe; the kernel grants it to the pipe's
    /// owner. A stale number may by now be any other file, so it must be a
    /// pipe.
    fn open(self) -> io::Result<OwnedFd> {
        let path = format!("/proc/self/fd/{}", self.fd);
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty())?;
        let mode = rustix::fs::fstat(&fd)?.st_mode;
        if FileType::from_raw_mode(mode) == FileType::Fifo {
            Ok(fd)
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "not a pipe"))
        }
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
