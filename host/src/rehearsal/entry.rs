use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::sync::{Arc, Mutex, MutexGuard};

use cap_std::fs::Dir;
use rustix::fs::{FileType, Stat};

use super::locked;

/// What a name stands for.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    /// Something of the machine's, maybe under another name now.
    Real(Origin),
    /// A directory that the rehearsal has made.
    Folder(Arc<State>),
    /// Anything else that it has made or changed; hard links share it.
    Leaf(Arc<Leaf>),
}

/// Where something is on the machine.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) folder: Arc<Dir>,
    pub(crate) name: OsString,
}

#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) content: Content,
    pub(super) attributes: Mutex<Attributes>,
}

#[derive(Debug)]
pub(crate) enum Content {
    /// The machine's own, under other attributes.
    Real(Origin),
    File(Vec<u8>),
    /// `read`: somebody listens.
    Fifo {
        read: bool,
    },
    Symlink(OsString),
}

/// What a rehearsal has changed in one directory.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// `None`: what the machine has under this name is gone.
    changes: Mutex<BTreeMap<OsString, Option<Entry>>>,
    /// `None`: as on the machine.
    attributes: Mutex<Option<Attributes>>,
}

impl Leaf {
    pub(crate) fn attributes(&self) -> Attributes {
        *locked(&self.attributes)
    }

    pub(super) fn set_attributes(&self, attributes: Attributes) {
        *locked(&self.attributes) = attributes;
    }
}

impl State {
    pub(super) fn attributes(&self) -> Option<Attributes> {
        *locked(&self.attributes)
    }

    pub(super) fn set_attributes(&self, attributes: Attributes) {
        *locked(&self.attributes) = Some(attributes);
    }

    pub(super) fn change(&self, name: &OsStr, entry: Option<Entry>) {
        locked(&self.changes).insert(name.to_owned(), entry);
    }

    pub(super) fn changes(&self) -> MutexGuard<'_, BTreeMap<OsString, Option<Entry>>> {
        locked(&self.changes)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) kind: FileType,
    pub(crate) size: u64,
    /// Permission, set-id and sticky bits.
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) inode: u64,
    /// Nanoseconds since the Unix epoch.
    pub(crate) modified: u64,
}

impl From<Stat> for Attributes {
    fn from(stat: Stat) -> Self {
        let seconds = u64::try_from(stat.st_mtime).unwrap_or(0);
        Self {
            kind: FileType::from_raw_mode(stat.st_mode),
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            inode: stat.st_ino,
            modified: seconds.saturating_mul(1_000_000_000) + stat.st_mtime_nsec,
        }
    }
}

impl Attributes {
    pub(crate) fn is_directory(&self) -> bool {
        self.kind == FileType::Directory
    }

    pub(crate) fn is_symlink(&self) -> bool {
        self.kind == FileType::Symlink
    }
}
