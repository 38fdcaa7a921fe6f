//! The built-in backends, compiled ahead of time while this crate is built, and
//! what compiling and loading have to agree on.

mod artefact_header;
mod digest;
mod engine_config;
mod page_aligned;

pub use artefact_header::{ArtefactHeader, LARGEST_ARTEFACT, LARGEST_COMPONENT};
use page_aligned::{PageAligned, embedded};

/// The target that the artefacts are compiled for: the host's own.
const TARGET: &str = env!("HERMES_TARGET");

/// The configuration under which the artefacts load.
///
/// # Errors
/// Where this build of wasmtime does not support the host's target.
pub fn engine_config() -> wasmtime::Result<wasmtime::Config> {
    engine_config::engine_config(TARGET)
}

/// SHA-256 in hexadecimal: how components and artefacts are named.
pub fn sha256(bytes: &[u8]) -> String {
    digest::sha256(bytes)
}

/// A backend that comes with the host.
#[derive(Debug, Clone, Copy)]
pub struct Bundled {
    /// As in its manifest.
    pub id: &'static str,
    /// Places, written as in a manifest, of which one is there wherever its supervisor
    /// is in charge: without any it need not be asked. Empty: it always is.
    pub signs: &'static [&'static str],
    /// Native code for the host, as wasmtime serialises it, from the start of a page: to
    /// be executed where it stands.
    pub artefact: &'static [u8],
    /// SHA-256 of the component the artefact was compiled from, in hexadecimal.
    pub digest: &'static str,
}

/// In the order in which they are asked whether they are in charge.
pub const BUNDLED: &[Bundled] = &[
    Bundled {
        id: "s6",
        signs: &[
            "$HERMES_S6_SCANDIR/.s6-svscan",
            "/run/hermes/service/.s6-svscan",
            "/run/service/.s6-svscan",
            "/run/s6/basedir",
        ],
        artefact: embedded!("s6.artefact"),
        digest: env!("HERMES_DIGEST_S6"),
    },
    Bundled {
        id: "systemd",
        signs: &["/run/systemd/system"],
        artefact: embedded!("systemd.artefact"),
        digest: env!("HERMES_DIGEST_SYSTEMD"),
    },
    Bundled {
        id: "noop",
        signs: &[],
        artefact: embedded!("noop.artefact"),
        digest: env!("HERMES_DIGEST_NOOP"),
    },
];
