use hermes_backend_sdk::{Access, DbusRequest, Features, GrantRequest, Manifest, NamesRequest};

/// The labels of the grants.
pub(crate) const BOOTED: &str = "booted";
pub(crate) const SYSTEM_UNITS: &str = "system-units";
pub(crate) const OWNERS_UNITS: &str = "owners-units";
pub(crate) const USER_UNITS: &str = "user-units";
pub(crate) const USER_RUNTIME_UNITS: &str = "user-runtime-units";
pub(crate) const SYSTEM_LOCAL_UNITS: &str = "system-local-units";
pub(crate) const SYSTEM_PACKAGED_UNITS: &str = "system-packaged-units";
pub(crate) const USER_LOCAL_UNITS: &str = "user-local-units";
pub(crate) const USER_PACKAGED_UNITS: &str = "user-packaged-units";
pub(crate) const SYSTEM_MANAGER: &str = "system-manager";
pub(crate) const USER_MANAGER: &str = "user-manager";
pub(crate) const SYSTEM_BUS: &str = "system-bus";
pub(crate) const USER_BUS: &str = "user-bus";
pub(crate) const SYSTEM_AGENTS: &str = "system-agents";
pub(crate) const USER_AGENTS: &str = "user-agents";
pub(crate) const SYSTEM_AGENTS_BUS: &str = "system-agents-bus";
pub(crate) const USER_AGENTS_BUS: &str = "user-agents-bus";
pub(crate) const LOGIND: &str = "logind";

const CALLS: [&str; 7] = [
    "org.freedesktop.systemd1.Manager.StartUnit",
    "org.freedesktop.systemd1.Manager.StopUnit",
    "org.freedesktop.systemd1.Manager.RestartUnit",
    "org.freedesktop.systemd1.Manager.ResetFailedUnit",
    "org.freedesktop.systemd1.Manager.ListUnitsByPatterns",
    "org.freedesktop.systemd1.Manager.Reload",
    "org.freedesktop.DBus.Properties.Get",
];

const UNITS: [&str; 1] = ["hermes-gateway@*.service"];

/// On the units of hermes-agent's own installer.
const CALLS_ON_AGENTS: [&str; 4] = [
    "org.freedesktop.systemd1.Manager.StopUnit",
    "org.freedesktop.systemd1.Manager.ResetFailedUnit",
    "org.freedesktop.systemd1.Manager.ListUnitsByPatterns",
    "org.freedesktop.DBus.Properties.Get",
];

const UNITS_OF_AGENTS: [&str; 2] = ["hermes-gateway-*.service", "hermes-gateway.service"];

/// To let this user's systemd run without a session.
const CALLS_ON_LOGIND: [&str; 2] = [
    "org.freedesktop.DBus.Hello",
    "org.freedesktop.login1.Manager.SetUserLinger",
];

/// What a bus wants on top.
const CALLS_ON_A_BUS: [&str; 3] = [
    "org.freedesktop.DBus.Hello",
    "org.freedesktop.DBus.AddMatch",
    "org.freedesktop.systemd1.Manager.Subscribe",
];

/// Names that are ours, and the directories of what comes up at boot.
const NAMES: [&str; 3] = [
    "hermes-gateway",
    "multi-user.target.wants/hermes-gateway",
    "default.target.wants/hermes-gateway",
];

/// A socket, and what is said through it.
struct Socket {
    label: &'static str,
    path: &'static str,
    calls: &'static [&'static [&'static str]],
    units: &'static [&'static str],
    root_only: bool,
    why: &'static str,
}

