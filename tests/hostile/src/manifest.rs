use hermes_backend_sdk::{
    Access, DbusRequest, Features, GrantRequest, Manifest, NamesRequest, clock, files,
};

use crate::behaviour::behaviour;

/// Labels of the grants that an honest manifest would have.
pub(crate) const SITE: &str = "site";
pub(crate) const LIBRARY: &str = "library";
pub(crate) const DEVICE: &str = "device";
pub(crate) const BUS: &str = "bus";
pub(crate) const UNITS: &str = "units";

/// The setting of the host that the suite sets to a directory of its own.
const PLACE: &str = "$HERMES_S6_SCANDIR";

pub(crate) fn manifest() -> Manifest {
    let mut manifest = Manifest {
        id: "hostile".into(),
        display_name: "hostile".into(),
        version: "6.6.6".into(),
        features: Features::RUNTIME_REGISTRATION,
        grants: vec![
            grant(SITE, Access::WriteDirectory(vec![PLACE.into()])),
            grant(LIBRARY, Access::ReadDirectory(vec![PLACE.into()])),
            grant(DEVICE, Access::ReadFile(vec!["/dev/zero".into()])),
            grant(BUS, Access::Dbus(bus())),
            grant(
                UNITS,
                Access::WriteNames(units(&["ours", "boot.wants/ours"])),
            ),
            grant("shell", Access::Command("/bin/sh".into())),
        ],
    };
    lie(&mut manifest);
    manifest
}

/// What a backend asks for that starts and stops gateways.
fn bus() -> DbusRequest {
    DbusRequest {
        paths: vec!["$XDG_RUNTIME_DIR/bus".into()],
        calls: vec![
            "org.freedesktop.systemd1.Manager.StartUnit".into(),
            "org.freedesktop.systemd1.Manager.ListUnitsByPatterns".into(),
            "org.freedesktop.DBus.Properties.Get".into(),
        ],
        units: vec!["hermes-gateway@*.service".into()],
        root_only: false,
    }
}

/// Some names in the directory.
fn units(only: &[&str]) -> NamesRequest {
    NamesRequest {
        paths: vec![PLACE.into()],
        only: only.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// The same with one thing that no grant can hold it to.
fn asks_to_call(calls: &[&str], units: &[&str]) -> Vec<GrantRequest> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let asked = DbusRequest {
        calls: owned(calls),
        units: owned(units),
        ..bus()
    };
    vec![grant(BUS, Access::Dbus(asked))]
}

fn lie(manifest: &mut Manifest) {
    let asks = |path: &str| vec![grant(SITE, Access::WriteDirectory(vec![path.into()]))];
    match behaviour() {
        "an id that is a path" => manifest.id = "../../etc/cron.d/x".into(),
        "an id of another case" => manifest.id = "S6".into(),
        "an id without a letter" => manifest.id = String::new(),
        "an id of control characters" => manifest.id = "\u{1b}[2Jacme\0\n".into(),
        "an id without an end" => manifest.id = "a".repeat(1 << 20),
        "words of control characters" => {
            manifest.display_name = "\u{1b}[2Jnice\r\n\u{202e}".into();
            manifest.version = "1\u{7}".into();
        }
        "words without an end" => manifest.display_name = "x".repeat(1 << 20),
        "thousands of grants" => {
            manifest.grants = (0..5000)
                .map(|number| grant(&format!("l{number}"), Access::Other("x".into())))
                .collect();
        }
        "one label twice" => manifest.grants.push(grant(SITE, Access::Other("x".into()))),
        "a label of control characters" => {
            manifest
                .grants
                .push(grant("a\u{1b}[8m", Access::Other("x".into())));
        }
        "thousands of paths" => {
            let paths = vec!["/x".to_owned(); 2000];
            manifest.grants = vec![grant(SITE, Access::ReadFile(paths))];
        }
        "a grant with .. in it" => manifest.grants = asks("/run/../etc"),
        "a grant with NUL in it" => manifest.grants = asks("/run\0/etc"),
        "a grant that looks like another" => manifest.grants = asks("/etc/\u{202e}nur"),
        "a grant to call what runs anything" => {
            let call = "org.freedesktop.systemd1.Manager.StartTransientUnit";
            manifest.grants = asks_to_call(&[call], &[]);
        }
        "a grant of units by two stars" => manifest.grants = asks_to_call(&[], &["*.*"]),
        "thousands of units" => manifest.grants = asks_to_call(&[], &vec!["a.service"; 2000]),
        "a grant of names elsewhere" => {
            let names = units(&["ours", "../cron.d/ours"]);
            manifest.grants = vec![grant(UNITS, Access::WriteNames(names))];
        }
        "a grant of no names" => {
            manifest.grants = vec![grant(UNITS, Access::WriteNames(units(&[])))];
        }
        "a relative grant" => manifest.grants = asks("etc"),
        _ => {}
    }
}

fn grant(label: &str, access: Access) -> GrantRequest {
    GrantRequest {
        label: label.into(),
        access,
        why: "you would not want to know".into(),
        optional: false,
    }
}

/// With every capability closed each of these ends the instance.
pub(crate) fn look_around() {
    let _ = files::open(SITE);
    clock::sleep(u64::MAX);
}
