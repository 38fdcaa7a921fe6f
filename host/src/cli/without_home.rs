//! Commands that use neither a home nor the machine's supervisor.

use super::arguments::Global;
use super::report::Exit;
use super::{CommandError, Result};

/// Refuses what says how a command works on the machine: it says nothing here.
pub(super) fn check(global: &Global, command: &str) -> Result<()> {
    let given = [
        ("--profile", global.profile.is_some()),
        ("--home", global.home.is_some()),
        ("--backend", global.backend.is_some()),
        ("--trace", global.trace.is_some()),
        ("--redact", global.redact),
        ("--fault", global.fault.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((option, _)) => Err(CommandError::new(
            Exit::Usage,
            format!("{option} means nothing to {command}"),
        )
        .hint("leave it out".to_owned())),
    }
}
