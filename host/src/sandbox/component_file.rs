use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use hermes_bundle::{LARGEST_COMPONENT, sha256};
use rustix::fs::OFlags;
use thiserror::Error;

use crate::os_error;
use crate::text::excerpt;

/// A backend from elsewhere, as it was read from its file.
pub struct ComponentFile {
    /// The file's name, fit to show: what the backend is called until it has
    /// said so itself.
    pub name: String,
    pub bytes: Vec<u8>,
    /// SHA-256 in hexadecimal.
    pub digest: String,
}

/// Why a component could not be read.
#[derive(Debug, Error)]
pub enum ComponentFileError {
    #[error("{}", os_error::words(.0))]
    Unreadable(#[from] io::Error),
    #[error("is not a file")]
    NotAFile,
    #[error("is larger than {} MiB", LARGEST_COMPONENT >> 20)]
    TooLarge,
}

impl ComponentFile {
    /// Never blocks, and reads once: what is compiled is what was hashed.
    pub fn read(path: &Path) -> Result<Self, ComponentFileError> {
        const LONGEST_NAME: usize = 100;
        let file = File::options()
            .read(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(path)?;
        if !file.metadata()?.is_file() {
            return Err(ComponentFileError::NotAFile);
        }
        let mut bytes = Vec::new();
        file.take(LARGEST_COMPONENT + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST_COMPONENT {
            return Err(ComponentFileError::TooLarge);
        }
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok(Self {
            name: excerpt(&name.to_string_lossy(), LONGEST_NAME),
            digest: sha256(&bytes),
            bytes,
        })
    }
}
