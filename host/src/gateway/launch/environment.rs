//! The environment a gateway starts with.

use super::{NOTIFY_FD, NOTIFY_SOCKET};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// What the profile decides about its gateway's environment. Everything else
/// is inherited.
#[derive(Debug, Clone, Copy)]
pub struct Environment<'a> {
    pub profile: &'a str,
    /// The root home, also of a named profile.
    pub home: &'a Path,
    /// The profile's own directory.
    pub directory: &'a Path,
    /// The port of the profile. A container's own `API_SERVER_PORT` is never
    /// inherited: all its gateways would want the same one. `None`: the
    /// profile's `.env` is left to say.
    pub port: Option<u16>,
    /// Whether a service manager restarts this gateway.
    pub supervised: bool,
    /// Whether the gateway says itself when it is ready.
    pub notifies: bool,
}

impl Environment<'_> {
    /// The gateway's environment, made from this process's own.
    pub fn over(&self, base: Vec<(OsString, OsString)>) -> Vec<(OsString, OsString)> {
        let mut variables: BTreeMap<OsString, OsString> = base.into_iter().collect();
        let mut set = |name: &str, value: Option<&OsStr>| match value {
            Some(value) => drop(variables.insert(name.into(), value.into())),
            None => drop(variables.remove(OsStr::new(name))),
        };
        let port = self.port.map(|port| OsString::from(port.to_string()));
        let supervised = self.supervised.then_some(OsStr::new("1"));
        set("API_SERVER_PORT", port.as_deref());
        set("HERMES_HOME", Some(self.directory.as_os_str()));
        set("HERMES_PROFILE", Some(OsStr::new(self.profile)));
        set("HERMES_SUPERVISED_CHILD", supervised);
        // Older agents know this name only, and hand themselves over to their
        // own s6 slot without it.
        set("HERMES_S6_SUPERVISED_CHILD", supervised);
        if !self.notifies {
            set(NOTIFY_FD, None);
            set(NOTIFY_SOCKET, None);
        }
        variables
            .entry("HOME".into())
            .or_insert_with(|| self.home.into());
        variables.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coder() -> Environment<'static> {
        Environment {
            profile: "coder",
            home: Path::new("/opt/data"),
            directory: Path::new("/opt/data/profiles/coder"),
            port: Some(9570),
            supervised: true,
            notifies: false,
        }
    }

    fn default() -> Environment<'static> {
        Environment {
            profile: "default",
            directory: Path::new("/opt/data"),
            port: None,
            supervised: false,
            notifies: true,
            ..coder()
        }
    }

    #[test]
    fn the_profile_decides_and_the_rest_is_inherited() {
        let leaked = &[
            "API_SERVER_PORT=8642",
            "HERMES_HOME=/opt/data",
            "HERMES_NOTIFY_FD=3",
            "HERMES_PROFILE=writer",
            "HERMES_S6_SUPERVISED_CHILD=yes",
            "HERMES_SUPERVISED_CHILD=yes",
            "HOME=/home/hermes",
            "PATH=/bin",
        ][..];
        let cases: [(Environment, &[&str], &[&str]); 4] = [
            (
                coder(),
                &[],
                &[
                    "API_SERVER_PORT=9570",
                    "HERMES_HOME=/opt/data/profiles/coder",
                    "HERMES_PROFILE=coder",
                    "HERMES_S6_SUPERVISED_CHILD=1",
                    "HERMES_SUPERVISED_CHILD=1",
                    "HOME=/opt/data",
                ],
            ),
            (
                coder(),
                leaked,
                &[
                    "API_SERVER_PORT=9570",
                    "HERMES_HOME=/opt/data/profiles/coder",
                    "HERMES_PROFILE=coder",
                    "HERMES_S6_SUPERVISED_CHILD=1",
                    "HERMES_SUPERVISED_CHILD=1",
                    "HOME=/home/hermes",
                    "PATH=/bin",
                ],
            ),
            (
                default(),
                &[],
                &[
                    "HERMES_HOME=/opt/data",
                    "HERMES_PROFILE=default",
                    "HOME=/opt/data",
                ],
            ),
            (
                default(),
                leaked,
                &[
                    "HERMES_HOME=/opt/data",
                    "HERMES_NOTIFY_FD=3",
                    "HERMES_PROFILE=default",
                    "HOME=/home/hermes",
                    "PATH=/bin",
                ],
            ),
        ];
        for (environment, base, expected) in cases {
            let base = base
                .iter()
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.into(), value.into()))
                .collect();
            let made: Vec<_> = environment
                .over(base)
                .iter()
                .map(|(name, value)| format!("{}={}", name.display(), value.display()))
                .collect();
            assert_eq!(made, expected);
        }
    }
}
