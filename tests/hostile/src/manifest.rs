use hermes_backend_sdk::{Access, Features, GrantRequest, Manifest, clock, files};

use crate::behaviour::behaviour;

/// Labels of the grants that an honest manifest would have.
pub(crate) const SITE: &str = "site";
pub(crate) const LIBRARY: &str = "library";
pub(crate) const DEVICE: &str = "device";

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
            grant("bus", Access::UnixSocket(vec!["/run/bus".into()])),
            grant("shell", Access::Command("/bin/sh".into())),
        ],
    };
    lie(&mut manifest);
    manifest
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
