//! Files that are no backend for this host.

use crate::case::{Case, bytes, text};
use crate::components::{built, of_contract};

pub(crate) const CASES: &[Case] = &[
    text(
        "wasi",
        "DoesNotFit: backend acme.wasm imports wasi:cli/environment@0.2.0, which this host does not offer | build it without WASI: in Rust for wasm32-unknown-unknown, in Python with componentize-py --stub-wasi",
    ),
    text(
        "foreign",
        "DoesNotFit: backend acme.wasm imports acme:db/store@1.0.0, which this host does not offer | a backend imports at most files, sockets, commands, clock and log of hermes:backend@0.3.0",
    ),
    text(
        "composed",
        "Refused: it is composed of several components, and no backend is",
    ),
    text(
        "nothing",
        "DoesNotFit: backend acme.wasm does not export hermes:backend/service-manager: it is no backend | a backend is built for the world `backend` in wit/",
    ),
    text(
        "unknown-function",
        "DoesNotFit: backend acme.wasm does not fit hermes:backend@0.3.0: component imports instance `hermes:backend/clock@0.3.0`, but a matching implementation was not found in the linker: instance export `stop` has the wrong type: function implementation is missing | take a newer version of the backend, or build it again with this host's wit/",
    ),
    text(
        "other-function",
        "DoesNotFit: backend acme.wasm does not fit hermes:backend@0.3.0: component imports instance `hermes:backend/clock@0.3.0`, but a matching implementation was not found in the linker: instance export `now` has the wrong type: type mismatch with results: expected `u64` found `string` | take a newer version of the backend, or build it again with this host's wit/",
    ),
    text(
        "no-functions",
        "DoesNotFit: backend acme.wasm does not fit hermes:backend@0.3.0: instance export `hermes:backend/service-manager@0.3.0` does not have export `describe` | take a newer version of the backend, or build it again with this host's wit/",
    ),
    text(
        "other-export",
        "DoesNotFit: backend acme.wasm does not fit hermes:backend@0.3.0: in its function `describe`: expected `record` found `u32` | take a newer version of the backend, or build it again with this host's wit/",
    ),
    text(
        "newer-interface",
        "DoesNotFit: backend acme.wasm imports hermes:backend/units@0.3.3, which is newer than this host's 0.3.0 | update hermes-host, or take a backend that is made for hermes:backend@0.3.0",
    ),
    bytes(
        "a newer contract",
        || of_contract("0.4.0"),
        "DoesNotFit: backend acme.wasm is made for hermes:backend@0.4.0, which is newer than this host's 0.3.0 | update hermes-host, or take a backend that is made for hermes:backend@0.3.0",
    ),
    bytes(
        "a much newer contract",
        || of_contract("1.0.0"),
        "DoesNotFit: backend acme.wasm is made for hermes:backend@1.0.0, which is newer than this host's 0.3.0 | update hermes-host, or take a backend that is made for hermes:backend@0.3.0",
    ),
    bytes(
        "an older contract",
        || of_contract("0.1.0"),
        "DoesNotFit: backend acme.wasm is made for hermes:backend@0.1.0, which is older than this host's 0.3.0 | take a newer version of the backend, or build it again with this host's wit/",
    ),
    bytes(
        "a core module",
        || b"\0asm\x01\0\0\0".to_vec(),
        "Refused: it is a core module and not a component",
    ),
    bytes(
        "no bytes",
        Vec::new,
        "Refused: it ends too early: this is not all of it",
    ),
    bytes(
        "text",
        || b"(component)\n".to_vec(),
        "Refused: it is no WebAssembly",
    ),
    bytes(
        "a program",
        || b"\x7fELF\x02\x01\x01\0".to_vec(),
        "Refused: it is no WebAssembly",
    ),
    bytes(
        "half a component",
        || half(built("noop")),
        "Refused: it ends too early: this is not all of it",
    ),
    bytes(
        "a component of another format",
        || b"\0asm\x0e\0\x01\0".to_vec(),
        "Refused: it is WebAssembly of an unknown format: version 14, layer 1",
    ),
    bytes(
        "more than a component may be",
        || vec![0; (64 << 20) + 1],
        "Refused: it is larger than 64 MiB",
    ),
];

fn half(mut component: Vec<u8>) -> Vec<u8> {
    component.truncate(component.len() / 2);
    component
}
