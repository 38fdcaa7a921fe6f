use std::path::PathBuf;

use super::{Manifest, Variables};
use crate::dbus::{Call, Policy, UnitPattern};
use crate::effect::{Access, Grant, Grants, Names};
use crate::sandbox::contract::service_manager::{Access as Asked, DbusRequest};

/// Grants a backend exactly what its manifest asks for.
///
/// Commands are not granted by this version of the host, nor is a kind of access
/// that it does not know.
pub(super) fn as_asked(manifest: &Manifest, variables: &Variables) -> Grants {
    let by_label = manifest
        .requests
        .iter()
        .filter_map(|request| {
            let (access, candidates) = match &request.access {
                Asked::ReadFile(paths) => (Access::ReadFile, paths),
                Asked::ReadDirectory(paths) => (Access::ReadDirectory, paths),
                Asked::WriteDirectory(paths) => (Access::WriteDirectory, paths),
                Asked::WriteNames(asked) => {
                    (Access::WriteNames(Names::new(&asked.only)?), &asked.paths)
                }
                Asked::UnixSocket(paths) => (Access::UnixSocket, paths),
                Asked::Dbus(asked) => (Access::Dbus(policy(asked)), &asked.paths),
                Asked::Command(_) | Asked::Other(_) => return None,
            };
            let path = resolve(candidates, variables)?;
            Some((request.label.clone(), Grant { access, path }))
        })
        .collect();
    Grants {
        backend: manifest.id.clone(),
        by_label,
    }
}

/// What the manifest's check has found sound.
fn policy(asked: &DbusRequest) -> Policy {
    let calls = asked.calls.iter();
    let units = asked.units.iter();
    Policy {
        calls: calls.filter_map(|name| Call::named(name)).collect(),
        units: units
            .filter_map(|pattern| UnitPattern::new(pattern))
            .collect(),
        uid: rustix::process::geteuid().as_raw(),
        root_only: asked.root_only,
    }
}

/// A setting of the host that is set, else the first path that exists, else the
/// last one: then its absence is seen when it is used.
fn resolve(candidates: &[String], variables: &Variables) -> Option<PathBuf> {
    let mut last = None;
    for candidate in candidates {
        let Some(path) = variables.place(candidate) else {
            continue;
        };
        if candidate.starts_with('$') || path.exists() {
            return Some(path);
        }
        last = Some(path);
    }
    last
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_first_that_is_set_or_exists_is_meant_else_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().to_str().unwrap();
        let set = Variables::new([("HERMES_S6_SCANDIR", "/set".into())]);
        let relative = Variables::new([("HERMES_S6_SCANDIR", "set".into())]);
        for (candidates, variables, expected) in [
            (vec!["$HERMES_S6_SCANDIR", there], &set, Some("/set")),
            (vec!["$HERMES_S6_SCANDIR", there], &relative, Some(there)),
            (vec!["$OTHER", "/no/1", there, "/no/2"], &set, Some(there)),
            (vec!["/no/1", "/no/2"], &set, Some("/no/2")),
            (vec!["relative", "$OTHER"], &set, None),
            (
                vec!["$OTHER/a", "$HERMES_S6_SCANDIR/a/b", there],
                &set,
                Some("/set/a/b"),
            ),
            (vec!["$HERMES_S6_SCANDIR/a", there], &relative, Some(there)),
            (vec![], &set, None),
        ] {
            let candidates: Vec<String> = candidates.into_iter().map(String::from).collect();
            assert_eq!(
                resolve(&candidates, variables),
                expected.map(PathBuf::from),
                "{candidates:?}"
            );
        }
    }
}
