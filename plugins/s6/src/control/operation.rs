use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{Duration, Error, Exit, Timestamp};

use super::Verb;
use super::plan::Plan;
use super::tell::{forgive, hindered_after, keep_down, look, restart, start};
use crate::duration::{MILLISECOND, SECOND, words};
use crate::left_behind;
use crate::scan_directory::ScanDirectory;
use crate::slot::records;
use crate::subscription::{DOWN, Subscription, UP, count};
use crate::supervise_status::SuperviseStatus;

/// How often a stop looks that need not hear anything.
const UNHEARD: Duration = 100 * MILLISECOND;

/// An s6-supervise that has not answered for so long does not.
pub(super) const ANSWER: Duration = SECOND;

/// One service on its way to what the operator asked for.
pub(super) struct Operation<'a> {
    pub(super) scan: &'a ScanDirectory,
    pub(super) name: &'a str,
    pub(super) verb: Verb,
    pub(super) step: Step,
    subscribed: bool,
    /// Just before it was told.
    pub(super) told: Timestamp,
    /// What ran when it was told.
    pub(super) ran: Option<u32>,
    /// What was seen last, for the words when the time is up.
    pub(super) seen: Option<SuperviseStatus>,
    pub(super) heard: Heard,
    /// Why a stop goes without a record or an event: what s6-supervise writes may
    /// fail just so.
    pub(super) hindered: Option<Error>,
    /// A stop goes without the marks of one.
    unmarked: bool,
    /// When a status that may be old was last made to be written anew.
    pub(super) renewed: Timestamp,
    /// While the old run of a restart ends, the next s6-supervise, should this one die,
    /// starts none beside it.
    kept_down: bool,
}

/// What has been said of it so far.
#[derive(Default)]
pub(super) struct Heard {
    /// By an event: it is up.
    pub(super) up: bool,
    /// By an event: it is down, `finish` included.
    pub(super) down: bool,
    /// By its status: s6-supervise has taken a stop, or that it is to come up after it.
    pub(super) heeded: bool,
}

