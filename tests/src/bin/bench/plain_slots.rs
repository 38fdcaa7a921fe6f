use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::process::{Cost, run};
use crate::storage;

/// What this program calls itself as.
pub(crate) const INSIDE: &str = "--plain-slots";

/// What is in a slot because somebody supervises it.
const SUPERVISED: [&str; 2] = ["supervise", "event"];

/// What a program takes for as many slots like one that is there, which does nothing but
/// the usual calls for each file of each of them: what this machine asks for files.
pub(crate) fn measure(slot: &Path, slots: u32) -> Result<Cost> {
    let program = std::env::current_exe()?;
    run(Command::new(program)
        .arg(INSIDE)
        .arg(slot)
        .arg(slots.to_string()))
}

/// The program.
pub(crate) fn write(arguments: &[&str]) -> Result<()> {
    let [slot, slots] = arguments else {
        anyhow::bail!("usage: bench {INSIDE} SLOT NUMBER");
    };
    let slots: u32 = slots.parse().context("NUMBER")?;
    let mut entries = Vec::new();
    look(
        Path::new(slot),
        Path::new(""),
        &mut entries,
        &mut BTreeMap::new(),
    )?;
    let directory = TempDir::with_prefix_in("hermes-bench-plain-", storage::memory()?)?.keep();
    for number in 0..slots {
        let staged = directory.join(format!(".stage-{number:05}"));
        DirBuilder::new().mode(0o755).create(&staged)?;
        for entry in &entries {
            entry.write(&staged)?;
        }
        fs::rename(&staged, directory.join(format!("gateway-{number:05}")))?;
    }
    // Not what is measured, and the memory is needed.
    Command::new("rm").arg("-rf").arg(&directory).spawn()?;
    Ok(())
}

/// Relative to the slot.
struct Entry {
    path: PathBuf,
    mode: u32,
    contents: Contents,
}

enum Contents {
    Directory,
    File(Vec<u8>),
    /// A second name of another file of the slot.
    Link(PathBuf),
}

impl Entry {
    fn write(&self, slot: &Path) -> Result<()> {
        let path = slot.join(&self.path);
        match &self.contents {
            Contents::Directory => DirBuilder::new().mode(self.mode).create(path)?,
            Contents::Link(other) => fs::hard_link(slot.join(other), path)?,
            Contents::File(bytes) => OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(self.mode)
                .open(path)?
                .write_all(bytes)?,
        }
        Ok(())
    }
}

/// All that is in a slot, parents first. `names`: of the files so far, by their inodes.
fn look(
    slot: &Path,
    below: &Path,
    entries: &mut Vec<Entry>,
    names: &mut BTreeMap<u64, PathBuf>,
) -> Result<()> {
    let mut found: Vec<_> = fs::read_dir(slot.join(below))?.collect::<Result<_, _>>()?;
    found.sort_by_key(fs::DirEntry::file_name);
    for entry in found {
        let (name, metadata) = (entry.file_name(), entry.metadata()?);
        if SUPERVISED.iter().any(|supervised| name == *supervised) {
            continue;
        }
        let path = below.join(&name);
        let mode = metadata.mode() & 0o777;
        let is_directory = metadata.is_dir();
        let contents = match names.get(&metadata.ino()) {
            _ if is_directory => Contents::Directory,
            Some(other) => Contents::Link(other.clone()),
            None => {
                names.insert(metadata.ino(), path.clone());
                Contents::File(fs::read(entry.path())?)
            }
        };
        entries.push(Entry {
            path: path.clone(),
            mode,
            contents,
        });
        if is_directory {
            look(slot, &path, entries, names)?;
        }
    }
    Ok(())
}
