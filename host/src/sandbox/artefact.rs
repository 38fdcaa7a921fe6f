use hermes_bundle::Bundled;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::{Compiled, Mismatch, SandboxError, Surface, native_code};
use crate::text::excerpt;

/// A backend ready to be instantiated.
pub struct Artefact {
    pub(super) engine: Engine,
    pub(super) component: Component,
    pub(super) backend: String,
    /// SHA-256 of the component, in hexadecimal.
    pub(super) digest: String,
    /// Built together with the host, so that the two fit each other.
    is_bundled: bool,
}

impl Artefact {
    /// Loads a backend that was compiled while the host was built. Never
    /// compiles: the host contains no compiler.
    pub fn bundled(bundled: &Bundled) -> Result<Self, SandboxError> {
        let (engine, component) =
            native_code::bundled(bundled).map_err(|error| does_not_load(bundled.id, &error))?;
        Ok(Self {
            is_bundled: true,
            ..Self::new(bundled.id, bundled.digest, engine, component)
        })
    }

    /// Loads a backend from elsewhere, which is called by its file's name.
    pub fn compiled(compiled: &Compiled) -> Result<Self, SandboxError> {
        let (engine, component) = native_code::compiled(compiled)
            .map_err(|error| does_not_load(&compiled.name, &error))?;
        Ok(Self::new(
            &compiled.name,
            &compiled.digest,
            engine,
            component,
        ))
    }

    /// One that is loaded already. `digest`: of the component, SHA-256 in
    /// hexadecimal.
    pub fn new(backend: &str, digest: &str, engine: Engine, component: Component) -> Self {
        Self {
            engine,
            component,
            backend: backend.to_owned(),
            digest: digest.to_owned(),
            is_bundled: false,
        }
    }

    /// What it imports and exports.
    pub fn surface(&self) -> Surface {
        Surface::of(&self.engine, &self.component)
    }

    /// Compares what it imports and exports with what this host offers.
    pub fn check(&self) -> Result<(), SandboxError> {
        if self.is_bundled {
            return Ok(());
        }
        self.surface()
            .check()
            .map_err(|mismatch| self.does_not_fit(mismatch))
    }

    /// Its names fit and its functions do not.
    pub(super) fn misshapen(&self, error: &wasmtime::Error) -> SandboxError {
        self.does_not_fit(Mismatch::Shape {
            words: words(error),
            contract: self.surface().contract(),
        })
    }

    fn does_not_fit(&self, mismatch: Mismatch) -> SandboxError {
        SandboxError::DoesNotFit {
            backend: self.backend.clone(),
            mismatch,
        }
    }
}

fn does_not_load(backend: &str, error: &wasmtime::Error) -> SandboxError {
    SandboxError::DoesNotLoad {
        backend: backend.to_owned(),
        reason: words(error),
    }
}

/// wasmtime's words, which may quote the component's names.
fn words(error: &wasmtime::Error) -> String {
    excerpt(&format!("{error:#}"), 500)
}
