mod connection;
mod directory;
mod fifo;
mod listener;
mod parent;
mod umask;

use std::fs;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use rustix::fs::OFlags;
use rustix::thread::{ClockId, NanosleepRelativeResult, nanosleep};
use rustix::time::{Timespec, clock_gettime};

use super::grant::{Access, Grant, Grants};
use super::handles::Handles;
use super::{
    Bytes, DirectoryId, Effect, Failure, ListenerId, LogLevel, Outcome, PathAction, Perform, Reply,
};
use connection::Connection;
use listener::Listener;
use umask::Umask;

/// Takes a backend's words, which are foreign text.
pub type LogSink = Box<dyn FnMut(LogLevel, &str)>;

/// The lowest layer: acts on the machine.
///
/// It trusts the layers above for what is granted, and cap-std for keeping every
/// path inside the directory that it starts from.
pub struct Real {
    grants: Grants,
    handles: Handles<Dir, Listener, Connection>,
    umask: Umask,
    log: Option<LogSink>,
}

impl Real {
    pub fn new(grants: Grants, log: Option<LogSink>) -> Self {
        Self {
            grants,
            handles: Handles::default(),
            umask: Umask::default(),
            log,
        }
    }

    fn granted(&self, label: &str) -> Result<&Path, Failure> {
        let grant = self.grants.by_label.get(label).ok_or(Failure::NotFound)?;
        Ok(&grant.path)
    }

    fn path(&mut self, id: DirectoryId, path: &str, action: &PathAction) -> Outcome {
        let directory = self.handles.directory(id)?;
        match action {
            PathAction::OpenDirectory => {
                let opened = directory.open_dir(path)?;
                Ok(self.handles.keep_directory(opened))
            }
            PathAction::Listen { mode } => {
                let listener = Listener::new(directory, path, *mode)?;
                Ok(self.handles.keep_listener(listener))
            }
            PathAction::CreateLink { new_path, other } => {
                let other = match other {
                    Some(other) => self.handles.directory(*other)?,
                    None => directory,
                };
                directory.hard_link(path, other, new_path)?;
                Ok(Reply::Done)
            }
            _ => directory::act(directory, path, action, &self.umask),
        }
    }

    fn connect(&mut self, label: &str, timeout: u64) -> Outcome {
        let connection = match self.grants.by_label.get(label) {
            Some(Grant {
                access: Access::Dbus(policy),
                ..
            }) if policy.root_only && policy.uid != 0 => return Err(Failure::PermissionDenied),
            Some(Grant {
                access: Access::Dbus(policy),
                path,
            }) => Connection::authenticated(path, policy.uid, policy.greets_bus(), timeout)?,
            Some(grant) => Connection::new(&grant.path, timeout)?,
            None => return Err(Failure::NotFound),
        };
        Ok(self.handles.keep_connection(connection))
    }

    fn wait(&self, listeners: &[ListenerId], timeout: u64) -> Outcome {
        let listeners = self.handles.listeners(listeners)?;
        Ok(Reply::Ready(listener::wait(&listeners, timeout)?))
    }
}

impl Perform for Real {
    fn perform(&mut self, effect: &Effect) -> Outcome {
        match effect {
            Effect::Open { label } => {
                let directory = Dir::open_ambient_dir(self.granted(label)?, ambient_authority())?;
                Ok(self.handles.keep_directory(directory))
            }
            Effect::ReadGranted { label, limit } => read_file(self.granted(label)?, *limit),
            Effect::Path {
                directory,
                path,
                action,
            } => self.path(*directory, path, action),
            Effect::CloseDirectory { directory } => {
                self.handles.close_directory(*directory);
                Ok(Reply::Done)
            }
            Effect::Receive { listener } => {
                let listener = self.handles.listener(*listener)?;
                Ok(Reply::Bytes(Bytes(listener.receive()?)))
            }
            Effect::Wait { listeners, timeout } => self.wait(listeners, *timeout),
            Effect::CloseListener { listener } => {
                self.handles.close_listener(*listener);
                Ok(Reply::Done)
            }
            Effect::Connect { label, timeout } => self.connect(label, *timeout),
            Effect::Send {
                connection,
                bytes,
                timeout,
            } => {
                self.handles
                    .connection(*connection)?
                    .send(&bytes.0, *timeout)?;
                Ok(Reply::Done)
            }
            Effect::ReceiveFrom {
                connection,
                limit,
                timeout,
            } => {
                let connection = self.handles.connection(*connection)?;
                Ok(Reply::Bytes(Bytes(connection.receive(*limit, *timeout)?)))
            }
            Effect::CloseConnection { connection } => {
                self.handles.close_connection(*connection);
                Ok(Reply::Done)
            }
            // The host grants no commands in this version, so that nothing above
            // lets these through.
            Effect::Run { .. } => Err(Failure::Refused),
            Effect::Now => Ok(Reply::Time(time(ClockId::Realtime))),
            Effect::Monotonic => Ok(Reply::Time(time(ClockId::Monotonic))),
            Effect::Sleep { duration } => {
                sleep(*duration);
                Ok(Reply::Done)
            }
            Effect::Log { level, message } => {
                if let Some(log) = &mut self.log {
                    log(*level, message);
                }
                Ok(Reply::Done)
            }
        }
    }
}

/// Does an action that changes nothing, on a name in a directory.
pub(super) fn look(directory: &Dir, name: &str, action: &PathAction) -> Outcome {
    directory::act(directory, name, action, &Umask::default())
}

fn read_file(path: &Path, limit: u32) -> Outcome {
    let file = fs::File::options()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)?;
    let mut contents = Vec::new();
    file.take(u64::from(limit) + 1).read_to_end(&mut contents)?;
    if contents.len() > limit as usize {
        return Err(Failure::TooLarge);
    }
    Ok(Reply::Bytes(Bytes(contents)))
}

fn time(clock: ClockId) -> u64 {
    let now = clock_gettime(clock);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

fn timespec(nanoseconds: u64) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(nanoseconds / 1_000_000_000).unwrap_or(i64::MAX),
        tv_nsec: i64::try_from(nanoseconds % 1_000_000_000).unwrap_or(0),
    }
}

fn sleep(duration: u64) {
    let mut left = timespec(duration);
    while let NanosleepRelativeResult::Interrupted(rest) = nanosleep(&left) {
        left = rest;
    }
}

#[cfg(test)]
mod tests;
