mod explain;
mod foreground;
mod unsound;

use std::path::Path;
use std::time::Duration;

pub(in crate::cli) use explain::log_hint;

use foreground::PROC;

use super::super::arguments::ControlArguments;
use super::super::context::{Context, Services};
use super::super::lease;
use super::super::progress::Progress;
use super::super::report::{Exit, Report};
use super::super::{CommandError, Result};
use super::planned::{Planned, PlannedGateway};
use super::words;
use super::{access, install};
use crate::backend::{Backend, Scope, ServiceError};
use crate::gateway::duration::HumanDuration;
use crate::gateway::intent::{Desired, Intent, Preparation};
use crate::gateway::operation::{Happened, Operation, OperationError, Outcome};
use crate::gateway::operation_note::OperationNote;
use crate::gateway::verb::Verb;
use crate::profile::{Home, PortRecord, PortSource, Profile, SharedPort};
use crate::reconcile::survey::{Surveyed, survey};

pub(super) fn run(
    context: &Context,
    verb: Verb,
    arguments: &ControlArguments,
    report: &mut Report,
) -> Result<Done> {
    super::check_all(context, arguments.all)?;
    let home = context.home()?;
    if verb != Verb::Stop {
        lease::check(&home)?;
    }
    let services = match context.services(&home) {
        // No mistake in a file lets a gateway run on.
        Err(error) if verb == Verb::Stop => defaults_instead(&home, &error, report),
        services => services?,
    };
    let mut control = Control {
        context,
        verb,
        wait: match arguments.no_wait {
            true => None,
            false => Some(arguments.timeout.map_or_else(
                || verb.patience(&services.specification()),
                HumanDuration::get,
            )),
        },
        services: &services,
        all: arguments.all,
        supervised: true,
        preparation: None,
        asked: 0,
        failed: 0,
        done: Done {
            exit: Exit::Done,
            has_ended: false,
        },
        gateways: Vec::new(),
        json: arguments.dry_run.json,
        journal: None,
        report,
    };
    let (profiles, unsound) = match arguments.all {
        true => control.every_profile(&home),
        false => one_profile(context, &home)?,
    };
    if let [profile] = profiles.as_slice() {
        control.preparation = Preparation::start(profile.dir(), verb.desired(), context.operator());
    }
    let backend = context.backend()?;
    control.supervised = backend.supervises();
    control.journal = backend.scope();
    if verb != Verb::Stop {
        services.check_executable(backend)?;
    }
    if control.journal.is_some() && verb != Verb::Stop {
        install::check_lasts(&home)?;
    }
    control.asked = profiles.len() + unsound.len();
    // A stop of all comes to these once the operator's word on the others is recorded.
    let mut unsound = Some(unsound);
    if let Some(unsound) = unsound.take_if(|_| !arguments.all || verb != Verb::Stop) {
        control.take_unsound(backend, &home, unsound, &profiles)?;
    }
    let profiles = control.without_foreground(backend, profiles)?;
    let profiles = control.with_access(&home, profiles);
    let profiles = control.with_ports(&home, profiles);
    // Each profile is an open directory.
    for batch in profiles.chunks(256) {
        control.batch(backend, batch)?;
    }
    if let Some(unsound) = unsound {
        control.take_unsound(backend, &home, unsound, &profiles)?;
    }
    Ok(control.summary(&backend.manager()))
}

/// What came of a verb.
pub(super) struct Done {
    pub(super) exit: Exit,
    /// A gateway that was to come up has ended instead.
    pub(super) has_ended: bool,
}

/// Profiles, and the names of those that cannot be used, fit to show.
type Found = (Vec<Profile>, Vec<(String, CommandError)>);

fn one_profile(context: &Context, home: &Home) -> Result<Found> {
    let name = context.profile()?;
    Ok(match home.profile(&name) {
        Ok(profile) => (vec![profile], Vec::new()),
        Err(error) => (Vec::new(), vec![(name.into(), error.into())]),
    })
}

/// A port is allocated once and for all: not for what will be refused.
fn port_for_good(home: &Home, profile: &Profile, who: &str) -> Result<PortRecord> {
    Intent::check_place(profile.dir()).map_err(OperationError::from)?;
    Ok(home.ensure_port(profile, who)?)
}

fn defaults_instead(home: &Home, error: &CommandError, report: &mut Report) -> Services {
    let services = Services::defaults(home);
    let timeout = services.settings.stop_timeout.as_secs();
    report.warn(&CommandError {
        message: format!(
            "the default stop_timeout of {timeout}s counts: {}",
            error.message
        ),
        ..error.clone()
    });
    services
}

