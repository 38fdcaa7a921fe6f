mod action;
mod connection;
#[cfg(test)]
mod tests;
mod walk;

use super::grant::{Access, Grants};
use super::handles::Handles;
use super::real::{LogSink, Real};
use super::{
    Bytes, ConnectionId, DirectoryId, Effect, Failure, ListenerId, Outcome, PathAction, Perform,
    Reply, place,
};
use crate::rehearsal::{Change, Folder, Rehearsal};
use connection::Connection;
use walk::Below;

/// Bytes that are kept from sockets in one command: they are in the plan, and the
/// answers in memory.
const MOST_UNSENT: usize = 16 << 20;

/// The lowest layer of a dry run: answers as if every effect were performed,
/// performs none and notes those that would change something in the plan.
///
/// Nobody else acts meanwhile, but as the backend expects it to. No time is
/// spent: a sleep, and a wait that nothing expected ends, move the clocks on.
pub struct Overlay {
    backend: String,
    grants: Grants,
    rehearsal: Rehearsal,
    /// For what changes nothing.
    real: Real,
    handles: Handles<Opened, Below, Connection>,
    /// Nanoseconds that sleeps and waits would have taken.
    passed: u64,
    /// Bytes that were kept from sockets.
    unsent: usize,
    /// Something is expected that no wait has answered yet.
    expected: bool,
}

/// A directory, and where it is: for the plan.
#[derive(Clone)]
struct Opened {
    folder: Folder,
    path: String,
}

impl Overlay {
    pub fn new(grants: Grants, rehearsal: Rehearsal, log: Option<LogSink>) -> Self {
        Self {
            backend: grants.backend.clone(),
            real: Real::new(grants.clone(), log),
            grants,
            rehearsal,
            handles: Handles::default(),
            passed: 0,
            unsent: 0,
            expected: false,
        }
    }

    fn open(&mut self, label: &str) -> Outcome {
        let grant = self.grants.by_label.get(label).ok_or(Failure::NotFound)?;
        let folder = self.rehearsal.open(&grant.path)?;
        let path = grant.path.display().to_string();
        Ok(self.handles.keep_directory(Opened { folder, path }))
    }

    fn path(&mut self, id: DirectoryId, path: &str, action: &PathAction) -> Outcome {
        let opened = self.handles.directory(id)?.clone();
        let outcome = match action {
            PathAction::OpenDirectory => {
                let folder = walk::directory(&opened.folder, path)?;
                let path = place::below(&opened.path, path);
                return Ok(self.handles.keep_directory(Opened { folder, path }));
            }
            PathAction::Listen { mode } => self.listen(&opened, path, *mode)?,
            PathAction::CreateLink { new_path, other } => {
                let other = match other {
                    Some(other) => self.handles.directory(*other)?,
                    None => &opened,
                };
                action::link(&opened.folder, path, &other.folder, new_path)?;
                self.note(Change::CreateLink {
                    path: place::below(&opened.path, path),
                    new_path: place::below(&other.path, new_path),
                });
                Reply::Done
            }
            _ => action::act(&opened.folder, path, action)?,
        };
        self.expected |= matches!(action, PathAction::Expect { .. });
        if let Some(change) = action::change(&opened.path, path, action) {
            self.note(change);
        }
        Ok(outcome)
    }

    fn listen(&mut self, opened: &Opened, path: &str, mode: u32) -> Outcome {
        let mut below = walk::parent(&opened.folder, path)?;
        // It takes the place of a file of that name.
        action::make_listener(&below, mode)?;
        below.path = place::below(&opened.path, path);
        Ok(self.handles.keep_listener(below))
    }

    /// Removes the FIFO, if it is still there.
    fn close(&mut self, id: ListenerId) {
        if let Some(Below {
            folder, name, path, ..
        }) = self.handles.close_listener(id)
            && folder.remove_file(&name).is_ok()
        {
            self.note(Change::Remove { path });
        }
    }

