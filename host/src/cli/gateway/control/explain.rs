use std::path::Path;

use super::super::super::CommandError;
use super::super::super::context::Context;
use super::super::super::report::Exit;
use super::super::migration;
use super::Control;
use crate::backend::{Scope, ServiceError};
use crate::gateway::foreground;
use crate::gateway::keeper::Keeper;
use crate::gateway::operation::OperationError;
use crate::gateway::verb::Verb;
use crate::profile::Profile;

impl Control<'_> {
    /// An error, with what to do about it for this verb.
    pub(super) fn explain(&self, error: OperationError, profile: &Profile) -> CommandError {
        let name = profile.name();
        let hint = match &error {
            OperationError::Service(ServiceError::Unsupported(_))
                if self.verb == Verb::Stop && !self.supervised =>
            {
                return unsupervised(profile, &error);
            }
            OperationError::Service(ServiceError::NotRegistered) => Some(format!(
                "hermes-host gateway start -p {name} registers and starts it"
            )),
            OperationError::Unseen { .. } => {
                Some(format!("hermes-host gateway status -p {name} looks again"))
            }
            OperationError::Service(ServiceError::Unsupported(_)) if self.journal.is_some() => {
                Some(migration::command(profile))
            }
            OperationError::Service(ServiceError::Unsupported(_)) => {
                Some(format!("hermes-host gateway run -p {name}"))
            }
            // A restart that has not come to its end may be at its first half.
            OperationError::Service(ServiceError::TimedOut(_)) if self.verb != Verb::Start => {
                let verb = self.verb.name();
                // Past the moment at which it is killed, with time to spare.
                let longer = 2 * self.services.settings.stop_timeout.as_secs() + 10;
                let settings = match self.verb {
                    Verb::Restart => "stop_timeout or ready_timeout",
                    Verb::Start | Verb::Stop => "stop_timeout",
                };
                let log = (self.verb == Verb::Restart)
                    .then(|| log_hint(self.context, self.journal, name.as_str()));
                return CommandError::from(error)
                    .hint(format!(
                        "hermes-host gateway {verb} -p {name} --timeout {longer}s, \
                         or set {settings} in hermes-host.json"
                    ))
                    .hint(log);
            }
            OperationError::Service(error)
                if error.is_end() || matches!(error, ServiceError::TimedOut(_)) =>
            {
                Some(log_hint(self.context, self.journal, name.as_str()))
            }
            _ => None,
        };
        CommandError::from(error).hint(hint)
    }
}

/// How one reads what a gateway says; `journal`: of a systemd, which keeps it.
pub(in crate::cli) fn log_hint(context: &Context, journal: Option<Scope>, profile: &str) -> String {
    match journal {
        Some(scope) => format!("read what it says: {}", journal_of(scope, profile)),
        None => format!(
            "read what it says: {}/logs/gateways/{profile}/current",
            context.home_path().root().display()
        ),
    }
}

/// How one reads what systemd has kept of a gateway.
fn journal_of(scope: Scope, profile: &str) -> String {
    let user = match scope {
        Scope::System => "",
        Scope::User => "--user ",
    };
    format!("journalctl {user}-u hermes-gateway@{profile}")
}

/// A stop where nothing can be told to stop.
fn unsupervised(profile: &Profile, error: &OperationError) -> CommandError {
    let proc = Path::new("/proc");
    match foreground::find(profile.dir(), proc) {
        Some(pid) if Keeper::of(proc, pid) != Keeper::Nobody => {
            CommandError::in_the_foreground(pid)
        }
        Some(pid) => CommandError::new(
            Exit::Failed,
            format!("{error}: its gateway runs in the foreground, pid {pid}"),
        )
        .hint(format!("kill {pid} ends it")),
        None => CommandError::new(
            Exit::Failed,
            format!("{error}, and its gateway does not run in the foreground"),
        ),
    }
}
