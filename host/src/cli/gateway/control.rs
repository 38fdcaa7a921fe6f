use std::time::Duration;

use super::super::arguments::ControlArguments;
use super::super::context::{Context, Services};
use super::super::progress::Progress;
use super::super::report::{Exit, Report};
use super::super::time::fine;
use super::super::{CommandError, Result};
use super::planned::{Planned, PlannedGateway};
use crate::backend::{Backend, Exit as ServiceExit, Scope, ServiceError};
use crate::gateway::duration::HumanDuration;
use crate::gateway::intent::Desired;
use crate::gateway::operation::{Happened, Operation, OperationError};
use crate::gateway::verb::Verb;
use crate::profile::{Home, Profile};
use crate::reconcile::survey::survey;

/// A wait that is worth saying.
const NOTABLE: Duration = Duration::from_secs(1);

pub(super) fn run(
    context: &Context,
    verb: Verb,
    arguments: &ControlArguments,
    report: &mut Report,
) -> Result {
    super::check_all(context, arguments.all)?;
    let home = context.home()?;
    let services = context.services(&home)?;
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
        failed: 0,
        worst: Exit::Done,
        gateways: Vec::new(),
        json: arguments.dry_run.json,
        journal: None,
        report,
    };
    let profiles = match arguments.all {
        true => control.every_profile(&home),
        false => vec![home.profile(&context.profile()?)?],
    };
    let mut backend = context.backend()?;
    control.journal = backend.scope();
    let manager = backend.manifest().id.clone();
    // Each profile is an open directory.
    let mut asked = 0;
    for batch in profiles.chunks(256) {
        control.batch(&mut backend, batch)?;
        asked += batch.len();
    }
    Ok(control.summary(asked, &manager))
}

struct Control<'a> {
    context: &'a Context,
    verb: Verb,
    wait: Option<Duration>,
    services: &'a Services,
    all: bool,
    failed: usize,
    worst: Exit,
    /// For `json`.
    gateways: Vec<PlannedGateway>,
    json: bool,
    /// Of a systemd, which keeps what the gateways say.
    journal: Option<Scope>,
    report: &'a mut Report,
}

/// How one reads what systemd has kept of a gateway.
fn journal(scope: Scope, profile: &str) -> String {
    let user = match scope {
        Scope::System => "",
        Scope::User => "--user ",
    };
    format!("journalctl {user}-u hermes-gateway@{profile}")
}

impl Control<'_> {
    /// All profiles that are sound; the others are reported. A restart leaves
    /// those alone that are not wanted.
    fn every_profile(&mut self, home: &Home) -> Vec<Profile> {
        let mut profiles = Vec::new();
        for (name, surveyed) in survey(home) {
            match surveyed {
                Ok(surveyed)
                    if self.verb == Verb::Restart
                        && surveyed.decision.desired == Desired::Stopped =>
                {
                    self.say(&name, "none", "stopped, left alone");
                }
                Ok(surveyed) => profiles.push(surveyed.profile),
                Err(error) => self.fail(&name, &CommandError::from(error).of(&name)),
            }
        }
        profiles
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
            rehearsed: self.context.is_dry_run(),
        }
        .run(&profiles);
        drop(progress);
        for (profile, result) in profiles.iter().zip(results?) {
            self.tell(profile, result);
        }
        Ok(())
    }

    fn tell(&mut self, profile: &Profile, result: std::result::Result<Happened, OperationError>) {
        let name = profile.name().as_str();
        match result {
            Ok(happened) => {
                if let Some(replaced) = &happened.replaced {
                    let would = self.context.would();
                    self.report
                        .note(&format!("{name}: {would}replaced: {replaced}"));
                }
                let port = match self.verb {
                    Verb::Stop => None,
                    Verb::Start | Verb::Restart => profile.port().ok().flatten(),
                };
                let port = port.map(|record| record.port);
                let words = match self.context.is_dry_run() {
                    true => self.words_before(&happened),
                    false => self.words(&happened, port),
                };
                let action = match happened.already {
                    true => "none",
                    false => self.verb.past(),
                };
                self.say(name, action, &words);
            }
            // What was never registered does not run.
            Err(OperationError::Service(ServiceError::NotRegistered))
                if self.all && self.verb != Verb::Start =>
            {
                self.say(name, "none", "not registered, left alone");
            }
            Err(error) => {
                let error = self.explain(error, profile);
                self.fail(name, &error.of(name));
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

    /// What would be seen, in a dry run.
    fn words_before(&self, happened: &Happened) -> String {
        match (self.verb, happened.already) {
            (Verb::Start, true) => "already running".to_owned(),
            (Verb::Stop, true) => "already stopped".to_owned(),
            _ => format!("would be {}", self.verb.past()),
        }
    }

    /// What was seen, in the fewest words.
    fn words(&self, happened: &Happened, port: Option<u16>) -> String {
        let Some(status) = &happened.status else {
            return match self.verb {
                Verb::Start => "told to start".to_owned(),
                Verb::Stop => "told to stop".to_owned(),
                Verb::Restart => "told to restart".to_owned(),
            };
        };
        if self.verb == Verb::Stop {
            if happened.already {
                return "already stopped".to_owned();
            }
            let took = match happened.took > NOTABLE {
                true => format!(" after {}", fine(happened.took)),
                false => String::new(),
            };
            return match status.last_exit {
                Some(ServiceExit::Signal(9)) => {
                    format!("killed{took}, it did not stop on SIGTERM")
                }
                _ => format!("stopped{took}"),
            };
        }
        let mut words = match (self.verb, happened.already) {
            (Verb::Start, true) => "already running".to_owned(),
            _ => format!("running, ready after {}", fine(happened.took)),
        };
        let pid = status.pid.map(|pid| format!(", pid {pid}"));
        let port = port.map(|port| format!(", port {port}"));
        words.extend(pid.into_iter().chain(port));
        words
    }

    fn explain(&self, error: OperationError, profile: &Profile) -> CommandError {
        let name = profile.name();
        let hint = match &error {
            OperationError::Service(ServiceError::NotRegistered) => Some(format!(
                "hermes-host gateway start -p {name} registers and starts it"
            )),
            OperationError::Service(ServiceError::Unsupported(_)) => {
                Some(format!("hermes-host gateway run -p {name}"))
            }
            OperationError::Service(ServiceError::TimedOut(_)) if self.verb == Verb::Stop => {
                // Past the moment at which it is killed, with time to spare.
                let longer = 2 * self.services.settings.stop_timeout.as_secs() + 10;
                Some(format!(
                    "hermes-host gateway stop -p {name} --timeout {longer}s, \
                     or set stop_timeout in hermes-host.json"
                ))
            }
            OperationError::Service(
                ServiceError::TimedOut(_)
                | ServiceError::Exited { .. }
                | ServiceError::Killed { .. },
            ) => Some(match self.journal {
                Some(scope) => format!("read what it says: {}", journal(scope, name.as_str())),
                None => format!(
                    "read what it says: {}/logs/gateways/{name}/current",
                    self.context.home_path().root().display()
                ),
            }),
            _ => None,
        };
        CommandError::from(error).hint(hint)
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
        self.worst = self.worst.max(exit);
    }

    fn summary(self, asked: usize, manager: &str) -> Exit {
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
                self.failed,
                asked.max(self.failed)
            ));
        }
        self.worst
    }
}
