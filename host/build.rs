//! Makes a static executable small: without unwind tables, 0.35 MB, with its
//! relative relocations packed, which are 0.12 MB otherwise, and with what is compiled
//! to the same code only once, 0.02 MB.

use std::env;
use std::path::Path;
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
        if links_with_lld() {
            println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
        }
    }
    if env::var("HOST") == env::var("TARGET")
        && glibc().is_some_and(|version| version >= READS_PACKED)
    {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The only target that rustc links with a linker of its own by default, since 1.90.
const WITH_LLD: &str = "x86_64-unknown-linux-gnu";

/// Whether rustc has that linker, and nobody has named another one.
fn links_with_lld() -> bool {
    let variable = |name: &str| env::var(name).unwrap_or_default();
    if variable("TARGET") != WITH_LLD || env::var_os("RUSTC_LINKER").is_some() {
        return false;
    }
    let output = Command::new(variable("RUSTC"))
        .args(["--print", "sysroot"])
        .output();
    let sysroot = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let linker = format!("lib/rustlib/{}/bin/gcc-ld/ld.lld", variable("HOST"));
    sysroot.is_ok_and(|sysroot| Path::new(sysroot.trim()).join(linker).exists())
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
