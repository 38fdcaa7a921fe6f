use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::state::State;
use super::{Before, Decided, Pass, PassReport, Problem};
use crate::backend::BackendError;
use crate::gateway::foreground::{self, Found};
use crate::gateway::intent::Desired;
use crate::gateway::keeper::Keeper;
use crate::gateway::reach::closed_to;
use crate::os_error;
use crate::profile::{Home, PortHolders, PortRecord, Profile, ProfileName};
use crate::reconcile::boot_log::Action;
use crate::reconcile::stale_files::StaleFiles;
use crate::reconcile::survey::{Surveyed, survey};
use crate::volume::Lock;

impl Pass<'_> {
    /// Decides for every profile; answers the services that have a profile, however
    /// broken that is, and adds to `before` what runs though it is not registered.
    pub(super) fn decide(
        &mut self,
        before: &mut Before,
        lock: &Lock,
        report: &mut PassReport,
    ) -> Result<BTreeSet<String>, BackendError> {
        let supervises = self.backend.supervises();
        let installs = self.backend.scope().is_some();
        let mut known = BTreeSet::new();
        let mut ports = BTreeSet::new();
        let mut to_run = Vec::new();
        let mut to_start = Vec::new();
        let mut without_port = Vec::new();
        for (name, surveyed) in survey(self.home) {
            known.insert(format!("gateway-{name}"));
            let surveyed = match surveyed {
                Ok(surveyed) => surveyed,
                Err(error) => {
                    report
                        .problems
                        .push(Problem::with(&name, &error, error.hint()));
                    continue;
                }
            };
            if is_left_unread(&name, &surveyed, before, report) {
                continue;
            }
            let profile = &surveyed.profile;
            let port = profile.port();
            match &port {
                Ok(record) => ports.extend(record.map(|record| record.port)),
                Err(error) => report
                    .problems
                    .push(Problem::with(&name, error, error.hint())),
            }
            if let Ok(Some(record)) = port
                && surveyed.decision.desired == Desired::Running
            {
                to_run.push((profile.name().clone(), profile.path().to_owned(), record));
            }
            let found = match before.get(&profile.name().service()) {
                Some(State::Up | State::Unsettled) => None,
                Some(State::Down) | None => Some(foreground::look(profile.dir(), self.proc)),
            };
            if found == Some(Found::Unseen) {
                let error = BackendError::TooManyFiles;
                let hint = Some(os_error::MORE_FILES.to_owned());
                report.problems.push(Problem::with(&name, &error, hint));
                continue;
            }
            let stale = match found {
                Some(found) if supervises => StaleFiles::remove(profile.dir(), found),
                _ => StaleFiles::default(),
            };
            let in_foreground = match found {
                Some(Found::Gateway(pid)) if supervises => {
                    self.without_supervisor(profile, pid, before)?
                }
                Some(Found::Gateway(pid)) => Some(pid),
                _ => None,
            };
            for error in stale.problems {
                report
                    .problems
                    .push(Problem::with(&name, &error, error.hint()));
            }
            if surveyed.decision.desired == Desired::Running && found.is_some() {
                to_start.push((report.decided.len(), profile.path().to_owned()));
            }
            let is_registered = before.contains_key(&profile.name().service());
            let action = match (surveyed.decision.desired, in_foreground) {
                _ if !supervises => Action::None,
                // What was uninstalled does not come back.
                (Desired::Stopped, _) if installs && !is_registered => Action::None,
                (Desired::Running, Some(pid)) => {
                    report.problems.push(self.in_the_way(&name, pid));
                    Action::Registered
                }
                // As a start would refuse it; the port is among the problems.
                (Desired::Running, None) if port.is_err() && found.is_some() => Action::Registered,
                (Desired::Running, None) => Action::Started,
                (Desired::Stopped, _) => Action::Registered,
            };
            let needs_port = profile.name().is_default() || action == Action::Started;
            let index = report.decided.len();
            report.decided.push(Decided {
                profile: profile.name().clone(),
                prior_exit: surveyed.prior_exit(),
                unreadable: surveyed.problem.is_some(),
                action,
                already: false,
                updated: false,
                prior_state: surveyed.decision.prior_state,
                stale: stale.removed,
            });
            if needs_port && matches!(port, Ok(None)) {
                without_port.push((index, surveyed.profile));
            }
        }
        self.leave_closed(&to_start, report);
        tell_shared_ports(&to_run, report);
        give_ports(&without_port, ports, lock, report);
        Ok(known)
    }

    /// Starts none whose account cannot come to its profile. `to_start`: which of those
    /// that are decided, and where they are.
    fn leave_closed(&self, to_start: &[(usize, PathBuf)], report: &mut PassReport) {
        let Some(account) = self.specification.account else {
            return;
        };
        let paths: Vec<&Path> = to_start.iter().map(|(_, path)| path.as_path()).collect();
        let closed = closed_to(
            account,
            self.home.path(),
            self.specification.executable,
            &paths,
        );
        for ((index, _), closed) in to_start.iter().zip(closed) {
            let Some(decided) = report.decided.get_mut(*index) else {
                continue;
            };
            if let Some(closed) = closed.filter(|_| decided.action == Action::Started) {
                decided.action = Action::Registered;
                report.problems.push(Problem {
                    profile: decided.profile.to_string(),
                    what: format!("not started: {closed}"),
                    hint: Some(closed.hint()),
                });
            }
        }
    }

    fn in_the_way(&self, profile: &str, pid: u32) -> Problem {
        let keeper = Keeper::of(self.proc, pid);
        Problem {
            profile: profile.to_owned(),
            what: format!("not started: its gateway runs {keeper}, pid {pid}"),
            hint: Some(keeper.hint(pid)),
        }
    }

    /// The process that says it is the gateway of a profile that is not registered, where
    /// its supervisor does not run it all the same; what it runs is added to `before`.
    fn without_supervisor(
        &mut self,
        profile: &Profile,
        pid: u32,
        before: &mut Before,
    ) -> Result<Option<u32>, BackendError> {
        let found = foreground::find_unsupervised(profile, self.backend, self.proc)?;
        let service = profile.name().service();
        if found.is_none() && !before.contains_key(&service) {
            before.extend(self.look(vec![service])?);
        }
        Ok(found.filter(|still| *still == pid))
    }
}

