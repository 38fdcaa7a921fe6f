use std::time::Duration;

use super::ran::Ran;
use super::{Operation, OperationError};
use crate::backend::ServiceError;
use crate::gateway::intent::{Desired, Intent, IntentError, Preparation, Recorded};
use crate::gateway::legacy_state::LegacyState;
use crate::gateway::operation_lock::OperationLock;
use crate::gateway::operation_note::OperationNote;
use crate::gateway::verb::Verb;
use crate::profile::{Profile, ProfileError};
use crate::reconcile::decision::decide;

/// A gateway whose intent is recorded and whose lock is held; of a stop,
/// wherever that could be done.
pub(super) struct Held {
    pub(super) service: String,
    recorded: Option<Recorded>,
    /// It was to run until this stop.
    pub(super) was_wanted: bool,
    pub(super) notes: Vec<OperationNote>,
    _lock: Option<OperationLock>,
}

/// What the backend has answered to a verb.
pub(super) struct Told {
    pub(super) answer: Result<(), ServiceError>,
    /// Otherwise the supervisor was told nothing.
    pub(super) registered: bool,
    /// The gateway is another manager's, whose operator's word is not ours to change.
    pub(super) elsewhere: bool,
    /// What a restart was to end.
    pub(super) ran: Option<Ran>,
}

/// What became of the operator's word.
pub(super) struct Settled {
    /// It stands, though there is nothing yet that it could be told to.
    pub(super) unregistered: bool,
}

impl Held {
    /// `record`: what the operator wants, of which `preparation` is on its way.
    pub(super) fn new(
        operation: &Operation,
        profile: &Profile,
        preparation: Option<Preparation>,
        record: bool,
        patience: Duration,
    ) -> Result<Self, OperationError> {
        let stops = operation.verb == Verb::Stop;
        let mut notes = Vec::new();
        let verb = format!("gateway {}", operation.verb.name());
        let lock = match OperationLock::acquire_within(profile.dir(), &verb, patience) {
            Ok(lock) => Some(lock),
            // Nothing in the way lets a gateway run on.
            Err(error) if stops => {
                notes.push(OperationNote::Unlocked(error));
                None
            }
            Err(error) => return Err(error.into()),
        };
        // While the lock was waited for: its directory may be another one's by now.
        if !profile.dir().is_in_place() {
            return Err(OperationError::Profile(ProfileError::NotFound {
                name: profile.name().clone(),
                home: operation.specification.home.to_owned(),
                nearest: None,
            }));
        }
        let recorded = match record
            .then(|| operation.record(profile, preparation))
            .transpose()
        {
            Ok(recorded) => recorded,
            Err(error) if stops => {
                let wanted = is_wanted(profile);
                notes.push(OperationNote::Unrecorded { error, wanted });
                None
            }
            Err(error) => return Err(error.into()),
        };
        let was_wanted = |recorded| stops && was_wanted(profile, recorded);
        Ok(Self {
            service: profile.name().service(),
            was_wanted: recorded.as_ref().is_some_and(was_wanted),
            recorded,
            notes,
            _lock: lock,
        })
    }

    /// Whether the operator has changed their mind.
    pub(super) fn has_changed(&self) -> bool {
        self.recorded
            .as_ref()
            .is_some_and(|recorded| recorded.changed)
    }

    /// The operator's word stands, unless it was refused outright and nothing
    /// has come of it. A stop of what was wanted stands even so: it must not
    /// come back at the next boot, and not at the one that is just going on; unless it is
    /// not this supervisor's at all. `enables`: its supervisor knows what comes up at a boot.
    pub(super) fn settle(
        &mut self,
        verb: Verb,
        profile: &Profile,
        told: Told,
        enables: bool,
    ) -> Result<Settled, OperationError> {
        let Told {
            answer,
            registered,
            elsewhere,
            ..
        } = told;
        let refused = !registered
            || (verb == Verb::Start && matches!(answer, Err(ServiceError::LeftBehind { .. })))
            || matches!(
                answer,
                Err(ServiceError::NotRegistered
                    | ServiceError::Foreign { .. }
                    | ServiceError::Elsewhere(_)
                    | ServiceError::Unsupported(_)
                    | ServiceError::Unavailable(_)
                    | ServiceError::PermissionDenied(_)
                    | ServiceError::InvalidSpec(_))
            );
        let mut unregistered = false;
        let mut stands = verb == Verb::Stop && self.has_changed();
        if refused && let Some(recorded) = &self.recorded {
            if self.was_wanted && !elsewhere {
                unregistered = stands && answer == Err(ServiceError::NotRegistered);
            } else {
                Intent::take_back(profile.dir(), recorded)?;
                stands = false;
            }
        }
        if stands && !unregistered && answer.is_err() {
            // What takes its time has been disabled before.
            let enables = enables && !matches!(answer, Err(ServiceError::TimedOut(_)));
            self.notes.push(OperationNote::Stands { enables });
        }
        let replaced = self.recorded.take().and_then(|it| it.replaced_corrupt);
        self.notes.extend(replaced.map(OperationNote::Replaced));
        if !unregistered {
            answer?;
        }
        Ok(Settled { unregistered })
    }

    /// A stop has happened all the same; a start is not to be relied on.
    pub(super) fn synced(
        &mut self,
        verb: Verb,
        synced: Result<(), IntentError>,
    ) -> Result<(), IntentError> {
        match synced {
            Err(error) if verb == Verb::Stop => {
                let wanted = false;
                self.notes
                    .retain(|note| !matches!(note, OperationNote::Stands { .. }));
                self.notes.push(OperationNote::Unrecorded { error, wanted });
                Ok(())
            }
            synced => synced,
        }
    }
}

/// Whether a gateway was to run before the verb.
fn was_wanted(profile: &Profile, recorded: &Recorded) -> bool {
    let before = match &recorded.previous {
        Some(previous) => previous.desired,
        None => decide(&Ok(None), &LegacyState::load(profile.dir())).desired,
    };
    before == Desired::Running
}

/// Whether what is stored says that a gateway is to run.
fn is_wanted(profile: &Profile) -> bool {
    let intent = Intent::load(profile.dir());
    decide(&intent, &LegacyState::load(profile.dir())).desired == Desired::Running
}
