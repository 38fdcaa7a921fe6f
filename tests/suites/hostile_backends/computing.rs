//! Backends that compute, or take, without an end.

use crate::case::{Call, Case, rust, rust_in, text, text_in};

pub(crate) const CASES: &[Case] = &[
    rust_in(
        "loop in describe",
        Call::Describe,
        "OutOfFuel: backend acme.wasm computed too long in `describe`",
    ),
    rust_in(
        "loop in detect",
        Call::Detect,
        "OutOfFuel: backend acme.wasm computed too long in `detect`",
    ),
    rust_in(
        "loop in register",
        Call::Register,
        "OutOfFuel: backend acme.wasm computed too long in `register`",
    ),
    rust_in(
        "loop in unregister",
        Call::Unregister,
        "OutOfFuel: backend acme.wasm computed too long in `unregister`",
    ),
    rust_in(
        "loop in control",
        Call::Control,
        "OutOfFuel: backend acme.wasm computed too long in `control`",
    ),
    rust_in(
        "loop in status",
        Call::Status,
        "OutOfFuel: backend acme.wasm computed too long in `status`",
    ),
    rust_in(
        "loop in registered",
        Call::Registered,
        "OutOfFuel: backend acme.wasm computed too long in `registered`",
    ),
    rust_in(
        "trap in describe",
        Call::Describe,
        "Crashed: backend acme.wasm crashed in `describe`: wasm trap: wasm `unreachable` instruction executed",
    ),
    rust_in(
        "trap in detect",
        Call::Detect,
        "Crashed: backend acme.wasm crashed in `detect`: wasm trap: wasm `unreachable` instruction executed",
    ),
    rust_in(
        "trap in status",
        Call::Status,
        "Crashed: backend acme.wasm crashed in `status`: wasm trap: wasm `unreachable` instruction executed",
    ),
    rust(
        "recursion without an end",
        "Crashed: backend acme.wasm crashed in `status`: wasm trap: call stack exhausted",
    ),
    rust(
        "a memory bomb",
        "OutOfMemory: backend acme.wasm wanted more than 64 MiB of memory in `status`",
    ),
    rust(
        "a string without an end",
        "Misbehaved: backend acme.wasm broke the contract in `status`: too much data is being copied between the host and the guest: fuel allocated for hostcalls has been exhausted",
    ),
    rust(
        "more directories than allowed",
        "Other: 1024 open, then Error::TooLarge",
    ),
    rust(
        "more listeners than allowed",
        "Other: 1023 open, then Error::TooLarge",
    ),
    rust(
        "a file larger than allowed",
        "Other: Err(Error::TooLarge), Err(Error::TooLarge), Err(Error::TooLarge)",
    ),
    rust_in(
        "flood detect",
        Call::Detect,
        "Misbehaved: backend acme.wasm broke the contract in `detect`: it said more than anybody reads",
    ),
    text(
        "handles-without-end",
        "Misbehaved: backend acme.wasm broke the contract in `describe`: cannot allocate another handle: store handle limit exceeded",
    ),
    text(
        "loop-in-start",
        "OutOfFuel: backend acme.wasm computed too long in `start`",
    ),
    text(
        "memory-of-4-gib",
        "OutOfMemory: backend acme.wasm wanted more than 64 MiB of memory in `start`",
    ),
    text(
        "memories",
        "OutOfMemory: backend acme.wasm wanted more than 64 MiB of memory in `start`",
    ),
    text(
        "memory-without-end",
        "OutOfMemory: backend acme.wasm wanted more than 64 MiB of memory in `describe`",
    ),
    text(
        "table-of-millions",
        "OutOfMemory: backend acme.wasm wanted more than 100000 table elements in `start`",
    ),
    text(
        "table-without-end",
        "OutOfMemory: backend acme.wasm wanted more than 100000 table elements in `describe`",
    ),
    text(
        "fill-without-end",
        "OutOfFuel: backend acme.wasm computed too long in `describe`",
    ),
    text(
        "end-without-end",
        "OutOfFuel: backend acme.wasm computed too long in `describe`",
    ),
    text_in(
        "allocation-without-end",
        Call::Status,
        "OutOfFuel: backend acme.wasm computed too long in `status`",
    ),
];
