use hermes_backend_sdk::types::{Error, Exit};

use super::Verb;
use super::plan::{Plan, stop_command};
use crate::scan_directory::ScanDirectory;
use crate::slot::records;
use crate::subscription::Subscription;
use crate::supervise_status::SuperviseStatus;
use crate::supervisor::Supervisor;

/// One service on its way to what the operator asked for.
pub(super) struct Operation<'a> {
    scan: &'a ScanDirectory,
    name: &'a str,
    step: Step,
    subscribed: bool,
    /// What was seen last, for the words when the time is up.
    seen: Option<SuperviseStatus>,
}

enum Step {
    Done(Result<(), Error>),
    /// On its way down.
    Stopping,
    /// On its way down, to be started then.
    Restarting,
    /// On its way to being ready, from a state of this stamp.
    Starting {
        before: [u8; 12],
    },
}

/// Commands a service without waiting for what comes of it.
pub(super) fn tell(scan: &ScanDirectory, name: &str, verb: Verb) -> Result<(), Error> {
    let supervisor = scan.supervisor(name);
    let status = supervisor.live_status()?;
    let plan = Plan::new(verb, scan, name, &status);
    plan.record(verb, scan, name)?;
    match plan {
        Plan::Nothing => Ok(()),
        Plan::Start => start(&supervisor),
        Plan::Stop => stop(&supervisor, &status),
        Plan::StopThenStart => {
            supervisor.command(&[stop_command(&status), b"u"].concat())?;
            supervisor.expect_ready();
            Ok(())
        }
    }
}

fn start(supervisor: &Supervisor) -> Result<(), Error> {
    supervisor.command(b"u")?;
    supervisor.expect_ready();
    Ok(())
}

fn stop(supervisor: &Supervisor, status: &SuperviseStatus) -> Result<(), Error> {
    supervisor.command(stop_command(status))?;
    supervisor.expect_down();
    Ok(())
}

impl<'a> Operation<'a> {
    /// Commands a service; opens the subscription when it is the first one
    /// that has to be waited for.
    pub(super) fn begin(
        scan: &'a ScanDirectory,
        events: &mut Option<Subscription<'a>>,
        name: &'a str,
        verb: Verb,
    ) -> Self {
        let mut operation = Self {
            scan,
            name,
            step: Step::Done(Ok(())),
            subscribed: false,
            seen: None,
        };
        operation.step = operation
            .first_step(events, verb)
            .unwrap_or_else(|error| Step::Done(Err(error)));
        operation
    }

    fn first_step(
        &mut self,
        events: &mut Option<Subscription<'a>>,
        verb: Verb,
    ) -> Result<Step, Error> {
        let (scan, name) = (self.scan, self.name);
        let supervisor = scan.supervisor(name);
        let mut status = supervisor.live_status()?;
        let mut plan = Plan::new(verb, scan, name, &status);
        if plan != Plan::Nothing {
            let events = Subscription::once(events, &scan.directory)?;
            events.join(name)?;
            self.subscribed = true;
            // It may have changed before anybody listened.
            status = supervisor.status()?;
            plan = Plan::new(verb, scan, name, &status);
        }
        plan.record(verb, scan, name)?;
        match plan {
            Plan::Nothing => Ok(Step::Done(Ok(()))),
            Plan::Start => {
                start(&supervisor)?;
                Ok(Step::Starting {
                    before: status.stamp,
                })
            }
            Plan::Stop => stop(&supervisor, &status).map(|()| Step::Stopping),
            Plan::StopThenStart => stop(&supervisor, &status).map(|()| Step::Restarting),
        }
    }

    pub(super) fn is_pending(&self) -> bool {
        !matches!(self.step, Step::Done(_))
    }

    /// A service that is down when it is told to stop: s6-supervise only notes
    /// it in the status file.
    pub(super) fn comes_without_event(&self) -> bool {
        matches!(self.step, Step::Stopping | Step::Restarting)
            && self
                .seen
                .as_ref()
                .is_some_and(|status| status.pid.is_none())
    }

    pub(super) fn fail(&mut self, error: &Error) {
        self.step = Step::Done(Err(error.clone()));
    }

    /// Looks how far it has come, and goes on.
    pub(super) fn look(&mut self, a_supervisor_ended: bool) {
        match self.next_step(a_supervisor_ended) {
            Ok(Some(step)) => self.step = step,
            Ok(None) => {}
            Err(error) => self.step = Step::Done(Err(error)),
        }
    }

    fn next_step(&mut self, a_supervisor_ended: bool) -> Result<Option<Step>, Error> {
        let supervisor = self.scan.supervisor(self.name);
        let status = if a_supervisor_ended {
            supervisor.live_status()?
        } else {
            supervisor.status()?
        };
        let stopped = status.pid.is_none() && !status.wants_up();
        let step = match &self.step {
            Step::Stopping if stopped => Some(Step::Done(Ok(()))),
            Step::Restarting if stopped => {
                records::clear(self.scan, self.name)?;
                start(&supervisor)?;
                Some(Step::Starting {
                    before: status.stamp,
                })
            }
            Step::Starting { .. } if status.is_ready() => Some(Step::Done(Ok(()))),
            Step::Starting { before } if self.has_died(before, &status) => {
                let exit = status.last_exit().unwrap_or(Exit::Code(0));
                Some(Step::Done(Err(Error::Exited(exit))))
            }
            _ => None,
        };
        self.seen = Some(status);
        Ok(step)
    }

    /// Whether a run has ended since the start, and `finish` after it.
    fn has_died(&self, before: &[u8; 12], status: &SuperviseStatus) -> bool {
        match status.pid {
            None => status.stamp != *before,
            Some(_) if status.is_finishing() => false,
            // One that s6 has started after that is not waited for.
            Some(_) => records::restarts(self.scan, self.name).is_some_and(|count| count > 0),
        }
    }

    pub(super) fn leave(&self, events: &Subscription) {
        if self.subscribed {
            events.leave(self.name);
        }
    }

    pub(super) fn conclude(self) -> Result<(), Error> {
        match &self.step {
            Step::Done(result) => result.clone(),
            Step::Starting { .. } => Err(Error::TimedOut(self.not_ready())),
            Step::Stopping | Step::Restarting => Err(Error::TimedOut(self.still_there())),
        }
    }

    fn not_ready(&self) -> String {
        match self
            .seen
            .as_ref()
            .map(|status| (status.pid, status.wants_up()))
        {
            Some((Some(pid), _)) => format!("pid {pid} is not ready"),
            Some((None, true)) => "s6 cannot execute its run script".into(),
            _ => "it has not been started".into(),
        }
    }

    fn still_there(&self) -> String {
        match &self.seen {
            Some(status) => match status.pid {
                Some(pid) if status.is_finishing() => {
                    format!("its finish script (pid {pid}) still runs")
                }
                Some(pid) if status.wants_up() => {
                    format!("something else has started it again (pid {pid})")
                }
                Some(pid) => format!("still running (pid {pid} ignores SIGTERM)"),
                None => "s6 still means to start it".into(),
            },
            None => "nothing has been seen of it".into(),
        }
    }
}
