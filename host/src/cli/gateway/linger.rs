use std::path::Path;

use super::super::context::Context;
use super::super::report::{Exit, Report};
use super::super::{CommandError, Result};
use crate::backend::{Action, Backend, Scope};

/// One file for each user whose systemd runs without a session (`loginctl(1)`).
const LINGER: &str = "/var/lib/systemd/linger";

/// Says what a user's systemd needs to outlive the last session.
pub(super) fn report(context: &Context, scope: Scope, report: &mut Report) {
    if scope == Scope::System {
        return;
    }
    let user = context.operator_name();
    if !user.as_deref().is_some_and(is_enabled) {
        report.note("warning: without linger these gateways end with your last session");
        report.hint(&user.map_or_else(nameless, |user| command(&user)));
    }
}

/// Has logind enable it. Whether a user may say so for themselves is up to polkit.
pub(super) fn enable(
    context: &Context,
    backend: &mut Backend,
    service: String,
    report: &mut Report,
) -> Result {
    let Some(user) = context.operator_name() else {
        let error = CommandError::new(
            Exit::Failed,
            "linger is not enabled: your account has no name",
        );
        return Ok(report.fail(&error.hint(nameless())));
    };
    if is_enabled(&user) {
        report.line(&format!("linger: enabled for {user} already"));
        return Ok(Exit::Done);
    }
    let action = Action::Other("enable-linger".to_owned());
    let answer = backend.control(&action, &[service], None)?.pop();
    let why = match answer {
        Some(Err(error)) => CommandError::from(error).message,
        _ if is_enabled(&user) => {
            report.line(&format!(
                "linger: enabled for {user}, whose gateways need no session now"
            ));
            return Ok(Exit::Done);
        }
        _ => "nothing came of it".to_owned(),
    };
    let error = CommandError::new(Exit::Failed, format!("linger is not enabled: {why}"));
    Ok(report.fail(&error.hint(format!("as root: {}", command(&user)))))
}

fn is_enabled(user: &str) -> bool {
    Path::new(LINGER).join(user).exists()
}

fn command(user: &str) -> String {
    format!("loginctl enable-linger {user}")
}

/// logind keeps linger by name, and takes no number that has none.
fn nameless() -> String {
    let uid = rustix::process::getuid().as_raw();
    format!(
        "linger goes by name: as root, useradd --uid {uid} NAME, and then {}",
        command("NAME")
    )
}
