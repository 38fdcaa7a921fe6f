use hermes_backend_sdk::sockets;
use hermes_backend_sdk::types::{Duration, Error};

use crate::dbus::{Message, Writer};
use crate::failure;
use crate::manager::{MANAGER, Manager, lost, promptly};
use crate::pacing::Pacing;

/// What one unit is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Start,
    Stop,
    Restart,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// systemd has taken it; it was not waited for.
    Told,
    Done,
    /// systemd's word for a job that came to nothing: `failed`, `timeout`,
    /// `canceled`, `dependency` and others.
    Ended(String),
    /// The time was up first.
    Pending,
}

/// A systemd that executes itself anew drops its connections. More often than
/// this it is not meant.
const RECONNECTIONS: usize = 5;

enum Step {
    Asked,
    /// Its job, by the object path.
    Queued(String),
    Over(Result<Outcome, Error>),
}

struct Jobs {
    steps: Vec<Step>,
    waits: bool,
    /// Jobs that ended before they were heard of.
    early: Vec<(String, String)>,
}

/// Tells all units first and then waits for all of them; `deadline`: until when,
/// `None`: not at all.
pub(crate) fn carry_out(
    manager: &mut Manager,
    orders: &[(Order, String)],
    deadline: Option<Duration>,
) -> Vec<Result<Outcome, Error>> {
    let mut outcomes = attempt_all(manager, orders, deadline);
    let both = orders.iter().zip(&mut outcomes);
    let (unseen, places): (Vec<_>, Vec<_>) = both
        .filter(|((order, _), outcome)| {
            *order != Order::Stop && **outcome == Err(Error::NotRegistered)
        })
        .map(|(order, outcome)| (order.clone(), outcome))
        .unzip();
    // Their files are there, and systemd looks for new ones only when the times of its
    // directories have changed: not for what came within one tick of the clock.
    if !unseen.is_empty() && manager.call("Reload", "", &Writer::default()).is_ok() {
        let seen = attempt_all(manager, &unseen, deadline);
        for (place, outcome) in places.into_iter().zip(seen) {
            *place = outcome;
        }
    }
    outcomes
}

/// The same, with what systemd sees by itself.
fn attempt_all(
    manager: &mut Manager,
    orders: &[(Order, String)],
    deadline: Option<Duration>,
) -> Vec<Result<Outcome, Error>> {
    let mut jobs = Jobs {
        steps: orders.iter().map(|_| Step::Asked).collect(),
        waits: deadline.is_some(),
        early: Vec::new(),
    };
    let until = deadline.unwrap_or_else(promptly);
    for attempt in 0..=RECONNECTIONS {
        if let Some(error) = jobs.attempt(manager, orders, until) {
            let may_come_back = matches!(error, sockets::Error::Closed);
            let reconnected = match may_come_back && attempt < RECONNECTIONS {
                true => manager.reconnect(until),
                false => Err(lost(&error)),
            };
            match reconnected {
                Ok(()) => continue,
                Err(error) => jobs.give_up(&error),
            }
        }
        break;
    }
    if !jobs.is_over() {
        manager.hurry();
    }
    jobs.steps
        .into_iter()
        .map(|step| match step {
            Step::Over(result) => result,
            Step::Asked | Step::Queued(_) => Ok(Outcome::Pending),
        })
        .collect()
}

impl Order {
    /// `again`: it has been taken before. What was restarted need not be stopped
    /// once more.
    fn member(self, again: bool) -> &'static str {
        match self {
            Self::Restart if !again => "RestartUnit",
            Self::Start | Self::Restart => "StartUnit",
            Self::Stop => "StopUnit",
        }
    }
}

impl Jobs {
    /// The error that ended it, other than that the time was up.
    fn attempt(
        &mut self,
        manager: &mut Manager,
        orders: &[(Order, String)],
        until: Duration,
    ) -> Option<sockets::Error> {
        if self.waits {
            manager.watch();
        }
        let open: Vec<usize> = (0..orders.len())
            .filter(|place| !matches!(self.steps.get(*place), Some(Step::Over(_))))
            .collect();
        let starts = orders.iter().all(|(order, _)| *order != Order::Stop);
        let pacing = Pacing::new(self.waits && starts, until);
        for (nth, places) in open.chunks(pacing.size()).enumerate() {
            let told = match nth {
                0 => Ok(()),
                _ => self.let_some_end(manager, &pacing),
            }
            .and_then(|()| self.tell(manager, orders, places, until));
            match told {
                // All are told, whatever the time.
                Ok(()) | Err(sockets::Error::TimedOut) => {}
                Err(error) => return Some(error),
            }
        }
        if self.is_over() {
            return None;
        }
        let received = manager.receive(until, &mut |message| {
            self.ended(message);
            self.is_over()
        });
        received
            .err()
            .filter(|error| *error != sockets::Error::TimedOut)
    }

