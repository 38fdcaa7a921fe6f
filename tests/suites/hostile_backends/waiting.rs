//! Backends that wait, or speak to nobody.

use crate::case::{Call, Case, rust, rust_in};

pub(crate) const CASES: &[Case] = &[
    rust_in(
        "a sleep without an end",
        Call::Detect,
        "OutOfTime: backend acme.wasm did not finish `detect` within 5s",
    ),
    rust_in(
        "many short sleeps",
        Call::Detect,
        "OutOfTime: backend acme.wasm did not finish `detect` within 5s",
    ),
    rust_in(
        "a wait without an end",
        Call::Detect,
        "OutOfTime: backend acme.wasm did not finish `detect` within 5s",
    ),
    rust("a signal that nobody reads", "Other: Err(Error::NoReader)"),
    rust(
        "a closed connection",
        "Other: Ok(()), then Err(Error::NotFound)",
    ),
    rust("nothing to receive", "Other: Ok(0), Ok([])"),
    rust(
        "a FIFO that is full",
        "Other: Error::WouldBlock after 65536 bytes",
    ),
];
