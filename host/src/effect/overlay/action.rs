use std::ffi::OsStr;

use rustix::io::Errno;

use super::walk::{self, Below, Found};
use crate::effect::{
    Bytes, Expectation, Failure, FileMetadata, Outcome, PathAction, Reply, place, real,
};
use crate::rehearsal::{Attributes, Change, Content, Contents, Entry, Folder, Leaf, Origin};

/// Answers an action on a path, and changes what the next one finds.
pub(super) fn act(folder: &Folder, path: &str, action: &PathAction) -> Outcome {
    match action {
        PathAction::Read { .. } | PathAction::Signal { .. } => return reach(folder, path, action),
        PathAction::Entries if path.is_empty() => return entries(folder),
        PathAction::Entries => return entries(&walk::directory(folder, path)?),
        PathAction::Metadata => return metadata(folder, path),
        PathAction::Expect { expectation, .. } => foresee(folder, path, expectation)?,
        PathAction::OpenDirectory | PathAction::Listen { .. } | PathAction::CreateLink { .. } => {
            return Err(Failure::Refused);
        }
        PathAction::CreateSymlink { target } if target.is_empty() => return Err(Failure::NotFound),
        PathAction::CreateSymlink { target } if target.starts_with('/') => {
            return Err(Failure::Escapes);
        }
        PathAction::Rename { new_path } => rename(folder, path, new_path)?,
        PathAction::Remove => {
            let Below { folder, name, .. } = walk::parent(folder, path)?;
            folder.remove(&name)?;
        }
        _ => change_at(&walk::parent(folder, path)?, action)?,
    }
    Ok(Reply::Done)
}

fn change_at(at: &Below, action: &PathAction) -> Result<(), Failure> {
    let Below { folder, name, .. } = at;
    match action {
        PathAction::Write { contents, mode } => folder.write(name, &contents.0, *mode)?,
        PathAction::CreateFile { contents, mode } => {
            folder.create(name, Content::File(contents.0.clone()), *mode)?;
        }
        PathAction::CreateDirectory { mode } => folder.create_folder(name, *mode).map(drop)?,
        PathAction::CreateFifo { mode } => {
            folder.create(name, Content::Fifo { read: false }, *mode)?;
        }
        PathAction::CreateSymlink { target } => {
            folder.create(name, Content::Symlink(target.into()), 0o777)?;
        }
        PathAction::SetOwner { uid, gid } => folder.set_owner(name, *uid, *gid)?,
        PathAction::RemoveTree => folder.remove_tree(name)?,
        _ => return Err(Failure::Refused),
    }
    Ok(())
}

/// A second name for a file, below another directory or the same.
pub(super) fn link(
    start: &Folder,
    path: &str,
    other: &Folder,
    new_path: &str,
) -> Result<(), Failure> {
    let at = walk::parent(start, path)?;
    let new = walk::parent(other, new_path)?;
    Ok(at.folder.link(&at.name, &new.folder, &new.name)?)
}

fn rename(start: &Folder, path: &str, new_path: &str) -> Result<(), Failure> {
    let at = walk::directory_or_name(start, path)?;
    // A slash at the end of what it becomes says nothing, as on the machine.
    let new = walk::parent(start, new_path.trim_end_matches('/'))?;
    if at.folder.attributes_of(&at.name)?.is_none() {
        return Err(Errno::NOENT.into());
    }
    if new.lies_in(&at)? {
        return Err(Errno::INVAL.into());
    }
    if at.lies_in(&new)? {
        return Err(Errno::NOTEMPTY.into());
    }
    Ok(at.folder.rename(&at.name, &new.folder, &new.name)?)
}

/// A FIFO of ours that we read ourselves, in the place of any other file.
pub(super) fn make_listener(at: &Below, mode: u32) -> Result<(), Failure> {
    let Below { folder, name, .. } = at;
    match folder.attributes_of(name)? {
        Some(found) if found.is_directory() => return Err(Failure::IsADirectory),
        Some(_) => folder.remove_file(name)?,
        None => {}
    }
    Ok(folder.create(name, Content::Fifo { read: true }, mode)?)
}

/// Reads a file or asks for a FIFO's reader: the machine's own only looked at.
fn reach(folder: &Folder, path: &str, action: &PathAction) -> Outcome {
    let (folder, name) = match walk::walk(folder, path, true)? {
        Found::Itself(_) => return Err(Failure::IsADirectory),
        Found::Below(Below { folder, name, .. }) => (folder, name),
    };
    match folder.entry(&name)?.ok_or(Failure::NotFound)? {
        Entry::Folder(_) => Err(Failure::IsADirectory),
        Entry::Real(origin) => on_machine(&origin, action),
        Entry::Leaf(leaf) => made(&leaf, action),
    }
}

