use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use hermes_host::effect::{
    Bytes, DirectoryId, Effect, Failure, FileKind, FileMetadata, Outcome, PathAction, Perform,
    Reply,
};
use rustix::fs::OFlags;

use crate::world::make_fifo;

/// What the host must not be: it appends the backend's path to the directory's
/// and believes the result.
#[derive(Default)]
pub(crate) struct Naive {
    directories: BTreeMap<DirectoryId, PathBuf>,
    opened: u32,
}

impl Naive {
    fn keep(&mut self, path: PathBuf) -> Reply {
        let id = DirectoryId(self.opened);
        self.opened += 1;
        self.directories.insert(id, path);
        Reply::Directory(id)
    }
}

impl Perform for Naive {
    fn perform(&mut self, effect: &Effect) -> Outcome {
        match effect {
            Effect::Open { label } => Ok(self.keep(Path::new("/").join(label))),
            Effect::CloseDirectory { directory } => {
                self.directories.remove(directory);
                Ok(Reply::Done)
            }
            Effect::Path {
                directory,
                path,
                action,
            } => {
                let directory = self.directories.get(directory).ok_or(Failure::Closed)?;
                let path = directory.join(path);
                match action {
                    PathAction::OpenDirectory => {
                        fs::read_dir(&path)?;
                        Ok(self.keep(path))
                    }
                    action => Ok(act(directory, &path, action)?),
                }
            }
            _ => Err(Failure::Refused),
        }
    }
}

fn act(directory: &Path, path: &Path, action: &PathAction) -> io::Result<Reply> {
    match action {
        PathAction::Read { limit } => return read(path, *limit),
        PathAction::Entries => return entries(path),
        PathAction::Metadata => return metadata(path),
        PathAction::Write { contents, mode } => {
            opened(path, false, *mode)?.write_all(&contents.0)?;
        }
        PathAction::CreateFile { contents, mode } => {
            opened(path, true, *mode)?.write_all(&contents.0)?;
        }
        PathAction::CreateDirectory { mode } => DirBuilder::new().mode(*mode).create(path)?,
        PathAction::CreateFifo { .. } | PathAction::Listen { .. } => make_fifo(path)?,
        PathAction::CreateSymlink { target } => std::os::unix::fs::symlink(target, path)?,
        PathAction::CreateLink { new_path, .. } => fs::hard_link(path, directory.join(new_path))?,
        PathAction::SetOwner { uid, gid } => {
            std::os::unix::fs::chown(path, Some(*uid), Some(*gid))?;
        }
        PathAction::Rename { new_path } => fs::rename(path, directory.join(new_path))?,
        PathAction::Remove => fs::remove_file(path).or_else(|_| fs::remove_dir(path))?,
        PathAction::RemoveTree => fs::remove_dir_all(path).or_else(|_| fs::remove_file(path))?,
        PathAction::Signal { bytes, .. } => opened(path, false, 0)?.write_all(&bytes.0)?,
        PathAction::Expect { .. } => {}
        PathAction::OpenDirectory => unreachable!("made a handle of above"),
    }
    Ok(Reply::Done)
}

/// Without blocking on a FIFO.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    options
}

fn opened(path: &Path, new: bool, mode: u32) -> io::Result<File> {
    let mut options = options();
    options.write(true).create(!new).create_new(new).mode(mode);
    options.open(path)
}

fn read(path: &Path, limit: u32) -> io::Result<Reply> {
    let mut contents = Vec::new();
    let file = options().read(true).open(path)?;
    file.take(u64::from(limit)).read_to_end(&mut contents)?;
    Ok(Reply::Bytes(Bytes(contents)))
}

fn entries(path: &Path) -> io::Result<Reply> {
    let names = fs::read_dir(path)?
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    Ok(Reply::Entries(
        names.map(|name| (name, FileKind::Other)).collect(),
    ))
}

fn metadata(path: &Path) -> io::Result<Reply> {
    let stat = fs::metadata(path)?;
    let modified = stat.mtime() * 1_000_000_000 + stat.mtime_nsec();
    Ok(Reply::Metadata(FileMetadata {
        kind: FileKind::Other,
        size: stat.len(),
        mode: stat.mode(),
        uid: stat.uid(),
        gid: stat.gid(),
        inode: stat.ino(),
        modified: modified.unsigned_abs(),
    }))
}
