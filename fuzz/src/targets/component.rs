//! A backend from elsewhere: compiled, loaded, compared with the contract,
//! started and asked what it is, as far as it gets.
//!
//! All of it in this process, so that libFuzzer sees the way that its bytes go.

use std::sync::OnceLock;

use hermes_bundle::{engine_config, sha256};
use hermes_host::backend::{Backend, BackendError};
use hermes_host::sandbox::{Artefact, CompileError, Instance, Layers};
use wasmtime::Engine;
use wasmtime::component::Component;

pub fn run(bytes: &[u8]) {
    match hermes_plugin::compile(bytes) {
        Ok(_) => load(bytes),
        Err(error) => {
            let said = error.report(None);
            let refused = CompileError::reported(&said).expect("the host reads what it says");
            super::assert_is_one_line(&refused.to_string());
            super::assert_is_one_line(&refused.hint().unwrap_or_default());
        }
    }
}

fn load(bytes: &[u8]) {
    static ENGINE: OnceLock<Engine> = OnceLock::new();

    let engine = ENGINE.get_or_init(|| {
        let config = engine_config().expect("the target is supported");
        Engine::new(&config).expect("an engine")
    });
    // It has just been compiled by the same wasmtime.
    let component = Component::new(engine, bytes).expect("it compiles");
    let artefact = Artefact::new("fuzz.wasm", &sha256(bytes), engine.clone(), component);
    let surface = artefact.surface();
    for name in surface.imports.iter().chain(&surface.exports) {
        super::assert_is_one_line(name);
    }
    if let Err(mismatch) = surface.check() {
        super::assert_is_one_line(&mismatch.to_string());
        super::assert_is_one_line(&mismatch.hint());
    }
    if let Err(error) = describe(&artefact) {
        super::assert_is_one_line(&error.to_string());
    }
}

fn describe(artefact: &Artefact) -> Result<(), BackendError> {
    let mut instance = Instance::new(artefact, Layers::default())?;
    Backend::describe(&mut instance).map(drop)
}
