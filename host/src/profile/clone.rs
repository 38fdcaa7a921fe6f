//! Copying a persona: who the agent is, not what it was doing. State, records and locks stay.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::env_file::{self, ENV_FILE, EnvFile};
use super::error::ProfileError;
use super::{PERSONA, port};
use crate::volume::{FileKind, VolumeDir};

const FILES: [&str; 2] = [PERSONA, "config.yaml"];
const TREES: [&str; 2] = ["memories", "skills"];

/// Bounds for what the agent put there.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
const MAX_ENTRIES: u64 = 100_000;
const MAX_DEPTH: u64 = 64;

/// Something in a persona that is not copied: a link, FIFO, socket or device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Relative to the profile. Shown only after [`crate::text::sanitise`].
    pub path: PathBuf,
    /// What it is.
    pub kind: FileKind,
}

/// Copies the persona in `source` to the empty directory `target`, without syncing.
pub(super) fn clone_persona(
    source: &VolumeDir,
    target: &VolumeDir,
) -> Result<Vec<Skipped>, ProfileError> {
    let mut cloner = Cloner {
        source,
        bytes: 0,
        entries: 0,
        skipped: Vec::new(),
    };
    for name in FILES {
        match source.kind(name)? {
            None => {}
            Some(FileKind::File) => cloner.file(source, target, name.as_ref())?,
            Some(kind) => cloner.skip(Path::new(name), kind),
        }
    }
    match source.kind(ENV_FILE)? {
        None => {}
        Some(FileKind::File) => cloner.env_file(source, target)?,
        Some(kind) => cloner.skip(Path::new(ENV_FILE), kind),
    }
    for name in TREES {
        match source.kind(name)? {
            None => {}
            Some(FileKind::Directory) => {
                cloner.tree(source, target, name.as_ref(), Path::new(name), 1)?;
            }
            Some(kind) => cloner.skip(Path::new(name), kind),
        }
    }
    Ok(cloner.skipped)
}

struct Cloner<'a> {
    source: &'a VolumeDir,
    bytes: u64,
    entries: u64,
    skipped: Vec<Skipped>,
}

impl Cloner<'_> {
    fn tree(
        &mut self,
        source: &VolumeDir,
        target: &VolumeDir,
        name: &OsStr,
        path: &Path,
        depth: u64,
    ) -> Result<(), ProfileError> {
        if depth > MAX_DEPTH {
            return Err(self.too_large(MAX_DEPTH, "levels of directories"));
        }
        let mode = source.mode(name)?.unwrap_or(0o700);
        let Some(source) = source.directory(name)? else {
            return Ok(());
        };
        // Writable for ourselves, or we could not fill it.
        let target = target.create_directory(name, mode | 0o700)?;
        for (entry, kind) in source.entries()? {
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err(self.too_large(MAX_ENTRIES, "files"));
            }
            let path = path.join(&entry);
            match kind {
                FileKind::File => self.file(&source, &target, &entry)?,
                FileKind::Directory => self.tree(&source, &target, &entry, &path, depth + 1)?,
                FileKind::Symlink | FileKind::Other => self.skip(&path, kind),
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        source: &VolumeDir,
        target: &VolumeDir,
        name: &OsStr,
    ) -> Result<(), ProfileError> {
        let mode = source.mode(name)?.unwrap_or(0o600);
        let Some(bytes) = source.read(name, MAX_BYTES)? else {
            return Ok(());
        };
        self.bytes += bytes.len() as u64;
        if self.bytes > MAX_BYTES {
            return Err(self.too_large(MAX_BYTES, "bytes"));
        }
        Ok(target.copy(name, &bytes, mode)?)
    }

    /// Two profiles cannot listen on the same port.
    fn env_file(&mut self, source: &VolumeDir, target: &VolumeDir) -> Result<(), ProfileError> {
        let mode = source.mode(ENV_FILE)?.unwrap_or(0o600);
        let Some(bytes) = source.read(ENV_FILE, env_file::MAX_SIZE)? else {
            return Ok(());
        };
        self.bytes += bytes.len() as u64;
        let bytes = EnvFile::without(&bytes, port::VARIABLE);
        Ok(target.copy(ENV_FILE, &bytes, mode)?)
    }

    fn skip(&mut self, path: &Path, kind: FileKind) {
        self.skipped.push(Skipped {
            path: path.to_owned(),
            kind,
        });
    }

    fn too_large(&self, limit: u64, unit: &'static str) -> ProfileError {
        ProfileError::CloneTooLarge {
            path: self.source.path().to_owned(),
            limit,
            unit,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
