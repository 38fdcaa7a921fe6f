use hermes_backend_sdk::{Detection, files};

use crate::manager::{Manager, Scope};
use crate::manifest::BOOTED;

/// Is systemd in charge here, and does one answer that this user may command?
///
/// `/run/systemd/system` is how systemd itself tells that it has booted a machine
/// (`sd_booted(3)`). It outlives its systemd, hence the socket counts as well.
pub(crate) fn detect() -> Option<Detection> {
    files::open(BOOTED).ok()?;
    let asked = Manager::with(|manager| Ok((manager.scope, manager.state.clone())));
    let (scope, state) = asked.ok()?;
    // A single failed unit degrades a machine.
    if !matches!(
        state.as_str(),
        "initializing" | "starting" | "running" | "degraded"
    ) {
        return None;
    }
    let whose = match scope {
        Scope::System => "the machine's systemd",
        Scope::User => "the user's systemd",
    };
    Some(Detection {
        confidence: 85,
        evidence: format!("{whose} answers, it is {state}"),
    })
}
