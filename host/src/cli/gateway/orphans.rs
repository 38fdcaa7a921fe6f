//! Gateways that are registered and whose profiles are gone.

use std::collections::BTreeSet;

use super::super::CommandError;
use crate::backend::Backend;
use crate::profile::{Home, ProfileName};

/// What is wrong with the profile of each gateway that is registered and not `known`.
pub(super) fn orphans(
    backend: &mut Backend,
    home: &Home,
    known: &BTreeSet<String>,
) -> Vec<CommandError> {
    let registered = match backend.supervises() {
        // Where that cannot be told the status says so itself.
        true => backend.registered().unwrap_or_default(),
        false => Vec::new(),
    };
    registered
        .iter()
        .filter_map(|service| service.strip_prefix("gateway-"))
        .filter(|name| !known.contains(*name))
        .filter_map(|name| Some(problem(home, name)?.of(name)))
        .collect()
}

/// What is wrong with a profile whose gateway is registered.
pub(super) fn problem(home: &Home, name: &str) -> Option<CommandError> {
    let name: ProfileName = name.parse().ok()?;
    let error = CommandError::from(home.profile(&name).err()?);
    if !home.knows_its_profiles() {
        let hint =
            "its gateway is registered all the same, and no reconcile removes it before that";
        return Some(error.hint(hint.to_owned()));
    }
    let hint = "its gateway is registered all the same: hermes-host reconcile removes it";
    Some(CommandError {
        hints: vec![hint.to_owned()],
        ..error
    })
}
