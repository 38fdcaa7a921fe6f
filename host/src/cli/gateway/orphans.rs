use std::collections::BTreeSet;

use super::super::CommandError;
use crate::backend::Backend;
use crate::profile::{Home, ProfileName};

/// The gateways that are registered and whose profiles cannot be found, each with what is
/// wrong. `known`: the names of the profiles that were found, sound or not.
pub(super) fn orphans(
    backend: &mut Backend,
    home: &Home,
    known: &BTreeSet<String>,
) -> Vec<(String, CommandError)> {
    let registered = match backend.supervises() {
        // Where that cannot be told the verb says so itself.
        true => backend.registered().unwrap_or_default(),
        false => Vec::new(),
    };
    let names = registered
        .iter()
        .filter_map(|service| service.strip_prefix("gateway-")?.parse().ok())
        .filter(|name: &ProfileName| !known.contains(name.as_str()));
    names
        .filter_map(|name| {
            let hint = "its gateway is registered all the same: hermes-host reconcile removes it";
            let error = CommandError {
                hints: vec![hint.to_owned()],
                ..CommandError::from(home.profile(&name).err()?)
            };
            Some((name.to_string(), error.of(name.as_str())))
        })
        .collect()
}
