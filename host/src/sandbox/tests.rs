#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hermes_bundle::{BUNDLED, Bundled};

use super::*;
use crate::backend::{Backend, BackendError, Features, Variables};

fn instance(bundled: &Bundled) -> Instance {
    Instance::new(&Artefact::bundled(bundled).unwrap(), Layers::default()).unwrap()
}

#[test]
fn every_bundled_backend_describes_itself_with_its_capabilities_closed() {
    let ids: Vec<&str> = BUNDLED.iter().map(|bundled| bundled.id).collect();
    assert_eq!(ids, crate::backend::BUILT_IN);
    for bundled in BUNDLED {
        let manifest = instance(bundled)
            .call("describe", Budget::LOOK, |guest, store| {
                guest.call_describe(store)
            })
            .unwrap();
        assert_eq!(manifest.id, bundled.id);
        assert_eq!(manifest.version, env!("CARGO_PKG_VERSION"));
    }
}

#[test]
fn a_built_in_backend_is_granted_what_it_asks_for() {
    let scan_directory = tempfile::tempdir().unwrap();
    let variables = Variables::new([("HERMES_S6_SCANDIR", scan_directory.path().into())]);
    let [s6, noop] = ["s6", "noop"].map(|id| {
        let bundled = BUNDLED.iter().find(|bundled| bundled.id == id).unwrap();
        let artefact = Artefact::bundled(bundled).unwrap();
        Backend::built_in(&artefact, Path::new("/data"), &variables, Layers::default()).unwrap()
    });
    assert!(s6.place().contains(scan_directory.path().to_str().unwrap()));
    assert_eq!(noop.place(), "");
    assert_eq!(noop.manifest().features, Features::empty());
    assert!(noop.grants().by_label.is_empty());
}

#[test]
fn the_contract_is_the_one_in_wit() {
    for file in ["backend", "capabilities", "service-manager", "types"] {
        let path = format!("{}/../wit/{file}.wit", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(&format!("package {CONTRACT};")), "{file}");
    }
}

#[test]
fn features_are_written_by_their_names_and_read_again() {
    let names = |features: Features| serde_json::to_string(&features).unwrap();
    let some = Features::READINESS | Features::LOGS;
    assert_eq!(names(Features::empty()), "[]");
    assert_eq!(names(some), r#"["readiness","logs"]"#);
    let all = Features::all();
    let read = |text: &str| serde_json::from_str::<Features>(text);
    assert_eq!(read(&names(all)).unwrap(), all);
    assert!(read(r#"["flight"]"#).is_err());
}

#[test]
fn a_capability_in_describe_ends_the_instance() {
    let s6 = BUNDLED.iter().find(|bundled| bundled.id == "s6").unwrap();
    // To detect its supervisor it has to look around, and nothing is open yet.
    let error = instance(s6)
        .call("detect", Budget::LOOK, |guest, store| {
            guest.call_detect(store)
        })
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "backend s6 broke the contract in `detect`: it used a capability before it was granted any"
    );
}

#[test]
fn a_call_ends_with_its_fuel() {
    for bundled in BUNDLED {
        let budget = Budget {
            fuel: 10,
            time: Duration::from_hours(1),
        };
        let error = instance(bundled)
            .call("describe", budget, |guest, store| {
                guest.call_describe(store)
            })
            .unwrap_err();
        assert!(
            matches!(&error, SandboxError::OutOfFuel { backend, call: "describe" } if backend == bundled.id),
            "{error:?}"
        );
        assert_eq!(
            error.to_string(),
            format!("backend {} computed too long in `describe`", bundled.id)
        );
    }
}

#[test]
fn a_call_ends_with_its_time() {
    let s6 = BUNDLED.iter().find(|bundled| bundled.id == "s6").unwrap();
    let mut instance = instance(s6);
    instance.open(crate::effect::Grants {
        backend: "s6".into(),
        by_label: [(
            "scan-directory".to_owned(),
            crate::effect::Grant {
                access: crate::effect::Access::WriteDirectory,
                path: "/nonexistent".into(),
            },
        )]
        .into(),
    });
    let budget = Budget {
        time: Duration::ZERO,
        ..Budget::LOOK
    };
    let error = instance
        .call("registered", budget, |guest, store| {
            guest.call_registered(store, &"/data".to_owned())
        })
        .unwrap_err();
    assert!(
        matches!(
            &error,
            SandboxError::OutOfTime {
                call: "registered",
                ..
            }
        ),
        "{error:?}"
    );
}

/// Only bytes that are refused before anything is run.
#[test]
fn an_artefact_that_is_none_is_refused() {
    let noop = BUNDLED.iter().find(|bundled| bundled.id == "noop").unwrap();
    let whole = noop.artefact;
    let flipped = |place: usize| {
        let mut bytes = whole.to_vec();
        bytes[place] ^= 0xff;
        bytes
    };
    let mut refused: Vec<Vec<u8>> = (0..4).map(flipped).collect();
    refused.extend([
        Vec::new(),
        b"\0asm\x0d\0\x01\0".to_vec(),
        whole[..40].to_vec(),
    ]);
    for bytes in refused {
        let start = bytes[..bytes.len().min(8)].to_vec();
        let broken = Bundled {
            artefact: bytes.leak(),
            ..*noop
        };
        let Err(error) = Artefact::bundled(&broken) else {
            panic!("{start:?} was loaded");
        };
        assert!(
            matches!(&error, SandboxError::DoesNotLoad { backend, .. } if backend == "noop"),
            "{error:?}"
        );
        assert!(
            error
                .to_string()
                .starts_with("backend noop does not load: ")
        );
    }
}

#[test]
fn an_unknown_backend_is_named() {
    let chosen = crate::backend::choose(
        Some("sys\u{1b}temd"),
        Path::new("/data"),
        &Variables::default(),
        |_| Layers::default(),
    );
    let Err(BackendError::Unknown { name }) = chosen else {
        panic!("chosen");
    };
    assert_eq!(name, "sys\\u{1b}temd");
}

#[test]
fn the_host_contains_no_compiler() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--prefix", "none"])
        .args(["-p", "hermes-host", "-e", "normal"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(tree.contains("wasmtime v"), "{tree}");
    for compiler in ["cranelift-codegen", "wasmtime-internal-cranelift", "winch"] {
        assert!(
            !tree.lines().any(|package| package.starts_with(compiler)),
            "{compiler} is in the host"
        );
    }
}
