mod held;
mod ran;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use thiserror::Error;

use super::foreground;
use super::intent::{Intent, IntentError, Preparation, Recorded};
use super::keeper::Keeper;
use super::operation_lock::OperationLockError;
use super::operation_note::OperationNote;
use super::revive::revive;
use super::specification::Specification;
use super::syncing::Syncing;
use super::verb::Verb;
use held::{Held, Settled, Told};
use ran::Ran;

use crate::backend::{
    Answers, Backend, BackendError, Exit, Phase, RunState, ServiceError, ServiceStatus, confirm,
    left_behind,
};
use crate::profile::{Profile, ProfileError};
use crate::text::excerpt;
use crate::volume::{Durability, VolumeDir};

/// How long a stop waits for other commands on its gateways before it goes ahead: who
/// holds a lock does not keep a gateway running.
const STOP_WAITS: Duration = Duration::from_secs(5);

/// One verb on some gateways: records the operator's intent, has the backend do
/// it and looks at what came of it.
pub struct Operation<'a> {
    pub verb: Verb,
    pub specification: &'a Specification<'a>,
    pub backend: &'a mut Backend,
    /// How long to wait until it has happened; `None`: not at all.
    pub wait: Option<Duration>,
    /// Who asks, for the intent.
    pub by: &'a str,
    /// The intent of the only profile, on its way to the disk.
    pub preparation: Option<Preparation>,
    /// Where procfs is mounted.
    pub proc: &'a Path,
    /// Nothing is performed: a supervisor may still say what was so before.
    pub rehearsed: bool,
}

/// What came of a verb for one gateway.
#[derive(Debug)]
pub struct Outcome {
    pub result: Result<Happened, OperationError>,
    pub notes: Vec<OperationNote>,
}

/// What was seen of a verb that was carried out.
#[derive(Debug)]
pub struct Happened {
    /// `None` where the verb did not wait, or its supervisor does not know it (any more).
    pub status: Option<ServiceStatus>,
    /// It was so before the verb. Of a stop without a status: it was not even registered.
    pub already: bool,
    /// It was to run until this stop.
    pub was_wanted: bool,
    pub took: Duration,
}

