//! Builds the bundled backends for `wasm32-unknown-unknown`, turns them into
//! components and compiles these to native code, so that the host needs no
//! compiler.

#[path = "src/digest.rs"]
mod digest;
#[path = "src/engine_config.rs"]
mod engine_config;
#[path = "build/guest_compiler.rs"]
mod guest_compiler;
#[path = "build/stripped.rs"]
mod stripped;

use std::path::Path;
use std::{env, fs};

use anyhow::{Result, anyhow};
use guest_compiler::GuestCompiler;
use wasmtime::Engine;

const BACKENDS: [&str; 3] = ["noop", "s6", "systemd"];

fn main() -> Result<()> {
    let plugins = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("..");
    let out = env::var("OUT_DIR")?;
    for input in [
        "bundle/build",
        "bundle/build.rs",
        "sdk",
        "../wit",
        "../Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={}", plugins.join(input).display());
    }

    let guests = GuestCompiler::find(&plugins)?;
    let target = env::var("TARGET")?;
    println!("cargo::rustc-env=HERMES_TARGET={target}");
    let engine = engine_config::engine_config(&target)
        .and_then(|config| Engine::new(&config))
        .map_err(plain)?;
    for backend in BACKENDS {
        println!(
            "cargo::rerun-if-changed={}",
            plugins.join(backend).display()
        );
        let component = guests.build(backend)?;
        let artefact = engine.precompile_component(&component).map_err(plain)?;
        let artefact = stripped::stripped(&artefact)?;
        fs::write(format!("{out}/{backend}.artefact"), artefact)?;
        println!(
            "cargo::rustc-env=HERMES_DIGEST_{}={}",
            backend.to_uppercase(),
            digest::sha256(&component)
        );
    }
    Ok(())
}

/// wasmtime's errors are none of the standard library's.
#[allow(clippy::needless_pass_by_value)] // what `map_err` takes
fn plain(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:#}")
}
