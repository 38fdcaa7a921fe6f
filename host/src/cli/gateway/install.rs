use std::path::Path;

use jiff::Timestamp;

use super::super::arguments::{ControlArguments, InstallArguments};
use super::super::context::{Context, Services};
use super::super::environment::Environment;
use super::super::lease;
use super::super::report::{Exit, Report};
use super::super::{CommandError, Result};
use super::{access, control, linger, migration};
use crate::backend::{
    Backend, Phase, Registration, RunState, Scope, ServiceError, ServiceSpec, ServiceStatus,
};
use crate::gateway::foreground;
use crate::gateway::intent::{Desired, Intent};
use crate::gateway::operation_lock::OperationLock;
use crate::gateway::operation_note::OperationNote;
use crate::gateway::verb::Verb;
use crate::profile::{Home, Profile, ProfileName};
use crate::reconcile::survey::Surveyed;
use crate::text::sanitise;
use crate::volume::Durability;

/// Where nothing outlives a boot, or a clean-up.
const TEMPORARY: [&str; 4] = ["/tmp", "/var/tmp", "/dev/shm", "/run"];

pub(super) fn install(
    context: &Context,
    arguments: &InstallArguments,
    report: &mut Report,
) -> Result {
    let backend = context.backend()?;
    let Some(scope) = backend.scope() else {
        if !backend.supervises() {
            return Ok(without_supervisor(report));
        }
        report.line(&format!(
            "{}: nothing to install, a profile's gateway is registered when the profile is created",
            backend.manifest().id
        ));
        report.line("  hermes-host profile create NAME");
        report.line("  hermes-host gateway start -p NAME");
        report.line("  hermes-host gateway status --all");
        return Ok(Exit::Done);
    };
    check_scope(arguments, scope)?;
    let home = context.home()?;
    check_lasts(&home)?;
    let services = context.services(&home)?;
    services.check_executable(backend)?;
    let profile = home.profile(&context.profile()?)?;
    let refusals = access::refusals(&services, &home, std::slice::from_ref(&profile));
    if let Some(error) = refusals.into_iter().flatten().next() {
        return Err(error);
    }
    let found = migration::find(backend, &profile)?;
    if arguments.now || arguments.migrate || found.is_some() {
        lease::check(&home)?;
    }
    let agrees = |found| migration::confirm(context, &profile, found);
    let migrates = arguments.migrate || found.as_ref().is_some_and(agrees);
    if arguments.now || migrates {
        // What a start would refuse later, when nothing else runs any more.
        home.ensure_port(&profile, "gateway install")
            .map_err(|error| CommandError::from(error).of(profile.name().as_str()))?;
    }
    let installation = Installation {
        context,
        arguments,
        home: &home,
        services: &services,
        profile: &profile,
        migrates,
    };
    let blocked = found.is_some() && !migrates;
    let mut moved = Vec::new();
    let end = installation.complete(backend, found, &mut moved, report);
    end.map_err(|error| match moved.is_empty() {
        false => migration::way_back(backend, &profile, &moved, error),
        true if blocked => error.hint(migration::command(&profile)),
        true => error,
    })
}

/// Nothing refuses it any more before its first effect.
struct Installation<'a> {
    context: &'a Context,
    arguments: &'a InstallArguments,
    home: &'a Home,
    services: &'a Services,
    profile: &'a Profile,
    migrates: bool,
}

impl Installation<'_> {
    /// `moved`: what of hermes-agent is out of the way, however this ends.
    fn complete(
        &self,
        backend: &mut Backend,
        found: Option<ServiceStatus>,
        moved: &mut Vec<String>,
        report: &mut Report,
    ) -> Result {
        let (context, name) = (self.context, self.profile.name());
        let lock = OperationLock::acquire(self.profile.dir(), "gateway install")
            .map_err(|error| CommandError::from(error).of(name.as_str()))?;
        if self.migrates {
            migration::migrate_all(context, backend, self.profile, found, moved, report)?;
        }
        let desired = Surveyed::new(self.home.profile(name)?).decision.desired;
        let initially = match desired {
            Desired::Running => RunState::Up,
            Desired::Stopped => RunState::Down,
        };
        let spec = self.services.specification().service(name, initially);
        register(backend, spec, name, report)?;
        let linger = if self.arguments.linger {
            linger::enable(context, backend, name.service(), report)?
        } else {
            if let Some(scope) = backend.scope() {
                linger::report(context, scope, report);
            }
            Exit::Done
        };
        // The start has one of its own.
        drop(lock);
        // What ran before runs again, and is waited for.
        if self.arguments.now || self.migrates && desired == Desired::Running {
            let start = ControlArguments::default();
            let started = control::run(context, Verb::Start, &start, report)?;
            if !moved.is_empty() && started.exit != Exit::Done {
                let back = migration::back(backend, self.profile, moved);
                report.hint(&format!("or go back: {back}"));
            }
            return Ok(linger.max(started.exit));
        }
        if desired == Desired::Stopped && !is_in_the_way(backend, name)? {
            report.line(&format!(
                "  hermes-host gateway start -p {name} starts it, now and at boot"
            ));
        }
        Ok(linger)
    }
}

/// Whether there is something to know before a start, such as that the unit is masked.
fn is_in_the_way(backend: &mut Backend, name: &ProfileName) -> Result<bool> {
    let statuses = backend.status(&[name.service()])?;
    let mut statuses = statuses.iter().flatten();
    Ok(statuses.any(|status| status.note.is_some()))
}