/// Why a verb failed for one gateway.
#[derive(Debug, Error)]
pub enum OperationError {
    #[error(transparent)]
    Busy(#[from] OperationLockError),
    #[error(transparent)]
    Intent(#[from] IntentError),
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The backend has done it, and the last look found nobody who knows.
    #[error("told to {}, but what came of it could not be seen: {error}", .verb.name())]
    Unseen { verb: Verb, error: ServiceError },
}

/// One answer for each profile, in their order.
pub type Results = Vec<Outcome>;

impl Operation<'_> {
    /// Carries the verb out on all profiles at once. A failure of one leaves
    /// the others alone.
    pub fn run(&mut self, profiles: &[&Profile]) -> Result<Results, BackendError> {
        let began = Timestamp::now();
        let clock = Instant::now();
        // Where nothing can be controlled nothing is promised either.
        let controls = self.backend.supervises();
        let enables = self.backend.scope().is_some();
        let mut preparations = self.prepare(profiles, controls).into_iter();
        let held: Vec<Result<Held, OperationError>> = profiles
            .iter()
            .map(|profile| {
                let preparation = preparations.next().flatten();
                let patience = match self.verb {
                    Verb::Stop => STOP_WAITS.saturating_sub(clock.elapsed()),
                    Verb::Start | Verb::Restart => Duration::ZERO,
                };
                Held::new(self, profile, preparation, controls, patience)
            })
            .collect();
        let (services, held_profiles): (Vec<String>, Vec<&Profile>) = held
            .iter()
            .zip(profiles)
            .filter_map(|(held, profile)| Some((held.as_ref().ok()?.service.clone(), *profile)))
            .unzip();

        let changed = changed(&held, profiles);
        let (told, synced) = thread::scope(|scope| {
            let syncing = Syncing::start(scope, &changed);
            (self.control(&services, &held_profiles), syncing.wait())
        });
        let (mut told, mut synced) = (told?, synced.into_iter());
        let took = clock.elapsed();
        let mut statuses = match self.wait {
            Some(_) if controls => self.backend.status(&services)?,
            _ => Vec::new(),
        };
        self.revive(&services, &mut told, &mut statuses)?;
        let (mut told, mut statuses) = (told.into_iter(), statuses.into_iter());
        Ok(held
            .into_iter()
            .zip(profiles)
            .map(|(held, profile)| {
                let mut held = match held {
                    Ok(held) => held,
                    Err(error) => {
                        return Outcome {
                            result: Err(error),
                            notes: Vec::new(),
                        };
                    }
                };
                let synced = match held.has_changed() {
                    true => synced.next().unwrap_or(Ok(())),
                    false => Ok(()),
                };
                let (status, unseen) = match statuses.next() {
                    Some(Ok(status)) => (Some(status), None),
                    // A removal has been finished, or its supervisor cannot say it.
                    Some(Err(ServiceError::NotRegistered | ServiceError::Stale { .. }))
                        if self.verb == Verb::Stop =>
                    {
                        (None, None)
                    }
                    // In a dry run nothing has happened that could be seen.
                    Some(Err(error)) if !self.rehearsed => (None, Some(error)),
                    Some(Err(_)) | None => (None, None),
                };
                let mut told = told.next().unwrap_or(Told {
                    answer: Err(ServiceError::NotRegistered),
                    registered: true,
                    elsewhere: false,
                    ran: None,
                });
                told.answer = self.seen(told.answer, told.ran.take(), status.as_ref());
                told.elsewhere |= self.is_elsewhere(profile, &told.answer);
                let was_wanted = held.was_wanted;
                let settled = held.settle(self.verb, profile, told, enables);
                let synced = held.synced(self.verb, synced.map_err(IntentError::from));
                let happened = |settled: Settled| Happened {
                    already: settled.unregistered
                        || status.as_ref().is_some_and(|status| {
                            is_so(self.verb, status) && is_older(status, began)
                        }),
                    was_wanted,
                    status,
                    took,
                };
                Outcome {
                    result: settled
                        .and_then(|settled| Ok(synced.map(|()| settled)?))
                        .and_then(|settled| match unseen {
                            Some(error) => Err(OperationError::Unseen {
                                verb: self.verb,
                                error,
                            }),
                            None => Ok(settled),
                        })
                        .map(happened),
                    notes: held.notes,
                }
            })
            .collect())
    }

    /// A backend's answer, where what is seen afterwards bears it out.
    fn seen(
        &self,
        answer: Result<(), ServiceError>,
        ran: Option<Ran>,
        status: Option<&ServiceStatus>,
    ) -> Result<(), ServiceError> {
        let answer = confirm(self.verb == Verb::Stop, answer, status);
        if self.rehearsed {
            return answer;
        }
        // It was told all the same, before the supervisor was out of reach.
        let answer = match (answer, status) {
            (Err(ServiceError::Unavailable(words)), Some(status))
                if self.verb != Verb::Stop && is_so(self.verb, status) =>
            {
                Err(ServiceError::Other(words))
            }
            (answer, _) => answer,
        };
        answer
            .and_then(|()| has_ended(self.proc, ran))
            .and_then(|()| still_there(self.verb, status))
    }

    /// Whether the gateway is another manager's, or another home's.
    fn is_elsewhere(&self, profile: &Profile, answer: &Result<(), ServiceError>) -> bool {
        match answer {
            Err(ServiceError::Foreign { .. } | ServiceError::Elsewhere(_)) => true,
            Err(ServiceError::NotRegistered) => foreground::find(profile.dir(), self.proc)
                .is_some_and(|pid| Keeper::of(self.proc, pid).is_elsewhere(self.backend)),
            _ => false,
        }
    }

    /// The intents of the profiles, on their way to the disk.
    fn prepare(&mut self, profiles: &[&Profile], controls: bool) -> Vec<Option<Preparation>> {
        match profiles {
            [_] => vec![self.preparation.take()],
            profiles if controls => {
                let directories: Vec<_> = profiles.iter().map(|profile| profile.dir()).collect();
                Preparation::all(&directories, self.verb.desired(), self.by)
            }
            _ => Vec::new(),
        }
    }

    fn record(
        &self,
        profile: &Profile,
        preparation: Option<Preparation>,
    ) -> Result<Recorded, IntentError> {
        Intent::record_prepared(
            profile.dir(),
            self.verb.desired(),
            self.by,
            Timestamp::now(),
            Durability::BytesSynced,
            preparation,
        )
    }

    fn control(
        &mut self,
        services: &[String],
        profiles: &[&Profile],
    ) -> Result<Vec<Told>, BackendError> {
        // What does not register cannot be told either: it says what to do.
        let Registered { refused, ran } = self.register(services, profiles)?;
        let told: Vec<String> = services
            .iter()
            .zip(&refused)
            .filter(|(_, refused)| refused.is_none())
            .map(|(service, _)| service.clone())
            .collect();
        let mut answers = match told.is_empty() {
            true => Vec::new(),
            false => self
                .backend
                .control(&self.verb.action(), &told, self.wait)?,
        }
        .into_iter();
        Ok(refused
            .into_iter()
            .zip(ran)
            .map(|(refused, ran)| match refused {
                Some(error) => Told {
                    // A slot that is made late may start it yet.
                    registered: matches!(error, ServiceError::TimedOut(_)),
                    answer: Err(error),
                    elsewhere: false,
                    ran: None,
                },
                None => Told {
                    answer: answers.next().unwrap_or(Err(ServiceError::NotRegistered)),
                    registered: true,
                    elsewhere: false,
                    ran,
                },
            })
            .collect())
    }

    /// Brings the slots of what is to run up to date: a start makes missing
    /// ones, a restart does not.
    fn register(
        &mut self,
        services: &[String],
        profiles: &[&Profile],
    ) -> Result<Registered, BackendError> {
        let before = match self.verb {
            Verb::Stop | Verb::Start => Answers::new(),
            Verb::Restart => self.backend.status(services)?,
        };
        let mut left: Vec<Option<u32>> = before
            .iter()
            .map(|status| left_behind(status.as_ref().ok()?))
            .collect();
        left.resize(services.len(), None);
        let waits = self.wait.is_some() && !self.rehearsed;
        let ran = services
            .iter()
            .enumerate()
            .map(|(place, _)| {
                Ran::of(
                    self.proc,
                    before.get(place).filter(|_| waits)?.as_ref().ok()?,
                )
            })
            .collect();
        let wanted: Vec<bool> = match self.verb {
            Verb::Stop => vec![false; services.len()],
            Verb::Start => vec![true; services.len()],
            // None beside one that a dead supervisor has left behind.
            Verb::Restart => before
                .iter()
                .zip(&left)
                .map(|(status, left)| status.is_ok() && left.is_none())
                .collect(),
        };
        let specs: Vec<_> = profiles
            .iter()
            .zip(&wanted)
            .filter(|(_, wanted)| **wanted)
            .map(|(profile, _)| self.specification.service(profile.name(), RunState::Up))
            .collect();
        let mut registered = match specs.is_empty() {
            true => Vec::new(),
            false => self.backend.register(&specs)?,
        }
        .into_iter();
        let refused = wanted
            .into_iter()
            .zip(left)
            .map(|(wanted, left)| match wanted {
                true => registered.next().and_then(Result::err),
                false => left.map(|pid| ServiceError::LeftBehind { pid }),
            })
            .collect();
        Ok(Registered { refused, ran })
    }

    /// Starts what was to come up and did not for a reason that is none.
    fn revive(
        &mut self,
        services: &[String],
        told: &mut [Told],
        statuses: &mut Answers<ServiceStatus>,
    ) -> Result<(), BackendError> {
        if self.verb == Verb::Stop || self.rehearsed {
            return Ok(());
        }
        let mut answers: Answers<()> = told.iter().map(|told| told.answer.clone()).collect();
        revive(
            self.backend,
            services,
            &mut answers,
            statuses,
            self.wait,
            |_| true,
        )?;
        for (told, answer) in told.iter_mut().zip(answers) {
            // What was refused before has been told by now.
            told.registered |= answer != told.answer;
            told.answer = answer;
        }
        Ok(())
    }
}

/// Before anything is told.
struct Registered {
    /// What cannot be told, and why.
    refused: Vec<Option<ServiceError>>,
    /// What a restart has to end.
    ran: Vec<Option<Ran>>,
}

/// A restart has not happened while the process runs that it was to end.
fn has_ended(proc: &Path, ran: Option<Ran>) -> Result<(), ServiceError> {
    match ran {
        Some(ran) if ran.lives(proc) => Err(ServiceError::LeftBehind { pid: ran.pid }),
        _ => Ok(()),
    }
}

/// The directories in which a new intent has taken the place of the old one.
fn changed<'p>(
    held: &[Result<Held, OperationError>],
    profiles: &[&'p Profile],
) -> Vec<&'p VolumeDir> {
    held.iter()
        .zip(profiles)
        .filter(|(held, _)| held.as_ref().is_ok_and(Held::has_changed))
        .map(|(_, profile)| profile.dir())
        .collect()
}