pub(super) enum Step {
    Done(Result<(), Error>),
    /// On its way down. `told_before`: by a status that may be old, which was only made to
    /// be written anew.
    Stopping {
        told_before: bool,
    },
    /// On its way down, to be up again then, from a state of this stamp.
    Restarting {
        before: [u8; 12],
    },
    /// On its way to being ready, from a state of this stamp.
    Starting {
        before: [u8; 12],
    },
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
        let told = clock::now();
        let mut operation = Self {
            scan,
            name,
            verb,
            step: Step::Done(Ok(())),
            subscribed: false,
            told,
            ran: None,
            seen: None,
            heard: Heard::default(),
            hindered: None,
            unmarked: false,
            renewed: told,
            kept_down: false,
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
        if verb == Verb::Start
            && plan == Plan::Start
            && let Some(pid) = left_behind::pid(scan, name, &status)
        {
            // What has registered it just now took it away: none is to come up beside that.
            let _ = records::keep_down(scan, name, true);
            return Err(left_behind::error(scan, name, pid));
        }
        self.ran = status.pid.filter(|_| status.is_up());
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
            Plan::Stop => {
                let told_before = !status.wants_up();
                supervisor.command(if told_before { b"O" } else { b"d" })?;
                supervisor.expect_down();
                self.seen = Some(status);
                Ok(Step::Stopping { told_before })
            }
            Plan::StopThenStart | Plan::StartAnew => {
                // Nothing else says so once it is wanted up, should this command end early.
                records::mark_ending(scan, name, &status.stamp);
                self.kept_down = records::keep_down(scan, name, true).is_ok();
                restart(&supervisor, plan, &status)?;
                supervisor.expect_down_at_first();
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

    /// When to look again though no event has come; `None`: it has come to its end.
    pub(super) fn next_look(&self) -> Option<Duration> {
        let has_process = self.has_process();
        match &self.step {
            Step::Done(_) => None,
            // A service that is down when it is told to stop: s6-supervise only notes
            // it in the status file.
            Step::Stopping { told_before }
                if (!has_process || *told_before)
                    && clock::now() < self.told.saturating_add(UNHEARD) =>
            {
                Some(MILLISECOND)
            }
            // It may be down, which could not be written when it ended.
            Step::Stopping { .. } if !has_process || !self.subscribed || !self.heard.heeded => {
                Some(UNHEARD)
            }
            // Where s6-supervise cannot write what it does nothing need ever be heard.
            _ => Some(ANSWER),
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        matches!(self.step, Step::Stopping { .. })
    }

    /// Whether it has one, by the last look at its status.
    pub(super) fn has_process(&self) -> bool {
        matches!(&self.seen, Some(status) if status.pid.is_some())
    }

    /// What s6-supervise says of this service.
    pub(super) fn hear(&mut self, events: &[u8]) {
        self.heard.up |= count(events, UP) > 0;
        let last = events.iter().rev().find(|event| [UP, DOWN].contains(event));
        match last {
            // A stop hears of those that end before they are told, and begin again.
            Some(last) if self.is_stopping() => self.heard.down = *last == DOWN,
            _ => self.heard.down |= count(events, DOWN) > 0,
        }
    }

    pub(super) fn fail(&mut self, error: &Error) {
        self.step = Step::Done(Err(error.clone()));
    }

    /// Looks how far it has come, and goes on. `silent`: nothing has happened for so long
    /// as [`Self::next_look`] says.
    pub(super) fn look(&mut self, a_supervisor_ended: bool, silent: bool) {
        match self.next_step(a_supervisor_ended) {
            Ok(Some(step)) => self.step = step,
            Ok(None) if self.is_unwritten(silent) => self.step = Step::Done(Err(full())),
            Ok(None) if silent && self.is_stopping() => self.renew(),
            Ok(None) => {}
            Err(error) if matches!(self.step, Step::Stopping { .. }) => {
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
        let restarting = matches!(self.step, Step::Restarting { .. });
        self.heard.heeded |= status.wants_up() == restarting;
        let stopped = status.pid.is_none() && !status.wants_up();
        let step = match &self.step {
            // Written by another s6-supervise, which knows nothing of what ran.
            Step::Stopping { .. } | Step::Restarting { .. }
                if status.is_untried()
                    && let Some(pid) = self.ran =>
            {
                Some(Step::Done(Err(left_behind::error(
                    self.scan, self.name, pid,
                ))))
            }
            Step::Stopping { .. } if stopped => Some(Step::Done(self.make_up())),
            Step::Stopping { .. } if self.has_ended_unwritten() => Some(Step::Done(self.make_up())),
            // Another one than it was told to end.
            Step::Stopping { told_before: true }
                if status.is_up() && !status.wants_up() && status.pid != self.ran =>
            {
                self.ran = status.pid;
                supervisor.command(b"d")?;
                None
            }
            // It was told to come up again, and somebody else has told it not to since then;
            // `finish` says why where that is its own doing.
            Step::Restarting { .. }
                if stopped
                    && self.heard.heeded
                    && records::verdict(self.scan, self.name).is_none() =>
            {
                self.kept_down = false;
                Some(Step::Done(Err(Error::Other(
                    "another command has stopped it meanwhile".into(),
                ))))
            }
            // At once, instead of after the pause that s6-supervise may make. Where it
            // made none this changes nothing.
            Step::Restarting { before }
                if status.pid.is_none() || (status.is_up() && status.stamp != *before) =>
            {
                if std::mem::take(&mut self.kept_down) {
                    records::keep_down(self.scan, self.name, false)?;
                }
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
                // The status above may be of before that death.
                let exit = supervisor.status()?.last_exit().unwrap_or(Exit::Code(0));
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
        if self.kept_down {
            records::keep_down(self.scan, self.name, false)?;
        }
        match &self.step {
            Step::Done(result) => result.clone(),
            Step::Starting { .. } | Step::Restarting { .. } if self.is_unwritten(true) => {
                Err(full())
            }
            Step::Starting { .. } => Err(Error::TimedOut(self.not_ready(waited))),
            Step::Restarting { .. } | Step::Stopping { .. } => {
                // One that has died has nothing to say, nor has a next one come.
                self.scan.supervisor(self.name).check_alive()?;
                if let Some(status) = &self.seen {
                    records::mark_ending(self.scan, self.name, &status.stamp);
                }
                Err(Error::TimedOut(self.still_there(&words(waited))))
            }
        }
    }
}

/// It may have happened, and s6-supervise cannot say so.
fn full() -> Error {
    Error::Other(
        "told, but s6 cannot write what becomes of it: no space is left in the scan directory, \
         free some"
            .into(),
    )
}
