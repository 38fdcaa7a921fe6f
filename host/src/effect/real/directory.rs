use std::io::{Read, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::UNIX_EPOCH;

use cap_std::fs::{
    Dir, DirBuilder, DirBuilderExt, File, Metadata, MetadataExt, OpenOptions, OpenOptionsExt,
};
use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, Stat, Uid};

use super::fifo;
use super::parent::Parent;
use super::umask::Umask;
use crate::effect::{Bytes, Failure, FileKind, FileMetadata, Outcome, PathAction, Reply};

/// More entries than any scan directory holds.
const MOST_ENTRIES: usize = 200_000;

/// Bits that a directory or FIFO does not get from the call that creates it.
const SPECIAL: u32 = 0o7000;

/// Acts on a path, for every action that makes no handle.
pub(super) fn act(directory: &Dir, path: &str, action: &PathAction, umask: &Umask) -> Outcome {
    match action {
        PathAction::Read { limit } => return read(directory, path, *limit),
        PathAction::Entries => return entries(directory, path),
        PathAction::Metadata => return metadata(directory, path),
        PathAction::Write { contents, mode } => write(directory, path, contents, *mode, umask)?,
        PathAction::CreateFile { contents, mode } => {
            create_file(directory, path, contents, *mode, umask)?;
        }
        PathAction::CreateDirectory { mode } => create_directory(directory, path, *mode, umask)?,
        PathAction::CreateFifo { mode } => {
            let parent = Parent::of(directory, path)?;
            fifo::create(&parent, parent.name, *mode)?;
        }
        PathAction::CreateSymlink { target } => directory.symlink(target, path)?,
        PathAction::SetOwner { uid, gid } => {
            let parent = Parent::of(directory, path)?;
            rustix::fs::chownat(
                &*parent,
                parent.name,
                Some(Uid::from_raw(*uid)),
                Some(Gid::from_raw(*gid)),
                AtFlags::SYMLINK_NOFOLLOW,
            )?;
        }
        PathAction::Rename { new_path } => directory.rename(path, directory, new_path)?,
        PathAction::Remove => remove(directory, path)?,
        PathAction::RemoveTree => remove_tree(directory, path)?,
        PathAction::Signal { bytes, .. } => fifo::signal(directory, path, &bytes.0)?,
        PathAction::Expect { .. } => {}
        PathAction::OpenDirectory | PathAction::Listen { .. } | PathAction::CreateLink { .. } => {
            return Err(Failure::Refused);
        }
    }
    Ok(Reply::Done)
}

fn read(directory: &Dir, path: &str, limit: u32) -> Outcome {
    let mut options = OpenOptions::new();
    // A FIFO that somebody put there must not hold the host up.
    options
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let file = directory.open_with(path, &options)?;
    let stat = rustix::fs::fstat(&file)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {}
        FileType::Directory => return Err(Failure::IsADirectory),
        _ => return Err(Failure::Other("not a regular file".into())),
    }
    let size = u64::try_from(stat.st_size).unwrap_or(0);
    if size > u64::from(limit) {
        return Err(Failure::TooLarge);
    }
    // One byte more than the file has, so that its end is seen at once.
    let mut contents = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    let first = rustix::io::read(&file, spare_capacity(&mut contents))?;
    // A file of no size may be one that the kernel writes while it is read.
    if size == 0 || first as u64 != size {
        let rest = u64::from(limit) + 1 - first as u64;
        file.take(rest).read_to_end(&mut contents)?;
    }
    if contents.len() > limit as usize {
        return Err(Failure::TooLarge);
    }
    Ok(Reply::Bytes(Bytes(contents)))
}

fn write(
    directory: &Dir,
    path: &str,
    contents: &Bytes,
    mode: u32,
    umask: &Umask,
) -> Result<(), Failure> {
    static WRITTEN: AtomicU32 = AtomicU32::new(0);

    let parent = Parent::of(directory, path)?;
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let temporary = format!(".{}.{}.{number}", parent.name, std::process::id());
    let create = || create_file(&parent, &temporary, contents, mode, umask);
    let written = create()
        .or_else(|failure| match failure {
            // Left behind by a process of the same number that was killed: in a
            // container the numbers come back.
            Failure::AlreadyExists => {
                parent.remove_file(&temporary)?;
                create()
            }
            failure => Err(failure),
        })
        .and_then(|()| Ok(parent.rename(&temporary, &parent, parent.name)?));
    if written.is_err() {
        // The first failure is the one to report.
        let _ = parent.remove_file(&temporary);
    }
    written
}

