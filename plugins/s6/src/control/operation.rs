use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{Duration, Error, Exit, Timestamp};

use super::Verb;
use super::plan::{Plan, stop_command};
use crate::duration::{MILLISECOND, SECOND, words};
use crate::failure::text;
use crate::scan_directory::ScanDirectory;
use crate::slot::records;
use crate::subscription::{DOWN, Subscription, UP, count};
use crate::supervise_status::SuperviseStatus;
use crate::supervisor::Supervisor;

/// How often a stop that hears nothing looks.
const UNHEARD: Duration = 100 * MILLISECOND;

/// An s6-supervise that has not answered for so long does not.
const ANSWER: Duration = SECOND;

/// The times of files lag the clock by as much.
const TICK: Duration = 10 * MILLISECOND;

/// One service on its way to what the operator asked for.
pub(super) struct Operation<'a> {
    scan: &'a ScanDirectory,
    name: &'a str,
    verb: Verb,
    step: Step,
    subscribed: bool,
    /// Just before it was told.
    told: Timestamp,
    /// What was seen last, for the words when the time is up.
    seen: Option<SuperviseStatus>,
    /// s6-supervise has been seen to have taken a stop.
    heeded: bool,
    heard: Heard,
    /// Why a stop goes without a record or an event: what s6-supervise writes may
    /// fail just so.
    hindered: Option<Error>,
    /// A stop goes without the marks of one.
    unmarked: bool,
}

/// What an event has said.
#[derive(Default)]
struct Heard {
    /// It is up.
    up: bool,
    /// It is down, `finish` included.
    down: bool,
}

enum Step {
    Done(Result<(), Error>),
    /// On its way down.
    Stopping,
    /// On its way down, to be up again then, from a state of this stamp.
    Restarting {
        before: [u8; 12],
    },
    /// On its way to being ready, from a state of this stamp.
    Starting {
        before: [u8; 12],
    },
}

/// Commands a service without waiting for what comes of it.
pub(super) fn tell(scan: &ScanDirectory, name: &str, verb: Verb) -> Result<(), Error> {
    let supervisor = scan.supervisor(name);
    let status = look(scan, name, verb)?;
    let plan = Plan::new(verb, scan, name, &status);
    plan.record(verb, scan, name)
        .or_else(|error| forgive(verb, error).map(drop))?;
    match plan {
        Plan::Nothing => keep_down(verb, &supervisor),
        Plan::Start | Plan::KeepUp => start(&supervisor),
        Plan::Stop => stop(&supervisor, &status),
        Plan::StopThenStart | Plan::StartAnew => {
            // Nobody waits here to see that it ends.
            records::mark_ending(scan, name, &status.stamp);
            restart(&supervisor, plan, &status)?;
            supervisor.expect_ready();
            Ok(())
        }
    }
}

/// How it is. A stop of what cannot be seen is tried all the same.
fn look(scan: &ScanDirectory, name: &str, verb: Verb) -> Result<SuperviseStatus, Error> {
    let status = scan.supervisor(name).live_status();
    match status {
        Err(error @ Error::Other(_)) if verb == Verb::Stop => {
            stop_unseen(scan, name)?;
            Err(hindered_after("told to stop", error))
        }
        // Never taken over: nothing runs, and nothing is to.
        Err(Error::Unavailable(_))
            if verb == Verb::Stop && !scan.has(&format!("{name}/supervise"))? =>
        {
            let _ = records::keep_down(scan, name, true);
            Err(Error::NotRegistered)
        }
        // The next s6-supervise starts what it finds without this.
        Err(error @ Error::Unavailable(_)) if verb == Verb::Stop => {
            records::keep_down(scan, name, true)?;
            Err(error)
        }
        status => status,
    }
}

/// A stop does without what it cannot write, such as in a full scan directory.
fn forgive(verb: Verb, error: Error) -> Result<Error, Error> {
    match verb {
        Verb::Stop => Ok(error),
        Verb::Start | Verb::Restart => Err(error),
    }
}

