mod hold;
mod show;

use std::path::Path;

use super::arguments::LeaseCommand;
use super::context::Context;
use super::report::{Exit, Report};
use super::{CommandError, Result};
use crate::lease::{self, Sighting, Standing};
use crate::profile::Home;

/// Where procfs is mounted.
const PROC: &str = "/proc";

pub(super) fn run(context: &Context, command: &LeaseCommand, report: &mut Report) -> Result {
    if context.global.profile.is_some() {
        return Err(
            CommandError::new(Exit::Usage, "a lease is about all profiles")
                .hint("leave --profile out".to_owned()),
        );
    }
    match command {
        LeaseCommand::Hold(arguments) => hold::run(context, arguments),
        LeaseCommand::Show(arguments) => show::run(context, arguments, report),
    }
}

/// Refuses to start what another container may be running.
pub(super) fn check(home: &Home) -> Result<()> {
    Ok(lease::check(home.dir(), Path::new(PROC))?)
}

/// Who else holds the lease, for the end of a status.
pub(super) fn line(home: &Home) -> Result<Option<String>> {
    let sighting = Sighting::of(home.dir(), Path::new(PROC))?;
    let sighting = sighting.filter(Sighting::is_in_the_way);
    Ok(sighting.map(|sighting| words(&sighting)))
}

fn words(sighting: &Sighting) -> String {
    let state = match (sighting.standing, sighting.ours) {
        (Standing::Live, true) => "held by this container",
        (Standing::Live, false) => "held by another container",
        (Standing::Stale, _) => "not held any more",
    };
    format!("Lease: {state} ({})", sighting.holder())
}