/// What was ready may have ended at once all the same.
pub fn still_there(verb: Verb, status: Option<&ServiceStatus>) -> Result<(), ServiceError> {
    match status {
        Some(status) if verb != Verb::Stop && has_ended_since(status) => {
            Err(match status.last_exit {
                Some(Exit::Code(code)) => ServiceError::Exited { code },
                Some(Exit::Signal(signal)) => ServiceError::Killed { signal },
                // It was not even executed.
                None => match &status.note {
                    Some(note) if status.phase == Phase::Down => {
                        ServiceError::Other(excerpt(note, 200))
                    }
                    _ => ServiceError::Ended,
                },
            })
        }
        _ => Ok(()),
    }
}

/// Of one that was up. Between two runs it is about to be started again.
fn has_ended_since(status: &ServiceStatus) -> bool {
    match status.phase {
        Phase::Failed | Phase::Down => true,
        Phase::Starting => status.pid.is_none(),
        Phase::Up | Phase::Ready | Phase::Stopping => false,
    }
}

/// Whether a service is what the verb asks for. In a dry run it is as it was.
pub(super) fn is_so(verb: Verb, status: &ServiceStatus) -> bool {
    let down = matches!(status.phase, Phase::Down | Phase::Failed);
    down == (verb == Verb::Stop)
}

/// Whether a service has been as it is since before `moment`.
pub(super) fn is_older(status: &ServiceStatus, moment: Timestamp) -> bool {
    let moment = u64::try_from(moment.as_nanosecond()).unwrap_or(0);
    // The supervisor's clock and ours are read one after the other.
    status.since.is_none_or(|since| since + 1_000_000 < moment)
}
