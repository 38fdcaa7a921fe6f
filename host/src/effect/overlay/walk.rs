//! From a path to the directory that holds its last part: with symlinks on the
//! way followed, and never out of the directory it starts from.

use std::ffi::{OsStr, OsString};

use crate::effect::Failure;
use crate::rehearsal::Folder;

/// As many as Linux follows.
const MOST_LINKS: u32 = 40;

/// A name in a directory.
pub(super) struct Below {
    pub(super) folder: Folder,
    pub(super) name: OsString,
    /// As it was asked for.
    pub(super) path: String,
    /// The directories passed through, `folder` included.
    way: Vec<Folder>,
}

impl Below {
    /// Whether it is somewhere below the directory that `other` names.
    pub(super) fn lies_in(&self, other: &Self) -> Result<bool, Failure> {
        match other.folder.attributes_of(&other.name)? {
            Some(found) if found.is_directory() => {
                let directory = other.folder.enter(&other.name)?;
                Ok(self.way.iter().any(|passed| passed.is(&directory)))
            }
            _ => Ok(false),
        }
    }
}

pub(super) enum Found {
    /// The path ends at a directory without naming it: `.`, `a/..`.
    Itself(Folder),
    Below(Below),
}

/// The directory and name of something that is made, moved or removed: a plain
/// name, not followed if it is a link.
pub(super) fn parent(start: &Folder, path: &str) -> Result<Below, Failure> {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    if name.is_empty() || name == "." || name == ".." {
        return Err(Failure::Escapes);
    }
    match walk(start, path, false)? {
        Found::Below(below) => Ok(below),
        Found::Itself(_) => Err(Failure::Escapes),
    }
}

/// The same of something there, or of where a directory goes: that may have a
/// slash at its end.
pub(super) fn directory_or_name(start: &Folder, path: &str) -> Result<Below, Failure> {
    let bare = path.trim_end_matches('/');
    let below = parent(start, bare)?;
    match below.folder.attributes_of(&below.name)? {
        Some(found) if bare != path && !found.is_directory() => Err(Failure::NotADirectory),
        _ => Ok(below),
    }
}

/// A directory that is to be read.
pub(super) fn directory(start: &Folder, path: &str) -> Result<Folder, Failure> {
    match walk(start, path, true)? {
        Found::Itself(folder) => Ok(folder),
        Found::Below(Below { folder, name, .. }) => Ok(folder.open(&name)?),
    }
}

/// `follow`: the last part too, if it is a link.
pub(super) fn walk(start: &Folder, path: &str, follow: bool) -> Result<Found, Failure> {
    if path.is_empty() {
        return Err(Failure::NotFound);
    }
    if path.contains('\0') {
        return Err(Failure::Other("a path with a NUL byte".into()));
    }
    let mut way = vec![start.clone()];
    let mut ahead = Vec::new();
    put_ahead(&mut ahead, path)?;
    let mut links = 0;
    while let Some(part) = ahead.pop() {
        if part == ".." {
            way.pop();
            if way.is_empty() {
                return Err(Failure::Escapes);
            }
            continue;
        }
        let folder = way.last().ok_or(Failure::Escapes)?;
        let name = OsStr::new(&part);
        let is_last = ahead.is_empty();
        let found = folder.attributes_of(name)?;
        match found {
            Some(found) if found.is_symlink() && (follow || !is_last) => {
                links += 1;
                if links > MOST_LINKS {
                    return Err(Failure::Other("too many symbolic links".into()));
                }
                let target = folder.link_target(name)?;
                put_ahead(&mut ahead, &target.to_string_lossy())?;
            }
            _ if is_last => {
                return Ok(Found::Below(Below {
                    folder: folder.clone(),
                    name: name.to_owned(),
                    path: path.to_owned(),
                    way,
                }));
            }
            Some(found) if found.is_directory() => {
                let entered = folder.enter(name)?;
                way.push(entered);
            }
            Some(_) => return Err(Failure::NotADirectory),
            None => return Err(Failure::NotFound),
        }
    }
    way.pop().map(Found::Itself).ok_or(Failure::Escapes)
}

fn put_ahead(ahead: &mut Vec<String>, path: &str) -> Result<(), Failure> {
    if path.starts_with('/') {
        return Err(Failure::Escapes);
    }
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    ahead.extend(parts.rev().map(str::to_owned));
    Ok(())
}
