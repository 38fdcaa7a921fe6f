//! A gateway that runs beside its supervisor, or that its supervisor does not know of.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::super::super::{CommandError, Result};
use super::Control;
use crate::backend::Backend;
use crate::gateway::foreground;
use crate::gateway::operation::{OperationError, Outcome};
use crate::gateway::verb::Verb;
use crate::profile::Profile;

/// Where procfs is mounted.
pub(super) const PROC: &str = "/proc";

/// Between two looks at a gateway that is to end.
const POLL: Duration = Duration::from_millis(20);

/// What has not ended by the time that a stop has.
pub(super) fn runs_on(pid: u32, outcome: &Outcome) -> CommandError {
    let error = CommandError::in_the_foreground(pid);
    match outcome.result.is_ok() && foreground::is_supervised(Path::new(PROC), pid) {
        true => CommandError {
            hints: vec![format!(
                "its supervisor has been told to stop it: kill -9 {pid} ends it"
            )],
            ..error
        },
        false => error,
    }
}

impl Control<'_> {
    /// Beside a gateway in the foreground none is started.
    pub(super) fn without_foreground(
        &mut self,
        backend: &mut Backend,
        profiles: Vec<Profile>,
    ) -> Result<Vec<Profile>> {
        if self.verb == Verb::Stop || !self.supervised {
            return Ok(profiles);
        }
        let mut free = Vec::with_capacity(profiles.len());
        for profile in profiles {
            match foreground::find_unsupervised(&profile, backend, Path::new(PROC))? {
                None => free.push(profile),
                Some(pid) => {
                    let name = profile.name().as_str();
                    self.fail(name, &CommandError::in_the_foreground(pid).of(name));
                }
            }
        }
        Ok(free)
    }

    /// A gateway that a stop does not reach.
    pub(super) fn left_in_foreground(
        &self,
        backend: &mut Backend,
        profile: &Profile,
        outcome: &mut Outcome,
    ) -> Result<Option<u32>> {
        // In a dry run nobody has been told, and its supervisor counts as if it were.
        let rehearsed = self.context.is_dry_run();
        let nothing_stopped = match &outcome.result {
            Ok(happened) => happened.already || (happened.status.is_none() && !rehearsed),
            Err(OperationError::Service(error)) => error.means_absent(),
            Err(_) => false,
        };
        if self.verb != Verb::Stop || !nothing_stopped {
            return Ok(None);
        }
        let proc = Path::new(PROC);
        let found = foreground::find_unsupervised(profile, backend, proc)?;
        let Some(pid) = found.filter(|pid| foreground::is_supervised(proc, *pid)) else {
            return Ok(found);
        };
        let Ok(happened) = &mut outcome.result else {
            return Ok(found);
        };
        // Its supervisor could not write down that it runs, and has been told.
        let began = Instant::now();
        while foreground::find(profile.dir(), proc) == Some(pid) {
            if rehearsed || began.elapsed() >= self.wait.unwrap_or_default() {
                return Ok(found);
            }
            thread::sleep(POLL);
        }
        happened.already = false;
        happened.took += began.elapsed();
        Ok(None)
    }
}
