use hermes_backend_sdk::{Detection, files};

use crate::manager::Manager;
use crate::manifest::BOOTED;
use crate::system_state::in_words;
use crate::unreached::Unreached;

/// It answers.
const SURE: u8 = 85;

/// It is there, and that it runs nothing cannot be told: less than any supervisor that
/// answers, and more than none at all.
const SILENT: u8 = 50;

/// Is systemd in charge here, and is there one that this user may command?
///
/// `/run/systemd/system` is how systemd itself tells that it has booted a machine
/// (`sd_booted(3)`). It outlives its systemd, hence the socket counts as well. One that
/// takes connections and says nothing is in charge all the same: without it the verbs
/// would do as if nothing ran here.
pub(crate) fn detect() -> Option<Detection> {
    files::open(BOOTED).ok()?;
    match Manager::state() {
        Ok((scope, state)) => Some(Detection {
            confidence: SURE,
            evidence: format!("{} answers, it is {}", scope.whose(), in_words(&state)),
        }),
        Err(Unreached::Silent(scope)) => Some(Detection {
            confidence: SILENT,
            evidence: format!("{} does not answer in time", scope.whose()),
        }),
        Err(Unreached::Absent(_)) => None,
    }
}
