//! Makes a static executable small: without unwind tables, 0.35 MB, and with its
//! relative relocations packed, which are 0.12 MB otherwise.

use std::env;
use std::process::Command;

/// The first glibc whose static executables can read packed ones (2.36 release notes).
const READS_PACKED: (u32, u32) = (2, 36);

/// For the linker, beside its own script.
const NO_UNWIND_TABLES: &str = "no-unwind-tables.ld";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={NO_UNWIND_TABLES}");
    let is = |name: &str, value: &str| {
        env::var(name).is_ok_and(|values| values.split(',').any(|it| it == value))
    };
    if !is("CARGO_CFG_TARGET_ENV", "gnu") || !is("CARGO_CFG_TARGET_FEATURE", "crt-static") {
        return;
    }
    // Its panics abort; `CARGO_CFG_PANIC` says what the target does otherwise.
    if is("PROFILE", "release") {
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{folder}/{NO_UNWIND_TABLES}");
    }
    if env::var("HOST") == env::var("TARGET")
        && glibc().is_some_and(|version| version >= READS_PACKED)
    {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of this machine's, which is linked.
fn glibc() -> Option<(u32, u32)> {
    let output = Command::new("getconf")
        .arg("GNU_LIBC_VERSION")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
