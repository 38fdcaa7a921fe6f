#![allow(clippy::unwrap_used)]

use super::*;

fn surface(imports: &[&str], exports: &[&str]) -> Surface {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Surface {
        imports: owned(imports),
        exports: owned(exports),
    }
}

const OURS: &str = "hermes:backend/service-manager@0.3.0";

#[test]
fn the_version_is_the_one_of_the_contract_in_wit() {
    assert_eq!(super::super::CONTRACT, format!("{PACKAGE}@{}", version()));
    let wit = include_str!("../../../../wit/backend.wit");
    assert!(wit.contains(&format!("package {PACKAGE}@{};", version())));
    for import in IMPORTS.iter().filter(|import| **import != "types") {
        assert!(wit.contains(&format!("  import {import};\n")), "{import}");
    }
    assert!(wit.contains(&format!("  export {SERVICE_MANAGER};\n")));
}

#[test]
fn what_fits_is_taken() {
    for (imports, exports) in [
        (&[][..], &[OURS][..]),
        (&["hermes:backend/files@0.3.0"], &[OURS]),
        (&["hermes:backend/files@0.3.7"], &[OURS]),
        (&[], &["hermes:backend/service-manager@0.3.7"]),
        (&[], &["more", OURS]),
    ] {
        let surface = surface(imports, exports);
        assert_eq!(surface.check(), Ok(()), "{surface:?}");
        assert_eq!(surface.foreign(), Vec::<&str>::new());
    }
}

#[test]
fn what_does_not_fit_says_what_is_missing_which_side_is_newer_and_what_to_do() {
    let newer = "update hermes-host, or take a backend that is made for hermes:backend@0.3.0";
    let without_wasi = "build it without WASI: in Rust for wasm32-unknown-unknown, \
                        in Python with componentize-py --stub-wasi";
    for (imports, exports, message, hint) in [
        (
            &["wasi:cli/stdout@0.2.0"][..],
            &[OURS][..],
            "imports wasi:cli/stdout@0.2.0, which this host does not offer",
            without_wasi,
        ),
        (
            &["a:a/a", "a:a/b", "wasi:a/c", "a:a/d", "a:a/e"],
            &[OURS],
            "imports a:a/a, a:a/b, wasi:a/c and 2 more, which this host does not offer",
            without_wasi,
        ),
        (
            &["acme:db/store@1.0.0"],
            &[OURS],
            "imports acme:db/store@1.0.0, which this host does not offer",
            "a backend imports at most files, sockets, commands, clock and log of \
             hermes:backend@0.3.0",
        ),
        (
            &["hermes:backend/files@0.4.0"],
            &["hermes:backend/service-manager@0.4.0"],
            "is made for hermes:backend@0.4.0, which is newer than this host's 0.3.0",
            newer,
        ),
        (
            &["hermes:backend/files@0.1.0"],
            &["hermes:backend/service-manager@0.1.0"],
            "is made for hermes:backend@0.1.0, which is older than this host's 0.3.0",
            "take a newer version of the backend, or build it again with this host's wit/",
        ),
        (
            &["hermes:backend/units@0.3.3"],
            &["hermes:backend/service-manager@0.3.3"],
            "imports hermes:backend/units@0.3.3, which is newer than this host's 0.3.0",
            newer,
        ),
        (
            &["hermes:backend/units@0.3.0"],
            &[OURS],
            "imports hermes:backend/units@0.3.0, which this host does not offer",
            "a backend imports at most files, sockets, commands, clock and log of \
             hermes:backend@0.3.0",
        ),
        (
            &["hermes:backend/files@0.3.0"],
            &[],
            "does not export hermes:backend/service-manager: it is no backend",
            "a backend is built for the world `backend` in wit/",
        ),
        (
            &[],
            &[],
            "does not export hermes:backend/service-manager: it is no backend",
            "a backend is built for the world `backend` in wit/",
        ),
    ] {
        let mismatch = surface(imports, exports).check().unwrap_err();
        assert_eq!(mismatch.to_string(), message);
        assert_eq!(mismatch.hint(), hint);
    }
}
