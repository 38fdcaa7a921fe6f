mod hold;
mod show;

use std::path::Path;

use super::Result;
use super::arguments::LeaseCommand;
use super::context::Context;
use super::report::Report;
use crate::lease::{self, Sighting, Standing};
use crate::profile::Home;

/// Where procfs is mounted.
const PROC: &str = "/proc";

pub(super) fn run(context: &Context, command: &LeaseCommand, report: &mut Report) -> Result {
    context.refuse_profile("a lease is about all profiles", "leave --profile out")?;
    match command {
        LeaseCommand::Hold(arguments) => hold::run(context, arguments),
        LeaseCommand::Show(arguments) => show::run(context, arguments, report),
    }
}

/// Refuses to start what another container may be running.
pub(super) fn check(home: &Home) -> Result<()> {
    Ok(lease::check(home.dir(), Path::new(PROC))?)
}

/// Says at the end of a status who else holds the lease.
pub(super) fn tell(home: &Home, report: &mut Report) {
    match Sighting::of(home.dir(), Path::new(PROC)) {
        Ok(Some(sighting)) if sighting.is_in_the_way() => report.line(&words(&sighting)),
        Ok(_) => {}
        Err(error) => report.warn(&error.into()),
    }
}

fn words(sighting: &Sighting) -> String {
    let state = match (sighting.standing, sighting.ours) {
        (Standing::Live, true) => "held by this container",
        (Standing::Live, false) => "held by another container",
        (Standing::Stale, _) => "not held any more",
    };
    format!("Lease: {state} ({})", sighting.holder())
}
