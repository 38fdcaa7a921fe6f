use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

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
use crate::profile::{PortSource, Profile};

/// Within this time a logger has made its file.
const LOGGER_BEGINS: Duration = Duration::from_millis(500);

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
            OperationError::Service(ServiceError::Unsupported(words)) if self.journal.is_some() => {
                migration::helps(words).then(|| migration::command(profile))
            }
            OperationError::Service(ServiceError::Unsupported(_)) => {
                Some(format!("hermes-host gateway run -p {name}"))
            }
            // A restart that has not come to its end may be at its first half.
            OperationError::Service(ServiceError::TimedOut(_)) if self.verb != Verb::Start => {
                let verb = self.verb.name();
                // Past the moment at which it is killed, with time to spare.
                let usual = self.verb.patience(&self.services.specification());
                let longer = 2 * usual.as_secs();
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
                let shared = self.shared_port(profile);
                shared.or_else(|| Some(log_hint(self.context, self.journal, name.as_str())))
            }
            _ => None,
        };
        CommandError::from(error).hint(hint)
    }

    /// Why it may not have come up: who else has been given its port. An `.env` that sets one
    /// has been told of before.
    fn shared_port(&self, profile: &Profile) -> Option<String> {
        let record = profile.port().ok()??;
        let holders = self.context.home().ok()?.port_holders();
        let shared = holders.shared(profile.name(), profile.path(), record)?;
        (shared.set_by == PortSource::Recorded).then(|| format!("{shared}: {}", shared.hint()))
    }
}

/// How one reads what a gateway says; `journal`: of a systemd, which keeps it.
pub(in crate::cli) fn log_hint(context: &Context, journal: Option<Scope>, profile: &str) -> String {
    if let Some(scope) = journal {
        return format!("read what it says: {}", journal_of(scope, profile));
    }
    let logs = context.home_path().root().join("logs/gateways");
    let log = logs.join(profile).join("current");
    match comes_up(&log) {
        true => format!("read what it says: {}", log.display()),
        false => "it has no log: read that of its s6-svscan".to_owned(),
    }
}

/// A logger starts beside its gateway, and may be a moment behind.
fn comes_up(log: &Path) -> bool {
    let began = Instant::now();
    while !log.exists() {
        if began.elapsed() > LOGGER_BEGINS {
            return false;
        }
        thread::sleep(LOGGER_BEGINS / 20);
    }
    true
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
