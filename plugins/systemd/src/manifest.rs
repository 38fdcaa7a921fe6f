use hermes_backend_sdk::{Access, DbusRequest, Features, GrantRequest, Manifest};

/// The labels of the grants.
pub(crate) const BOOTED: &str = "booted";
pub(crate) const SYSTEM_UNITS: &str = "system-units";
pub(crate) const USER_UNITS: &str = "user-units";
pub(crate) const SYSTEM_MANAGER: &str = "system-manager";
pub(crate) const USER_MANAGER: &str = "user-manager";
pub(crate) const SYSTEM_BUS: &str = "system-bus";
pub(crate) const USER_BUS: &str = "user-bus";

const CALLS: [&str; 7] = [
    "org.freedesktop.systemd1.Manager.StartUnit",
    "org.freedesktop.systemd1.Manager.StopUnit",
    "org.freedesktop.systemd1.Manager.RestartUnit",
    "org.freedesktop.systemd1.Manager.ResetFailedUnit",
    "org.freedesktop.systemd1.Manager.ListUnitsByPatterns",
    "org.freedesktop.systemd1.Manager.Reload",
    "org.freedesktop.DBus.Properties.Get",
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
                dbus(&["/run/systemd/private"], &[]),
                "the machine's systemd: it starts, stops and looks at the gateways' units",
            ),
            grant(
                USER_MANAGER,
                dbus(&["$XDG_RUNTIME_DIR/systemd/private"], &[]),
                "the user's systemd: it starts, stops and looks at the gateways' units",
            ),
            grant(
                SYSTEM_BUS,
                dbus(&["/run/dbus/system_bus_socket"], &CALLS_ON_A_BUS),
                "the same where the machine's systemd has no socket of its own",
            ),
            grant(
                USER_BUS,
                dbus(&["$XDG_RUNTIME_DIR/bus"], &CALLS_ON_A_BUS),
                "the same where the user's systemd has no socket of its own",
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

fn dbus(paths: &[&str], further_calls: &[&str]) -> Access {
    let owned = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    Access::Dbus(DbusRequest {
        paths: owned(paths),
        calls: [owned(&CALLS), owned(further_calls)].concat(),
        // The last two are hermes-agent's own.
        units: owned(&[
            "hermes-gateway@*.service",
            "hermes-gateway-*.service",
            "hermes-gateway.service",
        ]),
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
