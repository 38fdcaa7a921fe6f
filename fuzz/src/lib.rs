//! Foreign bytes for everything that reads them.
//!
//! A target is a function from bytes that panics where something is wrong.
//! `cargo fuzz` drives it with libFuzzer (`fuzz_targets/`, `make fuzz`), and
//! `tests/short.rs` with its seeds and some mutations of them, on any toolchain.

pub mod targets;