const SOCKETS: [Socket; 9] = [
    Socket {
        label: SYSTEM_BUS,
        path: "/run/dbus/system_bus_socket",
        calls: &[&CALLS, &CALLS_ON_A_BUS],
        units: &UNITS,
        root_only: true,
        why: "the machine's systemd: it starts, stops and looks at the gateways' units",
    },
    Socket {
        label: SYSTEM_MANAGER,
        path: "/run/systemd/private",
        calls: &[&CALLS],
        units: &UNITS,
        root_only: true,
        why: "the same where there is no bus",
    },
    Socket {
        label: USER_BUS,
        path: "$XDG_RUNTIME_DIR/bus",
        calls: &[&CALLS, &CALLS_ON_A_BUS],
        units: &UNITS,
        root_only: false,
        why: "the user's systemd: it starts, stops and looks at the gateways' units",
    },
    Socket {
        label: USER_MANAGER,
        path: "$XDG_RUNTIME_DIR/systemd/private",
        calls: &[&CALLS],
        units: &UNITS,
        root_only: false,
        why: "the same where there is no bus",
    },
    Socket {
        label: SYSTEM_AGENTS_BUS,
        path: "/run/dbus/system_bus_socket",
        calls: &[&CALLS_ON_AGENTS, &CALLS_ON_A_BUS],
        units: &UNITS_OF_AGENTS,
        root_only: true,
        why: "the units that hermes-agent has installed: it looks at them, and stops one whose \
              place it takes",
    },
    Socket {
        label: SYSTEM_AGENTS,
        path: "/run/systemd/private",
        calls: &[&CALLS_ON_AGENTS],
        units: &UNITS_OF_AGENTS,
        root_only: true,
        why: "the same where there is no bus",
    },
    Socket {
        label: USER_AGENTS_BUS,
        path: "$XDG_RUNTIME_DIR/bus",
        calls: &[&CALLS_ON_AGENTS, &CALLS_ON_A_BUS],
        units: &UNITS_OF_AGENTS,
        root_only: false,
        why: "the same units with the user's systemd",
    },
    Socket {
        label: USER_AGENTS,
        path: "$XDG_RUNTIME_DIR/systemd/private",
        calls: &[&CALLS_ON_AGENTS],
        units: &UNITS_OF_AGENTS,
        root_only: false,
        why: "the same where there is no bus",
    },
    Socket {
        label: LOGIND,
        path: "/run/dbus/system_bus_socket",
        calls: &[&CALLS_ON_LOGIND],
        units: &[],
        root_only: false,
        why: "logind: where it is asked to, it lets this user's systemd run without a session",
    },
];

pub(crate) fn manifest() -> Manifest {
    let files = [
        grant(
            BOOTED,
            Access::ReadDirectory(vec!["/run/systemd/system".into()]),
            "to see whether this machine was booted with systemd, and what is masked until \
             its next boot",
        ),
        grant(
            SYSTEM_UNITS,
            units_in(&["/etc/systemd/system"]),
            "the units of the machine: it adds and removes hermes-gateway@*.service there",
        ),
        grant(
            USER_UNITS,
            units_in(&[
                "$XDG_CONFIG_HOME/systemd/user",
                "$HOME/.config/systemd/user",
            ]),
            "the units of the user: it adds and removes hermes-gateway@*.service there",
        ),
        grant(
            USER_RUNTIME_UNITS,
            Access::ReadDirectory(owned(&["$XDG_RUNTIME_DIR/systemd/user"])),
            "to see which of them are masked until the user's systemd ends",
        ),
        grant(
            OWNERS_UNITS,
            Access::ReadDirectory(owned(&[
                "$OWNER_HOME/.config/systemd/user",
                "$HOME/.config/systemd/user",
                "/root/.config/systemd/user",
            ])),
            "to see, as root, whether the owner of a profile runs its gateway already",
        ),
    ];
    let elsewhere = [
        (SYSTEM_LOCAL_UNITS, "/usr/local/lib/systemd/system"),
        (SYSTEM_PACKAGED_UNITS, "/usr/lib/systemd/system"),
        (USER_LOCAL_UNITS, "/etc/systemd/user"),
        (USER_PACKAGED_UNITS, "/usr/lib/systemd/user"),
    ]
    .map(|(label, path)| {
        grant(
            label,
            Access::ReadDirectory(owned(&[path])),
            "to see whether a unit of hermes-agent is there",
        )
    });
    let sockets = SOCKETS
        .iter()
        .map(|socket| grant(socket.label, socket.access(), socket.why));
    Manifest {
        id: "systemd".into(),
        display_name: "systemd".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        features: Features::RUNTIME_REGISTRATION
            | Features::READINESS
            | Features::LIMITS
            | Features::LINGER,
        grants: files.into_iter().chain(elsewhere).chain(sockets).collect(),
    }
}

/// None of them is needed everywhere.
fn grant(label: &str, access: Access, why: &str) -> GrantRequest {
    GrantRequest {
        label: label.into(),
        access,
        why: why.into(),
        optional: true,
    }
}

fn units_in(paths: &[&str]) -> Access {
    Access::WriteNames(NamesRequest {
        paths: owned(paths),
        only: owned(&NAMES),
    })
}

impl Socket {
    fn access(&self) -> Access {
        Access::Dbus(DbusRequest {
            paths: owned(&[self.path]),
            calls: owned(&self.calls.concat()),
            units: owned(self.units),
            root_only: self.root_only,
        })
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grant_says_why_and_has_its_own_label() {
        let mut labels: Vec<String> = Vec::new();
        for grant in manifest().grants {
            assert!(!grant.why.is_empty(), "{}", grant.label);
            assert!(!labels.contains(&grant.label), "{}", grant.label);
            labels.push(grant.label);
        }
    }
}