fn create_file(
    directory: &Dir,
    path: &str,
    contents: &Bytes,
    mode: u32,
    umask: &Umask,
) -> Result<(), Failure> {
    // One call instead of two.
    if contents.0.is_empty() && mode & SPECIAL == 0 && !umask.affects(mode) {
        let parent = Parent::of(directory, path)?;
        let mode = Mode::from_raw_mode(mode);
        rustix::fs::mknodat(&*parent, parent.name, FileType::RegularFile, mode, 0)?;
        return Ok(());
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(mode & 0o777);
    let mut file = directory.open_with(path, &options)?;
    if !contents.0.is_empty() {
        file.write_all(&contents.0)?;
    }
    set_exact_mode(&file, mode, umask)
}

fn set_exact_mode(file: &File, mode: u32, umask: &Umask) -> Result<(), Failure> {
    if mode & SPECIAL != 0 || umask.affects(mode) {
        rustix::fs::fchmod(file, Mode::from_raw_mode(mode & 0o7777))?;
    }
    Ok(())
}

fn create_directory(directory: &Dir, path: &str, mode: u32, umask: &Umask) -> Result<(), Failure> {
    let mut builder = DirBuilder::new();
    builder.mode(mode & 0o777);
    let parent = Parent::of(directory, path)?;
    parent.create_dir_with(parent.name, &builder)?;
    if mode & SPECIAL != 0 || umask.affects(mode) {
        let created = rustix::fs::openat(
            &*parent,
            parent.name,
            OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        // Whoever may write here could have put something else in its place.
        if rustix::fs::fstat(&created)?.st_uid != rustix::process::geteuid().as_raw() {
            return Err(Failure::PermissionDenied);
        }
        rustix::fs::fchmod(&created, Mode::from_raw_mode(mode & 0o7777))?;
    }
    Ok(())
}

fn entries(directory: &Dir, path: &str) -> Outcome {
    let listing = match path {
        "." | "" => directory.entries()?,
        _ => directory.read_dir(path)?,
    };
    let mut entries = Vec::new();
    for entry in listing {
        let entry = entry?;
        // The contract speaks of text, and no service of ours has such a name.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if entries.len() == MOST_ENTRIES {
            return Err(Failure::TooLarge);
        }
        entries.push((name, kind(entry.file_type()?)));
    }
    Ok(Reply::Entries(entries))
}

fn metadata(directory: &Dir, path: &str) -> Outcome {
    // One call instead of three.
    let metadata = match path.contains('/') || matches!(path, "" | "." | "..") {
        true => of_metadata(&directory.symlink_metadata(path)?),
        false => of_stat(&rustix::fs::statat(
            directory,
            path,
            AtFlags::SYMLINK_NOFOLLOW,
        )?),
    };
    Ok(Reply::Metadata(metadata))
}

fn of_metadata(metadata: &Metadata) -> FileMetadata {
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.into_std().duration_since(UNIX_EPOCH).ok())
        .and_then(|since| u64::try_from(since.as_nanos()).ok())
        .unwrap_or(0);
    FileMetadata {
        kind: kind(metadata.file_type()),
        size: metadata.len(),
        mode: metadata.mode() & 0o7777,
        uid: metadata.uid(),
        gid: metadata.gid(),
        inode: metadata.ino(),
        modified,
    }
}

fn of_stat(stat: &Stat) -> FileMetadata {
    let modified = u64::try_from(stat.st_mtime)
        .ok()
        .and_then(|seconds| seconds.checked_mul(1_000_000_000))
        .and_then(|nanoseconds| nanoseconds.checked_add(stat.st_mtime_nsec))
        .unwrap_or(0);
    FileMetadata {
        kind: FileType::from_raw_mode(stat.st_mode).into(),
        size: u64::try_from(stat.st_size).unwrap_or(0),
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        inode: stat.st_ino,
        modified,
    }
}

fn kind(file_type: cap_std::fs::FileType) -> FileKind {
    use cap_std::fs::FileTypeExt;

    if file_type.is_file() {
        FileKind::File
    } else if file_type.is_dir() {
        FileKind::Directory
    } else if file_type.is_fifo() {
        FileKind::Fifo
    } else if file_type.is_socket() {
        FileKind::Socket
    } else if file_type.is_symlink() {
        FileKind::Symlink
    } else {
        FileKind::Other
    }
}

fn remove(directory: &Dir, path: &str) -> Result<(), Failure> {
    let parent = Parent::of(directory, path)?;
    match parent.remove_file(parent.name).map_err(Failure::from) {
        Err(Failure::IsADirectory) => Ok(parent.remove_dir(parent.name)?),
        removed => removed,
    }
}

fn remove_tree(directory: &Dir, path: &str) -> Result<(), Failure> {
    // `a/..` and `a/` would be emptied before they turn out to be nothing that
    // can be removed.
    let parent = Parent::of(directory, path)?;
    match parent.remove_dir_all(parent.name).map_err(Failure::from) {
        Err(Failure::NotADirectory) => Ok(parent.remove_file(parent.name)?),
        removed => removed,
    }
}
