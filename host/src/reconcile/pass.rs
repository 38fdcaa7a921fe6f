mod decide;
mod settle;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use super::boot_log::{self, Action, Entry};
use super::container_command::ContainerCommand;
use super::legacy_command::{is_legacy_gateway_run, seed_running};
use state::State;

use crate::backend::{Backend, BackendError, Registration, RunState, ServiceError};
use crate::gateway::intent;
use crate::gateway::legacy_state::PriorExit;
use crate::gateway::specification::Specification;
use crate::lease::{self, LeaseError};
use crate::profile::{Home, ProfileError, ProfileName};
use crate::text::excerpt;

/// Brings the supervisor in line with the profiles of a home.
pub struct Pass<'a> {
    pub home: &'a Home,
    pub specification: &'a Specification<'a>,
    pub backend: &'a mut Backend,
    /// Whether the container opted out of what its command line would mean.
    pub opted_out: bool,
    /// Where procfs is mounted.
    pub proc: &'a Path,
    pub now: Timestamp,
}

/// What a pass did.
#[derive(Debug, Default)]
pub struct PassReport {
    pub decided: Vec<Decided>,
    /// Services that had no profile any more.
    pub removed: Vec<String>,
    pub problems: Vec<Problem>,
    /// This container only serves the dashboard: nothing was done.
    pub dashboard: bool,
}

/// One profile's gateway.
#[derive(Debug)]
pub struct Decided {
    pub profile: ProfileName,
    pub prior_state: Option<String>,
    /// What is stored of it could not be read.
    pub unreadable: bool,
    pub action: Action,
    /// It was so before, and nothing was done to it.
    pub already: bool,
    /// It runs on, and what has changed of it counts from its next restart on.
    pub updated: bool,
    pub prior_exit: PriorExit,
    /// Left over from processes that are gone.
    pub stale: Vec<&'static str>,
}

/// Something that one profile suffers from. The others go on.
#[derive(Debug)]
pub struct Problem {
    /// Or what else of the home it is about: `profiles`, `boot log`.
    pub profile: String,
    pub what: String,
    pub hint: Option<String>,
}

/// Why there was no pass at all.
#[derive(Debug, Error)]
pub enum PassError {
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error(transparent)]
    Lease(#[from] LeaseError),
}

type Before = BTreeMap<String, State>;

/// What was done to a service in this pass, and what the supervisor answered.
type Touched = BTreeMap<String, Result<(), ServiceError>>;

impl Problem {
    fn with(profile: &str, error: &impl ToString, hint: Option<String>) -> Self {
        Self {
            profile: profile.to_owned(),
            what: error.to_string(),
            hint,
        }
    }

    fn of(service: &str, error: &ServiceError) -> Self {
        Self {
            profile: service.trim_start_matches("gateway-").to_owned(),
            what: error.to_string(),
            hint: error.hint(),
        }
    }
}