/// What came in the way of a stop after so much of it.
fn hindered_after(done: &str, error: Error) -> Error {
    match error {
        Error::Other(text) => Error::Other(format!("{done}, but {text}")),
        error => error,
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

/// A status that says down may be old: in a full scan directory s6-supervise goes on
/// without writing it. To what is down this changes nothing.
fn keep_down(verb: Verb, supervisor: &Supervisor) -> Result<(), Error> {
    match verb {
        Verb::Stop => supervisor.command(b"d"),
        Verb::Start | Verb::Restart => Ok(()),
    }
}

/// In one write, so that a command that is killed leaves nothing down.
fn restart(supervisor: &Supervisor, plan: Plan, status: &SuperviseStatus) -> Result<(), Error> {
    let stop = match plan {
        Plan::StartAnew => b"",
        _ => stop_command(status),
    };
    supervisor.command(&[stop, b"u"].concat())
}

/// Stops what cannot be seen, as far as that goes.
fn stop_unseen(scan: &ScanDirectory, name: &str) -> Result<(), Error> {
    let _ = records::plan_death(scan, name);
    let _ = records::keep_down(scan, name, true);
    scan.supervisor(name).command_if_alive(b"d")
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
            verb,
            step: Step::Done(Ok(())),
            subscribed: false,
            told: clock::now(),
            seen: None,
            heeded: false,
            heard: Heard::default(),
            hindered: None,
            unmarked: false,
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
        let mut status = look(scan, name, verb)?;
        let mut plan = Plan::new(verb, scan, name, &status);
        if plan != Plan::Nothing {
            let joined =
                Subscription::once(events, &scan.directory).and_then(|events| events.join(name));
            self.subscribed = joined.is_ok();
            self.without(verb, joined)?;
            // It may have changed before anybody listened.
            status = supervisor.status().or_else(|_| look(scan, name, verb))?;
            plan = Plan::new(verb, scan, name, &status);
        }
        let recorded = plan.record(verb, scan, name);
        self.unmarked = recorded.is_err() && plan != Plan::Nothing;
        self.without(verb, recorded)?;
        match plan {
            Plan::Nothing => Ok(Step::Done(keep_down(verb, &supervisor))),
            Plan::Start | Plan::KeepUp => {
                start(&supervisor)?;
                Ok(Step::Starting {
                    before: status.stamp,
                })
            }
            Plan::Stop => stop(&supervisor, &status).map(|()| Step::Stopping),
            Plan::StopThenStart | Plan::StartAnew => {
                if !status.wants_up() {
                    // Nothing else says so once it is wanted up, should this command end
                    // early.
                    records::mark_ending(scan, name, &status.stamp);
                }
                restart(&supervisor, plan, &status)?;
                supervisor.expect_down();
                Ok(Step::Restarting {
                    before: status.stamp,
                })
            }
        }
    }

    /// Goes without something where the verb can.
    fn without(&mut self, verb: Verb, done: Result<(), Error>) -> Result<(), Error> {
        if let Err(error) = done {
            self.hindered = Some(forgive(verb, error)?);
        }
        Ok(())
    }

    pub(super) fn is_pending(&self) -> bool {
        !matches!(self.step, Step::Done(_))
    }

    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// There is no slot of this name.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self.step, Step::Done(Err(Error::NotRegistered)))
    }

    /// When to look again though no event has come; `None`: an event will.
    pub(super) fn next_look(&self) -> Option<Duration> {
        // A service that is down when it is told to stop: s6-supervise only notes
        // it in the status file.
        let is_down = matches!(&self.seen, Some(status) if status.pid.is_none());
        match &self.step {
            Step::Stopping if is_down && clock::now() < self.told.saturating_add(UNHEARD) => {
                Some(MILLISECOND)
            }
            Step::Stopping if is_down => Some(UNHEARD),
            Step::Stopping if !self.subscribed => Some(UNHEARD),
            _ => None,
        }
    }

    /// An event of this service, where no other one is waited for.
    pub(super) fn hear(&mut self, events: &[u8]) {
        self.heard.up |= count(events, UP) > 0;
        self.heard.down |= count(events, DOWN) > 0;
    }

    pub(super) fn fail(&mut self, error: &Error) {
        self.step = Step::Done(Err(error.clone()));
    }

    /// Looks how far it has come, and goes on.
    pub(super) fn look(&mut self, a_supervisor_ended: bool) {
        match self.next_step(a_supervisor_ended) {
            Ok(Some(step)) => self.step = step,
            Ok(None) => {}
            Err(error) if matches!(self.step, Step::Stopping) => {
                self.step = Step::Done(Err(hindered_after("told to stop", error)));
            }
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
        self.heeded |= !status.wants_up();
        let stopped = status.pid.is_none() && !status.wants_up();
        let step = match &self.step {
            Step::Stopping if stopped => Some(Step::Done(self.make_up())),
            // s6-supervise does not write its status then, but says what it does.
            Step::Stopping if self.hindered.is_some() && self.heard.down => {
                Some(Step::Done(self.make_up()))
            }
            // At once, instead of after the pause that s6-supervise may make. Where it
            // made none this changes nothing.
            Step::Restarting { before }
                if status.pid.is_none() || (status.is_up() && status.stamp != *before) =>
            {
                records::clear(self.scan, self.name)?;
                start(&supervisor)?;
                Some(match status.is_ready() {
                    true => Step::Done(Ok(())),
                    false => Step::Starting {
                        before: status.stamp,
                    },
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

    /// Marks a stop that has happened where that could not be done before.
    fn make_up(&self) -> Result<(), Error> {
        if !self.unmarked {
            return Ok(());
        }
        records::clear_past(self.scan, self.name)
            .and_then(|()| records::keep_down(self.scan, self.name, true))
            .map_err(|error| hindered_after("stopped", error))
    }

    /// `waited`: how long it was given.
    pub(super) fn conclude(self, waited: Duration) -> Result<(), Error> {
        match &self.step {
            Step::Done(result) => result.clone(),
            Step::Starting { .. } => Err(Error::TimedOut(self.not_ready(waited))),
            Step::Restarting { before } => {
                // For the next start, which must not take the old run for the new one.
                records::mark_ending(self.scan, self.name, before);
                Err(Error::TimedOut(self.still_there(&words(waited))))
            }
            Step::Stopping => Err(Error::TimedOut(self.still_there(&words(waited)))),
        }
    }

    fn not_ready(&self, waited: Duration) -> String {
        match self
            .seen
            .as_ref()
            .map(|status| (status.pid, status.wants_up()))
        {
            Some((Some(pid), _)) => match records::delay(self.scan, self.name) {
                Some(delay) => format!("it has died, and waits {delay} s before its restart"),
                None => format!("pid {pid} is not ready after {}", words(waited)),
            },
            Some((None, true)) => "s6 cannot execute its run script".into(),
            Some((None, false)) if self.heard.up => {
                "it has been started, but s6-supervise does not write its status: \
                 is the scan directory full?"
                    .into()
            }
            _ if waited < ANSWER => {
                format!("told to start, and not seen ready in {}", words(waited))
            }
            _ => "its s6-supervise does not answer: whether it starts is not known".into(),
        }
    }

    /// Whether s6-supervise has written its status since it was told: of a restart it
    /// is wanted up before and after.
    fn has_been_taken(&self) -> bool {
        let path = self.scan.supervisor(self.name).path("status");
        let written = self.scan.directory.metadata(&path);
        matches!(self.step, Step::Restarting { .. })
            && written.is_ok_and(|file| file.modified.saturating_add(TICK) >= self.told)
    }

    fn still_there(&self, waited: &str) -> String {
        let Some(status) = &self.seen else {
            return "nothing has been seen of it".into();
        };
        let stopping = matches!(self.step, Step::Stopping);
        if let Some(hindrance) = self.hindered.as_ref().filter(|_| status.wants_up()) {
            return format!(
                "told to stop, but not seen to after {waited}, and its s6-supervise may not be \
                 able to say it: {}",
                text(hindrance)
            );
        }
        match status.pid {
            Some(pid) if status.is_finishing() => {
                format!("its finish script (pid {pid}) still runs")
            }
            Some(pid) if stopping && status.wants_up() && self.heeded => {
                format!("something else has started it again (pid {pid})")
            }
            Some(pid) if status.wants_up() && !self.has_been_taken() => format!(
                "still running after {waited}, pid {pid}, and its s6-supervise has not taken \
                 the stop"
            ),
            Some(pid) if self.verb == Verb::Start => format!(
                "still on its way down after {waited}, pid {pid}: s6 starts it anew once that is gone"
            ),
            Some(pid) => format!("still running after {waited}, pid {pid}"),
            None if self.heeded => "something else has told s6 to start it again".into(),
            None => "its s6-supervise has not taken the stop".into(),
        }
    }
}