fn on_machine(origin: &Origin, action: &PathAction) -> Outcome {
    let Origin { folder, name } = origin;
    let name = name.to_str().ok_or(Failure::NotFound)?;
    match action {
        PathAction::Signal { .. } => {
            let (bytes, meaning) = (Bytes::default(), String::new());
            real::look(folder, name, &PathAction::Signal { bytes, meaning })
        }
        _ => real::look(folder, name, action),
    }
}

fn made(leaf: &Leaf, action: &PathAction) -> Outcome {
    match (&leaf.content, action) {
        (Content::Real(origin), _) => on_machine(origin, action),
        (Content::File(contents), PathAction::Read { limit }) => {
            match contents.len() > *limit as usize {
                true => Err(Failure::TooLarge),
                false => Ok(Reply::Bytes(Bytes(contents.clone()))),
            }
        }
        (_, PathAction::Read { .. }) => Err(Failure::Other("not a regular file".into())),
        (Content::Fifo { read: true }, _) => Ok(Reply::Done),
        (Content::Fifo { read: false }, _) => Err(Failure::NoReader),
        _ => Err(Failure::Other("not a FIFO".into())),
    }
}

fn entries(folder: &Folder) -> Outcome {
    let entries = folder.entries()?.into_iter();
    Ok(Reply::Entries(
        entries
            .filter_map(|(name, kind)| Some((name.into_string().ok()?, kind.into())))
            .collect(),
    ))
}

fn metadata(folder: &Folder, path: &str) -> Outcome {
    let found = match walk::walk(folder, path, false)? {
        Found::Itself(folder) => folder.attributes()?,
        Found::Below(Below { folder, name, .. }) => {
            folder.attributes_of(&name)?.ok_or(Failure::NotFound)?
        }
    };
    let Attributes { kind, size, .. } = found;
    Ok(Reply::Metadata(FileMetadata {
        kind: kind.into(),
        size,
        mode: found.mode,
        uid: found.uid,
        gid: found.gid,
        inode: found.inode,
        modified: found.modified,
    }))
}

/// What others do needs no permission of ours, and they make the directories on
/// the way.
fn foresee(start: &Folder, path: &str, expectation: &Expectation) -> Result<(), Failure> {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    if path.starts_with('/')
        || matches!(name, "" | "." | "..")
        || folders.split('/').any(|part| part == "..")
    {
        return Err(Failure::Escapes);
    }
    let mut folder = start.clone();
    for part in folders.split('/').filter(|part| !part.is_empty()) {
        folder = folder.foresee_folder(OsStr::new(part))?;
    }
    let name = OsStr::new(name);
    match expectation {
        Expectation::Contents(contents) => folder.foresee_file(name, &contents.0)?,
        Expectation::Reader => folder.foresee_fifo(name, true)?,
        Expectation::NoReader => folder.foresee_fifo(name, false)?,
        Expectation::Absent => folder.foresee_nothing(name),
    }
    Ok(())
}

/// What an action that succeeded has changed, in the words of a plan; `None`:
/// nothing. `place`: of the directory that the path starts from.
pub(super) fn change(place: &str, path: &str, action: &PathAction) -> Option<Change> {
    let at = |path: &str| place::below(place, path);
    let path = at(path);
    Some(match action {
        PathAction::OpenDirectory
        | PathAction::Read { .. }
        | PathAction::Entries
        | PathAction::Metadata
        // Its second path may start elsewhere.
        | PathAction::CreateLink { .. } => return None,
        // It only asked for a reader.
        PathAction::Signal { bytes, .. } if bytes.0.is_empty() => return None,
        PathAction::Signal { bytes, meaning } => Change::Signal {
            path,
            bytes: bytes.clone(),
            meaning: meaning.clone(),
        },
        PathAction::Write { contents, mode } => Change::Write {
            path,
            mode: *mode,
            contents: Contents::new(&contents.0, *mode),
        },
        PathAction::CreateFile { contents, mode } => Change::CreateFile {
            path,
            mode: *mode,
            contents: Contents::new(&contents.0, *mode),
        },
        PathAction::CreateDirectory { mode } => Change::CreateDirectory { path, mode: *mode },
        PathAction::CreateFifo { mode } => Change::CreateFifo { path, mode: *mode },
        PathAction::CreateSymlink { target } => Change::CreateSymlink {
            path,
            target: target.clone(),
        },
        PathAction::SetOwner { uid, gid } => Change::SetOwner {
            path,
            uid: *uid,
            gid: *gid,
        },
        PathAction::Rename { new_path } => Change::Rename {
            path,
            new_path: at(new_path),
        },
        PathAction::Remove => Change::Remove { path },
        PathAction::RemoveTree => Change::RemoveTree { path },
        PathAction::Listen { mode } => Change::Listen { path, mode: *mode },
        PathAction::Expect { meaning, .. } => Change::Expect {
            path,
            meaning: meaning.clone(),
        },
    })
}