fn register(
    backend: &mut Backend,
    spec: ServiceSpec,
    name: &ProfileName,
    report: &mut Report,
) -> Result<()> {
    for answer in backend.register(&[spec])? {
        let registration = answer.map_err(|error| CommandError::from(error).of(name.as_str()))?;
        let what = match registration {
            Registration::Created => "installed",
            Registration::Updated => "installed anew",
            Registration::Unchanged => "installed already",
        };
        report.line(&format!(
            "{name}: {what} as hermes-gateway@{name}.service, {}",
            backend.manager()
        ));
    }
    Ok(())
}

pub(super) fn uninstall(context: &Context, report: &mut Report) -> Result {
    let backend = context.backend()?;
    if backend.scope().is_some() {
        return remove(context, backend, report);
    }
    if !backend.supervises() {
        return Ok(without_supervisor(report));
    }
    report.line(&format!(
        "{}: nothing to uninstall, a profile's gateway is unregistered when the profile is deleted",
        backend.manifest().id
    ));
    report.line("  hermes-host gateway stop -p NAME");
    report.line("  hermes-host profile delete NAME");
    Ok(Exit::Done)
}

fn remove(context: &Context, backend: &mut Backend, report: &mut Report) -> Result {
    let home = context.home()?;
    let services = context.services(&home)?;
    let profile = home.profile(&context.profile()?)?;
    let name = profile.name().clone();
    let failed = |error: CommandError| error.of(name.as_str());
    let _lock = OperationLock::acquire(profile.dir(), "gateway uninstall")
        .map_err(|error| failed(error.into()))?;
    let before = backend.status(&[name.service()])?.pop();
    // Before anything is done: what is uninstalled does not come back, even if this
    // dies.
    let (by, now) = (context.operator(), Timestamp::now());
    let recorded = Intent::record(
        profile.dir(),
        Desired::Stopped,
        &by,
        now,
        Durability::Synced,
    )
    .map_err(|error| failed(error.into()))?;
    let budget = services.settings.stop_timeout + std::time::Duration::from_secs(5);
    for answer in backend.unregister(&[name.service()], budget)? {
        if let Err(error) = answer {
            if error.means_absent() || matches!(error, ServiceError::Unsupported(_)) {
                // Its own word is the error that counts.
                let _ = Intent::take_back(profile.dir(), &recorded);
                return Err(failed(error.into()));
            }
            let exit = report.fail(&failed(error.into()));
            if recorded.changed {
                let note = OperationNote::Stands { enables: true };
                report.note(&format!("{name}: {note}"));
            }
            return Ok(exit);
        }
    }
    report.line(&match before {
        // What is left of one that died is cleared away all the same.
        Some(Err(ServiceError::NotRegistered)) => {
            format!("{name}: not installed, nothing to uninstall")
        }
        Some(Ok(status)) if matches!(status.phase, Phase::Down | Phase::Failed) => {
            format!("{name}: uninstalled, the profile stays")
        }
        _ => format!("{name}: stopped and uninstalled, the profile stays"),
    });
    match foreground::find_unsupervised(&profile, backend, Path::new("/proc"))? {
        Some(pid) => Err(failed(CommandError::in_the_foreground(pid))),
        None => Ok(Exit::Done),
    }
}

/// The flags say what the operator takes to be so.
fn check_scope(arguments: &InstallArguments, scope: Scope) -> Result<()> {
    let error = match scope {
        Scope::User if arguments.system => {
            CommandError::new(Exit::Failed, "the machine's systemd obeys only root").hint(
                "run it as root, or leave out --system to install it with your own systemd"
                    .to_owned(),
            )
        }
        Scope::System if arguments.user || arguments.linger => CommandError::new(
            Exit::Failed,
            "root's gateways run under the machine's systemd",
        )
        .hint(
            "run it as the user whose systemd is meant, or leave out --user and --linger"
                .to_owned(),
        ),
        _ => return Ok(()),
    };
    Err(error)
}

/// A unit outlives what it runs where that is in a directory for the moment.
pub(in crate::cli) fn check_lasts(home: &Home) -> Result<()> {
    if let Some(place) = temporary(home.path()) {
        return Err(CommandError::new(
            Exit::Failed,
            format!(
                "{}: a home below {place} does not last",
                home.path().display()
            ),
        )
        .hint("name one that does: --home DIR, or HERMES_HOME=DIR".to_owned()));
    }
    if let Some(program) = Environment::executable()
        && let Some(place) = temporary(&program)
    {
        let shown = program.to_string_lossy();
        return Err(CommandError::new(
            Exit::Failed,
            format!(
                "{}: a program below {place} does not last",
                sanitise(&shown)
            ),
        )
        .hint("put hermes-host where it does, such as /usr/local/bin".to_owned()));
    }
    Ok(())
}

fn temporary(path: &Path) -> Option<&'static str> {
    TEMPORARY.into_iter().find(|place| path.starts_with(place))
}

fn without_supervisor(report: &mut Report) -> Exit {
    report.note("error: no supervisor runs here");
    report.hint("run the gateway in the foreground: hermes-host gateway run");
    if Path::new("/run/systemd/system").is_dir() {
        report.hint(
            "or give this user a systemd of its own: log in, or as root loginctl enable-linger USER",
        );
    }
    report.hint("or start s6-svscan on a scan directory and name it: HERMES_S6_SCANDIR=DIR");
    Exit::Failed
}