impl Pass<'_> {
    pub fn run(mut self) -> Result<PassReport, PassError> {
        let lock = self.home.lock("reconcile")?;
        let registered = self.backend.registered()?;
        let mut report = PassReport::default();
        let command = registered
            .is_empty()
            .then(|| ContainerCommand::find(self.proc));
        if command.as_ref().is_some_and(ContainerCommand::is_dashboard) {
            report.dashboard = true;
            return Ok(report);
        }
        lease::check(self.home.dir(), self.proc)?;
        if let Some(command) = command {
            self.first_boot(&command, &mut report);
        }
        self.home.sweep();
        let mut before = self.look(registered)?;
        let known = self.decide(&mut before, &lock, &mut report)?;
        let orphans: Vec<String> = before
            .keys()
            .filter(|service| !known.contains(*service))
            .cloned()
            .collect();
        let orphans = self.without_doubt(orphans, &mut report);
        let (mut touched, refused) = self.register(&mut before, &mut report)?;
        self.settle(&before, refused, &mut touched, &report)?;
        self.hear_operators(&before, &mut touched, &mut report)?;
        self.verify(touched, &mut report)?;
        self.remove(orphans, &mut report)?;
        self.log(&mut report);
        Ok(report)
    }

    /// Services go only where it is certain that their profiles are gone.
    fn without_doubt(&self, orphans: Vec<String>, report: &mut PassReport) -> Vec<String> {
        if orphans.is_empty() || self.home.knows_its_profiles() {
            return orphans;
        }
        report.problems.push(Problem {
            profile: "profiles".to_owned(),
            what: format!(
                "{} cannot be looked into, so {}: {}",
                self.home.path().join("profiles").display(),
                match orphans.len() {
                    1 => "a gateway that may be of there is left as it is",
                    _ => "gateways that may be of there are left as they are",
                },
                excerpt(&orphans.join(", "), 200)
            ),
            hint: Some(
                "is it the right home, and its volume mounted? An empty directory there says \
                 that they have no profiles"
                    .to_owned(),
            ),
        });
        Vec::new()
    }

    /// What a container's command line says, on a supervisor that is still
    /// empty.
    fn first_boot(&self, command: &ContainerCommand, report: &mut PassReport) {
        let root = self.home.dir();
        if is_legacy_gateway_run(command, self.opted_out)
            && !root.exists(intent::FILE).unwrap_or(true)
            && let Err(error) = seed_running(root, self.now)
        {
            report
                .problems
                .push(Problem::with("default", &error, error.hint()));
        }
    }

    /// The services that were registered before this pass, and how they are.
    fn look(&mut self, registered: Vec<String>) -> Result<Before, BackendError> {
        if registered.is_empty() {
            return Ok(Before::new());
        }
        let statuses = self.backend.status(&registered)?;
        Ok(registered
            .into_iter()
            .zip(statuses)
            .map(|(service, status)| (service, State::of(status.as_ref().ok())))
            .collect())
    }

    /// Makes or updates every slot, with one rescan for all. Answers what is to be
    /// looked at afterwards: what is new or not as it was; and what runs, is to be down
    /// and was refused, so that it has to be stopped. Adds to `before` what has come
    /// since, or was not shown.
    fn register(
        &mut self,
        before: &mut Before,
        report: &mut PassReport,
    ) -> Result<(Touched, Vec<String>), BackendError> {
        let specs: Vec<_> = report
            .decided
            .iter()
            .filter(|decided| decided.action != Action::None)
            .map(|decided| {
                let initially = match decided.action {
                    Action::Started => RunState::Up,
                    Action::Registered | Action::None => RunState::Down,
                };
                self.specification.service(&decided.profile, initially)
            })
            .collect();
        let answers = match specs.is_empty() {
            true => Vec::new(),
            false => self.backend.register(&specs)?,
        };
        // One that was there all the same is not as a new one is.
        let overlooked = specs
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| {
                matches!(answer, Ok(Registration::Unchanged | Registration::Updated))
            })
            .map(|(spec, _)| spec.name.clone())
            .filter(|service| !before.contains_key(service))
            .collect();
        before.extend(self.look(overlooked)?);
        let mut answers = answers.into_iter();
        let problems = &mut report.problems;
        let (mut touched, mut refused) = (Touched::new(), Vec::new());
        report.decided.retain_mut(|decided| {
            if decided.action == Action::None {
                return true;
            }
            let service = decided.profile.service();
            match answers.next() {
                Some(Err(error)) => {
                    problems.push(Problem::of(&service, &error));
                    let runs = matches!(before.get(&service), Some(State::Up | State::Unsettled));
                    if runs && decided.action == Action::Registered {
                        refused.push(service);
                    }
                    return false;
                }
                // It has been seen to be supervised, and is down until somebody says so.
                Some(Ok(Registration::Created))
                    if decided.action == Action::Registered && !before.contains_key(&service) => {}
                Some(Ok(Registration::Unchanged)) | None
                    if before
                        .get(&service)
                        .is_none_or(|state| *state == State::after(decided.action)) =>
                {
                    decided.already = decided.action != Action::None;
                }
                answer => {
                    decided.updated = decided.action == Action::Started
                        && matches!(answer, Some(Ok(Registration::Updated)))
                        && before.get(&service) == Some(&State::Up);
                    touched.insert(service, Ok(()));
                }
            }
            true
        });
        Ok((touched, refused))
    }

    fn remove(
        &mut self,
        orphans: Vec<String>,
        report: &mut PassReport,
    ) -> Result<(), BackendError> {
        if orphans.is_empty() {
            return Ok(());
        }
        let budget = self.specification.settings.stop_timeout + Duration::from_secs(5);
        let answers = self.backend.unregister(&orphans, budget)?;
        for (service, answer) in orphans.into_iter().zip(answers) {
            match answer {
                Ok(()) => report.removed.push(service),
                Err(error) => report.problems.push(Problem::of(&service, &error)),
            }
        }
        Ok(())
    }

    fn log(&self, report: &mut PassReport) {
        let decided: BTreeSet<&str> = report
            .decided
            .iter()
            .map(|decided| decided.profile.as_str())
            .collect();
        let failed: BTreeSet<&str> = report
            .problems
            .iter()
            .map(|problem| problem.profile.as_str())
            .filter(|profile| !decided.contains(profile))
            .collect();
        let mut entries: Vec<Entry> = report
            .decided
            .iter()
            .map(|decided| Entry {
                profile: decided.profile.as_str(),
                prior_state: decided.prior_state.as_deref(),
                action: Some(decided.action),
                prior_exit: decided.prior_exit,
            })
            .collect();
        entries.extend(failed.into_iter().map(|profile| Entry {
            profile,
            prior_state: None,
            action: None,
            prior_exit: PriorExit::Unknown,
        }));
        if let Err(error) = boot_log::append(self.home.dir(), self.now, &entries) {
            report
                .problems
                .push(Problem::with(boot_log::NAME, &error, error.hint()));
        }
    }
}
