use hermes_backend_sdk::{Access, DbusRequest, Features, GrantRequest, Manifest};

/// The labels of the grants.
pub(crate) const BOOTED: &str = "booted";
pub(crate) const SYSTEM_UNITS: &str = "system-units";
pub(crate) const USER_UNITS: &str = "user-units";
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

pub(crate) fn manifest() -> Manifest {
    Manifest {
        id: "systemd".into(),
        display_name: "systemd".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        features: Features::RUNTIME_REGISTRATION
            | Features::READINESS
            | Features::LIMITS
            | Features::LINGER,
        grants: vec![
            grant(
                BOOTED,
                Access::ReadDirectory(vec!["/run/systemd/system".into()]),
                "to see whether this machine was booted with systemd",
            ),
            grant(
                SYSTEM_UNITS,
                Access::WriteDirectory(vec!["/etc/systemd/system".into()]),
                "the units of the machine: it adds and removes hermes-gateway@*.service there",
            ),
            grant(
                USER_UNITS,
                Access::WriteDirectory(vec![
                    "$XDG_CONFIG_HOME/systemd/user".into(),
                    "$HOME/.config/systemd/user".into(),
                ]),
                "the units of the user: it adds and removes hermes-gateway@*.service there",
            ),
            grant(
                SYSTEM_MANAGER,
                dbus(&["/run/systemd/private"], &[&CALLS], &UNITS),
                "the machine's systemd: it starts, stops and looks at the gateways' units",
            ),
            grant(
                USER_MANAGER,
                dbus(&["$XDG_RUNTIME_DIR/systemd/private"], &[&CALLS], &UNITS),
                "the user's systemd: it starts, stops and looks at the gateways' units",
            ),
            grant(
                SYSTEM_BUS,
                dbus(
                    &["/run/dbus/system_bus_socket"],
                    &[&CALLS, &CALLS_ON_A_BUS],
                    &UNITS,
                ),
                "the same where the machine's systemd has no socket of its own",
            ),
            grant(
                USER_BUS,
                dbus(
                    &["$XDG_RUNTIME_DIR/bus"],
                    &[&CALLS, &CALLS_ON_A_BUS],
                    &UNITS,
                ),
                "the same where the user's systemd has no socket of its own",
            ),
            grant(
                SYSTEM_AGENTS,
                dbus(
                    &["/run/systemd/private"],
                    &[&CALLS_ON_AGENTS],
                    &UNITS_OF_AGENTS,
                ),
                "the units that hermes-agent has installed: it looks at them, and stops one \
                 whose place it takes",
            ),
            grant(
                USER_AGENTS,
                dbus(
                    &["$XDG_RUNTIME_DIR/systemd/private"],
                    &[&CALLS_ON_AGENTS],
                    &UNITS_OF_AGENTS,
                ),
                "the same with the user's systemd",
            ),
            grant(
                SYSTEM_AGENTS_BUS,
                dbus(
                    &["/run/dbus/system_bus_socket"],
                    &[&CALLS_ON_AGENTS, &CALLS_ON_A_BUS],
                    &UNITS_OF_AGENTS,
                ),
                "the same where the machine's systemd has no socket of its own",
            ),
            grant(
                USER_AGENTS_BUS,
                dbus(
                    &["$XDG_RUNTIME_DIR/bus"],
                    &[&CALLS_ON_AGENTS, &CALLS_ON_A_BUS],
                    &UNITS_OF_AGENTS,
                ),
                "the same where the user's systemd has no socket of its own",
            ),
            grant(
                LOGIND,
                dbus(&["/run/dbus/system_bus_socket"], &[&CALLS_ON_LOGIND], &[]),
                "logind: where it is asked to, it lets this user's systemd run without a session",
            ),
        ],
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

fn dbus(paths: &[&str], calls: &[&[&str]], units: &[&str]) -> Access {
    let owned = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    Access::Dbus(DbusRequest {
        paths: owned(paths),
        calls: owned(&calls.concat()),
        units: owned(units),
    })
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
