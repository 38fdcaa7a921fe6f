//! Makes the static executable small: without unwind tables.

use std::env;

/// For the linker, beside its own script.
const NO_UNWIND_TABLES: &str = "no-unwind-tables.ld";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={NO_UNWIND_TABLES}");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    // Its panics abort; `CARGO_CFG_PANIC` says what the target does otherwise.
    if is("CARGO_CFG_TARGET_ENV", "musl") && is("PROFILE", "release") {
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{folder}/{NO_UNWIND_TABLES}");
    }
}
