//! Has the supervisor do what was decided, and looks at what came of it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::state::{State, died, unsettled};
use super::{Before, Pass, PassReport, Problem, Touched};
use crate::backend::{Action as Control, BackendError, ServiceError, confirm};
use crate::gateway::intent::{Desired, Intent};
use crate::gateway::revive::revive;
use crate::gateway::verb::Verb;
use crate::reconcile::boot_log::Action;

/// How long a supervisor may take to act on a start. How long the gateway takes until it
/// is ready is its own business.
const PROMPTLY: Duration = Duration::from_secs(5);

impl Pass<'_> {
    /// Starts and stops what was registered before this pass and is not what it
    /// is to be, as far as can be told. New slots have come up by themselves. `stop`:
    /// what is to be stopped beside that.
    pub(super) fn settle(
        &mut self,
        before: &Before,
        mut stop: Vec<String>,
        touched: &mut Touched,
        report: &PassReport,
    ) -> Result<(), BackendError> {
        let mut start = Vec::new();
        for decided in &report.decided {
            let service = decided.profile.service();
            match (decided.action, before.get(&service)) {
                (Action::Started, Some(_)) if touched.contains_key(&service) => start.push(service),
                (Action::Registered, Some(State::Up | State::Unsettled)) => stop.push(service),
                _ => {}
            }
        }
        self.control(start, stop, touched)
    }

    /// What an operator has said since this pass looked outweighs what it saw:
    /// their own command may have come before ours.
    pub(super) fn hear_operators(
        &mut self,
        before: &Before,
        touched: &mut Touched,
        report: &mut PassReport,
    ) -> Result<(), BackendError> {
        let mut start = Vec::new();
        let mut stop = Vec::new();
        for decided in &mut report.decided {
            let service = decided.profile.service();
            let started = decided.action == Action::Started;
            if !started
                && before
                    .get(&service)
                    .is_none_or(|state| *state == State::Down)
            {
                continue;
            }
            match self
                .home
                .profile(&decided.profile)
                .map(|profile| Intent::load(profile.dir()))
            {
                Ok(Ok(Some(intent))) if started && intent.desired == Desired::Stopped => {
                    decided.action = Action::Registered;
                    decided.already = false;
                    decided.updated = false;
                    stop.push(service);
                }
                Ok(Ok(Some(intent))) if !started && intent.desired == Desired::Running => {
                    decided.action = Action::Started;
                    decided.already = false;
                    start.push(service);
                }
                _ => {}
            }
        }
        self.control(start, stop, touched)
    }

    fn control(
        &mut self,
        start: Vec<String>,
        stop: Vec<String>,
        touched: &mut Touched,
    ) -> Result<(), BackendError> {
        let stopped = Verb::Stop.patience(self.specification);
        for (control, services, patience) in [
            (Control::Start, start, PROMPTLY),
            (Control::Stop, stop, stopped),
        ] {
            if services.is_empty() {
                continue;
            }
            let answers = self.backend.control(&control, &services, Some(patience))?;
            touched.extend(services.into_iter().zip(answers));
        }
        Ok(())
    }

    /// Looks once more at what was touched: what is not as it is said to be is a
    /// problem and not done.
    pub(super) fn verify(
        &mut self,
        touched: Touched,
        report: &mut PassReport,
    ) -> Result<(), BackendError> {
        if touched.is_empty() {
            return Ok(());
        }
        // In a dry run nothing has happened that could be seen.
        let rehearsed = self.home.dir().is_rehearsed();
        let (services, mut answers): (Vec<String>, Vec<_>) = touched.into_iter().unzip();
        let mut statuses = self.backend.status(&services)?;
        let is_started = |service: &str| {
            report.decided.iter().any(|decided| {
                decided.action == Action::Started && decided.profile.service() == service
            })
        };
        if !rehearsed {
            revive(
                self.backend,
                &services,
                &mut answers,
                &mut statuses,
                Some(PROMPTLY),
                is_started,
            )?;
        }
        let seen = services.into_iter().zip(answers.into_iter().zip(statuses));
        let mut seen: BTreeMap<String, _> = seen
            .map(|(service, (answer, status))| {
                let stops = !is_started(&service);
                let answer = confirm(stops, answer, status.as_ref().ok());
                (service, (answer, status))
            })
            .collect();
        let problems = &mut report.problems;
        report.decided.retain_mut(|decided| {
            let service = decided.profile.service();
            let Some((answer, status)) = seen.remove(&service) else {
                return true;
            };
            let settled = State::of(status.as_ref().ok()) == State::after(decided.action);
            // Its supervisor goes on trying. What ran before this pass may have been restarted.
            let restarted = status.as_ref().is_ok_and(|it| it.restarts > Some(0));
            let ended = answer.as_ref().is_err_and(ServiceError::is_end);
            let has_died =
                decided.action == Action::Started && (ended || (restarted && !decided.updated));
            let (what, hint) = match (answer, status) {
                (Ok(()), _) if settled && !has_died => return true,
                // It is up, and may take its time until it is ready; or what is up is still to
                // end first.
                (Err(ServiceError::TimedOut(_)), _) if settled && !has_died => {
                    decided.already = false;
                    decided.updated = false;
                    return true;
                }
                (Ok(()), _) if rehearsed => return true,
                (Err(error), _) | (Ok(()), Err(error)) => (error.to_string(), error.hint()),
                (Ok(()), Ok(status)) if settled => (died(&status), None),
                (Ok(()), Ok(status)) => (unsettled(decided.action, &status), None),
            };
            problems.push(Problem {
                profile: decided.profile.to_string(),
                what,
                hint,
            });
            settled && !has_died
        });
        Ok(())
    }
}
