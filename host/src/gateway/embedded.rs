//! The embedded gateway: what serves a profile where no other gateway is set
//! up. It answers `/health`, and starts, stops and fails as a gateway should.

mod connection;
mod error;
mod in_flight;
mod record;
mod response;
mod server;
mod signals;
mod verdict;

use crate::gateway::intent::{Desired, Intent};
use crate::gateway::launch::Notification;
use crate::volume::{Lock, LockMode, VolumeDir, VolumeError};
use record::{Record, State};
use server::Server;
use signals::{Asked, Signals};
use std::time::Duration;
use verdict::{Ending, verdict};

pub use error::EmbeddedError;

/// Held by the one gateway process of a profile; the same file hermes-agent
/// locks.
const LOCK: &str = "gateway.lock";

/// The embedded gateway of one profile.
#[derive(Debug)]
pub struct Embedded {
    pub profile: String,
    /// The profile's own directory.
    pub directory: VolumeDir,
    /// On 127.0.0.1; 0 is any free one.
    pub port: u16,
    /// Where to say that it is ready.
    pub notification: Option<Notification>,
    /// How long requests under way may hold up its end.
    pub drain: Duration,
}

impl Embedded {
    /// Serves until a signal ends it and returns the exit code: 0 when the
    /// operator wants it stopped, 75 to be started again, 1 for a signal that
    /// nobody planned. `log` takes lines for a person.
    pub fn run(&self, log: &mut dyn FnMut(&str)) -> Result<u8, EmbeddedError> {
        let signals = Signals::install().map_err(EmbeddedError::Signals)?;
        self.run_until(&signals, log)
    }

    fn run_until(&self, signals: &Signals, log: &mut dyn FnMut(&str)) -> Result<u8, EmbeddedError> {
        let mut record = Record {
            directory: &self.directory,
            profile: &self.profile,
            log,
        };
        let _lock = self.lock(&mut record)?;
        record.begin(self.port);
        let (port, ending) = match self.bind() {
            Ok((server, port)) => (port, self.serve(server, port, signals, &mut record)),
            Err(error) => (self.port, Err((Ending::StartupFailed, error))),
        };
        let (ending, error) = match ending {
            Ok(asked) => (Ending::Asked(asked), None),
            Err((ending, error)) => (ending, Some(error)),
        };
        let verdict = verdict(ending, self.is_stop_planned(&mut record));
        let reason = error.as_ref().map(ToString::to_string);
        record.end(verdict.state, port, verdict.exit_code, reason.as_deref());
        error.map_or(Ok(verdict.exit_code), Err)
    }

    /// A volume that cannot be written to has no lock to offer; the port still
    /// keeps a second gateway out.
    fn lock(&self, record: &mut Record) -> Result<Option<Lock>, EmbeddedError> {
        match self.directory.lock(LOCK, LockMode::Now, "gateway run") {
            Ok(lock) => Ok(Some(lock)),
            Err(VolumeError::Locked { holder, .. }) => Err(EmbeddedError::AlreadyRunning {
                profile: self.profile.clone(),
                holder,
            }),
            Err(
                error @ (VolumeError::ReadOnly { .. }
                | VolumeError::NoSpace { .. }
                | VolumeError::PermissionDenied { .. }),
            ) => {
                record.say(&format!("running without its lock: {error}"));
                Ok(None)
            }
            Err(error) => Err(EmbeddedError::Lock(error)),
        }
    }

    fn bind(&self) -> Result<(Server, u16), EmbeddedError> {
        Server::bind(&self.profile, self.port)
            .and_then(|server| server.port().map(|port| (server, port)))
            .map_err(|source| EmbeddedError::Bind {
                profile: self.profile.clone(),
                port: self.port,
                source,
            })
    }

    /// Returns all that was asked of it by the time its work was done.
    fn serve(
        &self,
        server: Server,
        port: u16,
        signals: &Signals,
        record: &mut Record,
    ) -> Result<Asked, (Ending, EmbeddedError)> {
        record.state(State::Running, port, None);
        record.say(&format!("listening on http://127.0.0.1:{port}/health"));
        if let Some(notification) = &self.notification
            && let Err(error) = notification.send()
        {
            record.say(&format!(
                "cannot tell the supervisor that it is ready: {error}"
            ));
        }
        server
            .serve(signals, &mut |line| record.say(line))
            .map_err(|source| {
                let profile = self.profile.clone();
                (Ending::Failed, EmbeddedError::Serve { profile, source })
            })?;
        record.state(State::Draining, port, None);
        let left = server.drain(self.drain);
        if left > 0 {
            record.say(&format!(
                "cut off {left} requests that were not done in time"
            ));
        }
        Ok(signals.asked())
    }

    /// Only the operator's own word makes a stop a planned one.
    fn is_stop_planned(&self, record: &mut Record) -> bool {
        match Intent::load(&self.directory) {
            Ok(intent) => intent.is_some_and(|intent| intent.desired == Desired::Stopped),
            Err(error) => {
                record.say(&format!(
                    "cannot tell whether it is to stay stopped: {error}"
                ));
                false
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
