use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use super::super::context::Context;
use super::super::environment::Environment;
use super::super::lease;
use super::super::report::Exit;
use super::super::{CommandError, Result};
use crate::gateway::embedded::{Embedded, EmbeddedError};
use crate::gateway::foreground;
use crate::gateway::launch::{self, DropRoot, Launch, LaunchError, Notification, exec};
use crate::gateway::unit_processes::UnitProcesses;
use crate::profile::Profile;
use crate::text::sanitise;

/// Time that the embedded gateway leaves between the end of its drain and the
/// supervisor's patience.
const DRAIN_MARGIN: Duration = Duration::from_secs(1);

/// Becomes the gateway. Returns where that failed, or where the embedded
/// gateway has ended.
pub(super) fn run(context: &Context) -> Result {
    become_gateway(context).map_err(CommandError::of_a_gateway)
}

fn become_gateway(context: &Context) -> Result {
    let environment = &context.environment;
    let notification = match (&environment.notify_fd, &environment.notify_socket) {
        (Some(value), _) => Some(Notification::parse(value).map_err(|error| failed(&error))?),
        // Of another service, from whose shell this was started.
        (None, Some(_)) if !environment.supervised => None,
        (None, Some(address)) => Some(Notification::Socket {
            address: address.clone(),
        }),
        (None, None) => None,
    };
    let home = context.home()?;
    let services = context.services(&home)?;
    let euid = rustix::process::geteuid().as_raw();
    if let Some(account) = services.account()
        && DropRoot::is_needed(account, euid)
    {
        let error = DropRoot {
            account,
            home: home.path(),
            arguments: &Environment::arguments(),
            notification,
        }
        .exec();
        return Err(failed(&error));
    }
    lease::check(&home)?;
    let profile = home.profile(&context.profile()?)?;
    let name = profile.name().as_str();
    // One that is wrong is an error even for a gateway that may do without.
    profile.port()?;
    let settings = &services.settings;
    let command = settings
        .command
        .as_ref()
        .map(|command| command.for_profile(name));
    let argv = match Launch::resolve(command, name, &environment.path)
        .map_err(|error| failed(&error).of(name))?
    {
        Launch::Hermes { argv } => argv,
        Launch::Command { argv } => {
            if !environment.supervised {
                check_alone(&profile)?;
            }
            argv
        }
        Launch::Embedded => {
            let port = home.ensure_port(&profile, "gateway run")?.port;
            return embedded(context, &profile, port, notification, settings.stop_timeout);
        }
    };
    let port = match home.ensure_port(&profile, "gateway run") {
        Ok(record) => Some(record.port),
        Err(error) => {
            // A foreign gateway may do without.
            say(&format!("{name}: no port: {error}"));
            None
        }
    };
    let environment = launch::Environment {
        profile: name,
        home: home.path(),
        directory: profile.path(),
        port,
        supervised: environment.supervised,
        notifies: settings.ready_timeout.is_some(),
    };
    let error = exec(
        &argv,
        &environment,
        Environment::all(),
        notification.as_ref(),
        &mut say,
    );
    Err(failed(&error).of(name))
}

/// Nothing of a command's own keeps a second one out.
fn check_alone(profile: &Profile) -> Result<()> {
    match UnitProcesses::new(Path::new("/proc")).find(profile) {
        Some(pid) => Err(CommandError::in_the_foreground(pid).of(profile.name().as_str())),
        None => Ok(()),
    }
}

fn embedded(
    context: &Context,
    profile: &Profile,
    port: u16,
    notification: Option<Notification>,
    stop_timeout: Duration,
) -> Result {
    let gateway = Embedded {
        profile: profile.name().to_string(),
        directory: profile.dir().clone(),
        port,
        notification,
        drain: stop_timeout
            .saturating_sub(DRAIN_MARGIN)
            .max(stop_timeout / 2),
    };
    match gateway.run(&mut say) {
        Ok(code) => Ok(Exit::Gateway(code)),
        Err(error) => Err(embedded_failed(context, profile, &error)),
    }
}

fn failed(error: &LaunchError) -> CommandError {
    CommandError::new(Exit::Gateway(error.exit_code()), error.to_string()).hint(error.hint())
}

fn embedded_failed(context: &Context, profile: &Profile, error: &EmbeddedError) -> CommandError {
    let other = match error {
        EmbeddedError::AlreadyRunning { .. } => in_foreground(context, profile),
        _ => None,
    };
    let hint = match other {
        Some(pid) => Some(format!("kill {pid} ends it")),
        None => error.hint(),
    };
    CommandError::new(Exit::Gateway(error.exit_code()), error.to_string()).hint(hint)
}

/// The gateway in the way, where `gateway stop` does not end it: beside the one
/// that its supervisor runs there is no other of that supervisor's.
fn in_foreground(context: &Context, profile: &Profile) -> Option<u32> {
    let proc = Path::new("/proc");
    if context.environment.supervised {
        return foreground::find(profile.dir(), proc);
    }
    let backend = context.backend().ok()?;
    foreground::find_unsupervised(profile, backend, proc).ok()?
}

/// The log of a gateway is its standard error.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{}", sanitise(line));
}