struct Control<'a> {
    context: &'a Context,
    verb: Verb,
    wait: Option<Duration>,
    services: &'a Services,
    all: bool,
    supervised: bool,
    /// Of the only profile.
    preparation: Option<Preparation>,
    asked: usize,
    failed: usize,
    /// The worst so far.
    done: Done,
    /// For `json`.
    gateways: Vec<PlannedGateway>,
    json: bool,
    /// Of a systemd, whose journal keeps what the gateways say.
    journal: Option<Scope>,
    report: &'a mut Report,
}

impl Control<'_> {
    /// A restart leaves those alone that are not wanted.
    fn every_profile(&mut self, home: &Home) -> Found {
        let (mut profiles, mut unsound) = Found::default();
        for (name, surveyed) in survey(home) {
            match surveyed {
                Ok(Surveyed {
                    problem: Some(problem),
                    ..
                }) if self.verb == Verb::Restart => {
                    let error = CommandError::new(
                        Exit::Failed,
                        format!("whether it is to run cannot be read, left alone: {problem}"),
                    );
                    unsound.push((name.clone(), error.hint(problem.hint()).of(&name)));
                }
                Ok(surveyed)
                    if self.verb == Verb::Restart
                        && surveyed.decision.desired == Desired::Stopped =>
                {
                    self.say(&name, "none", "stopped, left alone");
                }
                Ok(surveyed) => profiles.push(surveyed.profile),
                Err(error) => {
                    let error = CommandError::from(error).of(&name);
                    unsound.push((name, error));
                }
            }
        }
        (profiles, unsound)
    }

    /// Those that are to run need an account that can come to them; the others are reported.
    fn with_access(&mut self, home: &Home, mut profiles: Vec<Profile>) -> Vec<Profile> {
        if self.verb != Verb::Stop && self.supervised {
            let mut refusals = access::refusals(self.services, home, &profiles).into_iter();
            profiles.retain(|profile| match refusals.next().flatten() {
                Some(error) => {
                    self.fail(profile.name().as_str(), &error);
                    false
                }
                None => true,
            });
        }
        profiles
    }

    /// Those that are to run need a port that is one; the others are reported.
    fn with_ports(&mut self, home: &Home, mut profiles: Vec<Profile>) -> Vec<Profile> {
        if self.verb == Verb::Stop {
            return profiles;
        }
        let who = format!("gateway {}", self.verb.name());
        let mut holders = None;
        profiles.retain(|profile| {
            let port = match self.supervised {
                true => port_for_good(home, profile, &who).map(Some),
                false => profile.port().map_err(CommandError::from),
            };
            let name = profile.name().as_str();
            match &port {
                Ok(Some(port)) if port.source == PortSource::Env => {
                    let holders = holders.get_or_insert_with(|| home.port_holders());
                    let shared = holders.shared(profile.name(), profile.path(), *port);
                    self.tell_shared(shared, name);
                }
                Ok(_) => {}
                Err(error) => self.fail(name, &error.clone().of(name)),
            }
            port.is_ok()
        });
        profiles
    }

    /// It is started all the same: a gateway need not listen.
    fn tell_shared(&mut self, shared: Option<SharedPort>, profile: &str) {
        if let Some(shared) = shared {
            let warning = CommandError::new(Exit::Done, shared.to_string()).hint(shared.hint());
            self.report.warn(&warning.of(profile));
        }
    }

    fn batch(&mut self, backend: &mut Backend, profiles: &[Profile]) -> Result<()> {
        let profiles: Vec<&Profile> = profiles.iter().collect();
        let what = match profiles.as_slice() {
            [one] => format!(
                "{}: waiting for the gateway to {}",
                one.name(),
                self.verb.name()
            ),
            many => format!(
                "waiting for {} gateways to {}",
                many.len(),
                self.verb.name()
            ),
        };
        let progress = Progress::new(
            what,
            self.context.environment.stderr_is_terminal && self.wait.is_some(),
        );
        let specification = self.services.specification();
        let results = Operation {
            verb: self.verb,
            specification: &specification,
            backend,
            wait: self.wait,
            by: &self.context.operator(),
            preparation: self.preparation.take(),
            proc: Path::new(PROC),
            rehearsed: self.context.is_dry_run(),
        }
        .run(&profiles);
        drop(progress);
        let results = match results {
            Err(error) if self.verb == Verb::Stop => {
                self.tell_unanswered(&profiles, &error.into());
                return Ok(());
            }
            results => results?,
        };
        for (profile, outcome) in profiles.iter().zip(results) {
            self.tell(backend, profile, outcome)?;
        }
        Ok(())
    }

    fn stands(&self) -> OperationNote {
        OperationNote::Stands {
            enables: self.journal.is_some(),
        }
    }

    /// No word of the supervisor about a stop, which may have been recorded.
    fn tell_unanswered(&mut self, profiles: &[&Profile], error: &CommandError) {
        self.done.exit = self.done.exit.max(self.report.fail(error));
        for profile in profiles {
            if let Ok(Some(intent)) = Intent::load(profile.dir())
                && intent.desired == Desired::Stopped
            {
                self.tell_note(profile.name().as_str(), &self.stands());
            }
        }
    }

    fn tell(
        &mut self,
        backend: &mut Backend,
        profile: &Profile,
        mut outcome: Outcome,
    ) -> Result<()> {
        let name = profile.name().as_str();
        match self.left_in_foreground(backend, profile, &mut outcome)? {
            Some(pid) => {
                let error = foreground::runs_on(pid, &outcome);
                self.fail(name, &error.of(name));
                let unrecorded = |note| matches!(note, &OperationNote::Unrecorded { .. });
                if outcome.result.is_ok() && !outcome.notes.iter().any(unrecorded) {
                    self.tell_note(name, &self.stands());
                }
            }
            None => self.tell_result(profile, outcome.result),
        }
        for note in &outcome.notes {
            self.tell_note(name, note);
        }
        Ok(())
    }

    fn tell_result(
        &mut self,
        profile: &Profile,
        result: std::result::Result<Happened, OperationError>,
    ) {
        let name = profile.name().as_str();
        match result {
            Ok(happened) => {
                let port = match self.verb {
                    Verb::Stop => None,
                    Verb::Start | Verb::Restart => profile.port().ok().flatten(),
                };
                self.tell_happened(name, &happened, port.map(|record| record.port));
            }
            // What was never registered does not run.
            Err(OperationError::Service(error))
                if error.means_absent() && self.all && self.verb != Verb::Start =>
            {
                let words = match &error {
                    ServiceError::NotRegistered => "not registered",
                    ServiceError::Elsewhere(words) => words,
                    theirs => &theirs.to_string(),
                };
                self.say(name, "none", &format!("{words}, left alone"));
            }
            Err(error) => {
                self.done.has_ended |=
                    matches!(&error, OperationError::Service(error) if error.is_end());
                let error = self.explain(error, profile);
                self.fail(name, &error.of(name));
            }
        }
    }

    fn tell_happened(&mut self, profile: &str, happened: &Happened, port: Option<u16>) {
        let words = match self.context.is_dry_run() {
            true => words::before(self.verb, happened),
            false => words::after(
                self.verb,
                happened,
                port,
                self.wait.is_some(),
                self.services.settings.stop_timeout,
            ),
        };
        let action = match happened.already && !happened.was_wanted {
            true => "none",
            false => self.verb.past(),
        };
        self.say(profile, action, &words);
    }

    fn tell_note(&mut self, profile: &str, note: &OperationNote) {
        let error = CommandError::new(Exit::Failed, note.to_string())
            .hint(note.hint())
            .of(profile);
        match note {
            OperationNote::Unrecorded { .. } => self.not_all_done(&error),
            OperationNote::Unlocked(_) => self.report.warn(&error),
            OperationNote::Stands { .. } => self.report.note(&error.message),
            OperationNote::Replaced(_) => {
                let would = self.context.would();
                self.report.note(&format!("{profile}: {would}{note}"));
            }
        }
    }

    /// A result.
    fn say(&mut self, profile: &str, action: &'static str, words: &str) {
        match self.json {
            true => self.gateways.push(PlannedGateway {
                profile: profile.to_owned(),
                action: Some(action),
                problem: None,
            }),
            false => self.report.line(&format!("{profile}: {words}")),
        }
    }

    /// The verb has happened, and something that belongs to it has not.
    fn not_all_done(&mut self, error: &CommandError) {
        if let Some(gateway) = self.gateways.last_mut() {
            gateway.problem = Some(error.message.clone());
        }
        self.done.exit = self.done.exit.max(self.report.fail(error));
    }

    fn fail(&mut self, profile: &str, error: &CommandError) {
        if self.json {
            self.gateways.push(PlannedGateway {
                profile: profile.to_owned(),
                action: None,
                problem: Some(error.message.clone()),
            });
        }
        let exit = self.report.fail(error);
        self.failed += 1;
        self.done.exit = self.done.exit.max(exit);
    }

    fn summary(self, manager: &str) -> Done {
        if let Some(plan) = self.context.plan().filter(|_| self.json) {
            self.report.json(&Planned {
                manager,
                dry_run: true,
                gateways: self.gateways,
                plan,
            });
        }
        if self.all && self.failed > 0 {
            let verb = self.verb.name();
            self.report.note(&format!(
                "error: {} of {} gateways did not {verb}",
                self.failed, self.asked
            ));
        }
        self.done
    }
}
