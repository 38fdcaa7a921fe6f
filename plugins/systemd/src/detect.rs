use hermes_backend_sdk::{Detection, files};

use crate::manager::{Manager, Property, Question, Scope};
use crate::manifest::BOOTED;

/// Is systemd in charge here, and does one answer that this user may command?
///
/// `/run/systemd/system` is how systemd itself tells that it has booted a machine
/// (`sd_booted(3)`). It outlives its systemd, hence the socket counts as well.
pub(crate) fn detect() -> Option<Detection> {
    files::open(BOOTED).ok()?;
    let question = Question {
        unit: "",
        interface: "Manager",
        property: "SystemState",
    };
    let asked = Manager::with(|manager| Ok((manager.scope, manager.properties(&[question])?)));
    let (scope, mut answers) = asked.ok()?;
    let Property::Text(state) = answers.pop()?? else {
        return None;
    };
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