    /// Waits until few of those that were told are left, or they have had their turn.
    fn let_some_end(
        &mut self,
        manager: &mut Manager,
        pacing: &Pacing,
    ) -> Result<(), sockets::Error> {
        let Some(turn) = pacing.turn() else {
            return Ok(());
        };
        let few = |steps: &[Step]| {
            let queued = steps.iter().filter(|step| matches!(step, Step::Queued(_)));
            queued.count() <= pacing.size()
        };
        if few(&self.steps) {
            return Ok(());
        }
        let received = manager.receive(turn, &mut |message| {
            self.ended(message);
            few(&self.steps)
        });
        match received {
            Err(sockets::Error::TimedOut) => Ok(()),
            received => received,
        }
    }

    /// Gives some of the orders and hears that they were taken.
    fn tell(
        &mut self,
        manager: &mut Manager,
        orders: &[(Order, String)],
        places: &[usize],
        until: Duration,
    ) -> Result<(), sockets::Error> {
        let mut first = None;
        for place in places {
            let Some((order, unit)) = orders.get(*place) else {
                continue;
            };
            // What was sent and not answered may not have come to it.
            let again = matches!(self.steps.get(*place), Some(Step::Queued(_)));
            let mut arguments = Writer::default();
            arguments.text(unit);
            arguments.text("replace");
            let serial = manager.queue(order.member(again), "ss", arguments);
            first.get_or_insert(serial);
        }
        let Some(first) = first else {
            return Ok(());
        };
        let mut missing = places.len();
        let scope = manager.scope;
        manager.receive(until, &mut |message| {
            let answered = first.place_of(message).and_then(|nth| places.get(nth));
            match answered {
                Some(place) => {
                    missing -= 1;
                    let unit = orders.get(*place).map_or("", |(_, unit)| unit);
                    self.answered(*place, failure::of_order(message, unit, scope), message);
                }
                None => self.ended(message),
            }
            missing == 0
        })
    }

    fn answered(&mut self, place: usize, answer: Result<(), Error>, message: &Message) {
        let job = message.text().unwrap_or_default();
        let step = match answer {
            Err(error) => Step::Over(Err(error)),
            Ok(()) if !self.waits => Step::Over(Ok(Outcome::Told)),
            Ok(()) => match self.early.iter().find(|(path, _)| path == job) {
                Some((_, result)) => Step::Over(Ok(Outcome::of(result))),
                None => Step::Queued(job.into()),
            },
        };
        if let Some(place) = self.steps.get_mut(place) {
            *place = step;
        }
    }

    /// What `JobRemoved` says, which comes for the jobs of everybody.
    fn ended(&mut self, message: &Message) {
        if !message.is_signal(MANAGER, "JobRemoved") {
            return;
        }
        let mut body = message.body();
        let (_, path, _, result) = (body.number(), body.text(), body.text(), body.text());
        let (Some(path), Some(result)) = (path, result) else {
            return;
        };
        let mut known = false;
        for step in &mut self.steps {
            if matches!(step, Step::Queued(job) if job == path) {
                *step = Step::Over(Ok(Outcome::of(result)));
                known = true;
            }
        }
        if !known && self.steps.iter().any(|step| matches!(step, Step::Asked)) {
            self.early.push((path.into(), result.into()));
        }
    }

    fn is_over(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Over(_)))
    }

    fn give_up(&mut self, error: &Error) {
        for step in &mut self.steps {
            if !matches!(step, Step::Over(_)) {
                *step = Step::Over(Err(error.clone()));
            }
        }
    }
}

impl Outcome {
    fn of(result: &str) -> Self {
        match result {
            // `skipped`: a condition of the unit's own, or it was so already.
            "done" | "skipped" => Self::Done,
            other => Self::Ended(other.into()),
        }
    }
}