    /// What was expected has happened.
    fn wait(&mut self, listeners: &[ListenerId], timeout: u64) -> Outcome {
        self.handles.listeners(listeners)?;
        if std::mem::take(&mut self.expected) {
            let places = (0..).zip(listeners).map(|(place, _)| place);
            return Ok(Reply::Ready(places.collect()));
        }
        self.passed = self.passed.saturating_add(timeout);
        self.note(Change::Wait { timeout });
        Ok(Reply::Ready(Vec::new()))
    }

    fn connect(&mut self, effect: &Effect, label: &str) -> Outcome {
        let grant = self.grants.by_label.get(label).ok_or(Failure::NotFound)?;
        let path = grant.path.display().to_string();
        let connection = match grant.access {
            Access::Dbus(_) => match self.real.perform(effect)? {
                Reply::Connection(real) => Connection::dbus(path, real),
                _ => return Err(Failure::Closed),
            },
            _ => Connection::plain(path),
        };
        Ok(self.handles.keep_connection(connection))
    }

    fn send(&mut self, id: ConnectionId, bytes: &Bytes, timeout: u64) -> Outcome {
        let connection = self.handles.connection(id)?;
        if self.unsent > MOST_UNSENT {
            return Err(Failure::TooLarge);
        }
        let changes = connection.send(bytes, timeout, &mut self.real)?;
        if !changes.is_empty() {
            self.unsent += bytes.0.len();
        }
        for change in changes {
            self.note(change);
        }
        Ok(Reply::Done)
    }

    fn receive(&mut self, id: ConnectionId, limit: u32, timeout: u64) -> Outcome {
        let connection = self.handles.connection(id)?;
        if let Some(bytes) = connection.receive(limit, timeout, &mut self.real)? {
            return Ok(Reply::Bytes(bytes));
        }
        self.passed = self.passed.saturating_add(timeout);
        self.note(Change::Wait { timeout });
        Err(Failure::TimedOut)
    }

    fn note(&self, change: Change) {
        self.rehearsal.note(&self.backend, change);
    }
}

impl Perform for Overlay {
    fn perform(&mut self, effect: &Effect) -> Outcome {
        match effect {
            Effect::Open { label } => self.open(label),
            Effect::Path {
                directory,
                path,
                action,
            } => self.path(*directory, path, action),
            Effect::CloseDirectory { directory } => {
                self.handles.close_directory(*directory);
                Ok(Reply::Done)
            }
            // Others write no events here; that something happened is seen in
            // their files.
            Effect::Receive { listener } => {
                self.handles.listener(*listener)?;
                Ok(Reply::Bytes(Bytes::default()))
            }
            Effect::Wait { listeners, timeout } => self.wait(listeners, *timeout),
            Effect::CloseListener { listener } => {
                self.close(*listener);
                Ok(Reply::Done)
            }
            Effect::Sleep { duration } => {
                self.passed = self.passed.saturating_add(*duration);
                Ok(Reply::Done)
            }
            Effect::Now | Effect::Monotonic => match self.real.perform(effect)? {
                Reply::Time(time) => Ok(Reply::Time(time.saturating_add(self.passed))),
                other => Ok(other),
            },
            Effect::ReadGranted { .. } | Effect::Log { .. } => self.real.perform(effect),
            Effect::Connect { label, .. } => self.connect(effect, label),
            Effect::Send {
                connection,
                bytes,
                timeout,
            } => self.send(*connection, bytes, *timeout),
            Effect::ReceiveFrom {
                connection,
                limit,
                timeout,
            } => self.receive(*connection, *limit, *timeout),
            Effect::CloseConnection { connection } => {
                if let Some(connection) = self.handles.close_connection(*connection) {
                    connection.close(&mut self.real);
                }
                Ok(Reply::Done)
            }
            // Not granted in this version.
            Effect::Run { .. } => Err(Failure::Refused),
        }
    }
}
