//! The built-in backends, compiled ahead of time while this crate is built.

mod engine_config;

/// The target that the artefacts are compiled for: the host's own.
const TARGET: &str = env!("HERMES_TARGET");

/// The configuration under which the artefacts load.
///
/// # Errors
/// Where this build of wasmtime does not support the host's target.
pub fn engine_config() -> wasmtime::Result<wasmtime::Config> {
    engine_config::engine_config(TARGET)
}

/// A backend that comes with the host.
#[derive(Debug, Clone, Copy)]
pub struct Bundled {
    /// As in its manifest.
    pub id: &'static str,
    /// What wasmtime's serialisation made of it: native code for the host.
    pub artefact: &'static [u8],
    /// SHA-256 of the component the artefact was compiled from, in hexadecimal.
    pub digest: &'static str,
}

/// In the order in which they are asked whether they are in charge.
pub const BUNDLED: &[Bundled] = &[
    Bundled {
        id: "s6",
        artefact: include_bytes!(concat!(env!("OUT_DIR"), "/s6.artefact")),
        digest: env!("HERMES_DIGEST_S6"),
    },
    Bundled {
        id: "noop",
        artefact: include_bytes!(concat!(env!("OUT_DIR"), "/noop.artefact")),
        digest: env!("HERMES_DIGEST_NOOP"),
    },
];