/// Reports a state that cannot be read: it stops nothing that runs.
fn is_left_unread(
    name: &str,
    surveyed: &Surveyed,
    before: &Before,
    report: &mut PassReport,
) -> bool {
    let Some(problem) = &surveyed.problem else {
        return false;
    };
    let is_there = matches!(
        before.get(&surveyed.profile.name().service()),
        Some(State::Up | State::Unsettled)
    );
    let left = if is_there {
        ", so it is left as it is"
    } else {
        ""
    };
    report.problems.push(Problem {
        profile: name.to_owned(),
        hint: problem.hint(),
        what: format!("{problem}{left}"),
    });
    is_there
}

/// Gives ports to the default profile, which nobody has created who would have, and to those
/// of hermes-agent that are to run: their gateways would wait for the lock that this pass
/// holds. `profiles`: which of those that are decided. Without a port none is started, as a
/// start would refuse it.
fn give_ports(
    profiles: &[(usize, Profile)],
    mut taken: BTreeSet<u16>,
    lock: &Lock,
    report: &mut PassReport,
) {
    for (index, profile) in profiles {
        let Some(decided) = report.decided.get_mut(*index) else {
            continue;
        };
        if decided.action != Action::Started && !profile.name().is_default() {
            continue;
        }
        match Home::give_port(profile, &taken, lock) {
            Ok(given) => {
                taken.insert(given.port);
            }
            Err(error) => {
                if decided.action == Action::Started {
                    decided.action = Action::Registered;
                }
                let name = profile.name().as_str();
                report
                    .problems
                    .push(Problem::with(name, &error, error.hint()));
            }
        }
    }
}

/// Of gateways that are to run on one port. They are started all the same: a gateway need
/// not listen.
fn tell_shared_ports(to_run: &[(ProfileName, PathBuf, PortRecord)], report: &mut PassReport) {
    let mut holders = PortHolders::default();
    for (profile, _, record) in to_run {
        holders.add(profile, *record);
    }
    for (profile, dir, record) in to_run {
        if let Some(shared) = holders.shared(profile, dir, *record) {
            let hint = Some(shared.hint());
            let problem = Problem::with(profile.as_str(), &shared, hint);
            report.problems.push(problem);
        }
    }
}
