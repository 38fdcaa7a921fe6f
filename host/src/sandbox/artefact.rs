use hermes_bundle::Bundled;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::SandboxError;
use super::native_code;

/// A backend ready to be instantiated.
pub struct Artefact {
    pub(super) engine: Engine,
    pub(super) component: Component,
    pub(super) backend: String,
    /// SHA-256 of the component, in hexadecimal.
    pub(super) digest: String,
}

impl Artefact {
    /// Loads a backend that was compiled while the host was built. Never
    /// compiles: the host contains no compiler.
    pub fn bundled(bundled: &Bundled) -> Result<Self, SandboxError> {
        let does_not_load = |error: wasmtime::Error| SandboxError::DoesNotLoad {
            backend: bundled.id.to_owned(),
            reason: format!("{error:#}"),
        };
        let (engine, component) = native_code::bundled(bundled).map_err(does_not_load)?;
        Ok(Self {
            engine,
            component,
            backend: bundled.id.to_owned(),
            digest: bundled.digest.to_owned(),
        })
    }
}
