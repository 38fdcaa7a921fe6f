//! The built-in backends, compiled ahead of time while this crate is built, and
//! what compiling and loading have to agree on.

mod artefact;
mod artefact_header;
mod digest;
mod engine_config;

use artefact::PageAligned;
pub use artefact::{Artefact, Broken};
pub use artefact_header::{ArtefactHeader, LARGEST_ARTEFACT, LARGEST_COMPONENT};

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
    /// Native code for the host.
    pub artefact: Artefact,
    /// SHA-256 of the component the artefact was compiled from, in hexadecimal.
    pub digest: &'static str,
}

const S6: &PageAligned<[u8]> =
    &PageAligned(*include_bytes!(concat!(env!("OUT_DIR"), "/s6.artefact")));
const SYSTEMD: &PageAligned<[u8]> = &PageAligned(*include_bytes!(concat!(
    env!("OUT_DIR"),
    "/systemd.artefact"
)));

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
        artefact: Artefact::InPlace(&S6.0),
        digest: env!("HERMES_DIGEST_S6"),
    },
    Bundled {
        id: "systemd",
        signs: &["/run/systemd/system"],
        artefact: Artefact::InPlace(&SYSTEMD.0),
        digest: env!("HERMES_DIGEST_SYSTEMD"),
    },
    Bundled {
        id: "noop",
        signs: &[],
        artefact: Artefact::Packed(include_bytes!(concat!(
            env!("OUT_DIR"),
            "/noop.artefact.lz4"
        ))),
        digest: env!("HERMES_DIGEST_NOOP"),
    },
];
