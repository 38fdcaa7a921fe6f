//! Accounts that cannot come to the profiles whose gateways they are to run.

use std::path::Path;

use super::super::CommandError;
use super::super::context::Services;
use super::super::report::Exit;
use crate::gateway::reach::closed_to;
use crate::profile::{Home, Profile};

/// Why the gateway of each profile cannot run as the account that it is to run as.
pub(super) fn refusals(
    services: &Services,
    home: &Home,
    profiles: &[Profile],
) -> Vec<Option<CommandError>> {
    let Some(account) = services.account() else {
        return profiles.iter().map(|_| None).collect();
    };
    let paths: Vec<&Path> = profiles.iter().map(Profile::path).collect();
    closed_to(
        account,
        home.path(),
        services.specification().executable,
        &paths,
    )
    .into_iter()
    .zip(profiles)
    .map(|(closed, profile)| {
        let closed = closed?;
        let error = CommandError::new(Exit::Failed, closed.to_string());
        Some(error.hint(closed.hint()).of(profile.name().as_str()))
    })
    .collect()
}
