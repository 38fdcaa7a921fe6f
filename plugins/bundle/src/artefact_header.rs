use serde::{Deserialize, Serialize};

use crate::digest::sha256;

/// Bytes of the largest component that is compiled: one in Python has 18 MB.
pub const LARGEST_COMPONENT: u64 = 64 << 20;

/// Bytes of the largest artefact.
pub const LARGEST_ARTEFACT: u64 = 256 << 20;

/// The line of JSON that `hermes-plugin` puts before an artefact, so that
/// `hermes-host` sees whether it has all of it and from a compiler of its own
/// version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtefactHeader {
    /// Of the program that compiled it.
    pub version: String,
    /// Bytes of the artefact.
    pub size: u64,
    /// SHA-256 of the artefact, in hexadecimal.
    pub digest: String,
}

impl ArtefactHeader {
    pub fn of(artefact: &[u8]) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            size: artefact.len() as u64,
            digest: sha256(artefact),
        }
    }
}
