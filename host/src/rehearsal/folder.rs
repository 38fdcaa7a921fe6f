use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use cap_std::fs::Dir;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, statat};
use rustix::io::Errno;

use super::{Attributes, Content, Entry, Leaf, Origin, Rehearsal, State};

/// Nothing is read through it, so that no permission to read is needed.
const LOOK: OFlags = OFlags::PATH
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

const LIST: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// An open directory in a rehearsal. Names are single components; what goes
/// wrong is what the system would say.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(super) rehearsal: Rehearsal,
    /// The machine's own; `None`: the rehearsal has made it.
    pub(super) below: Option<Arc<Dir>>,
    pub(super) state: Arc<State>,
}

impl Folder {
    pub(super) fn new(rehearsal: Rehearsal, below: Option<Arc<Dir>>, state: Arc<State>) -> Self {
        Self {
            rehearsal,
            below,
            state,
        }
    }

    pub(crate) fn rehearsal(&self) -> &Rehearsal {
        &self.rehearsal
    }

    /// The machine's own directory, if there is one.
    pub(crate) fn machine(&self) -> Option<Arc<Dir>> {
        self.below.clone()
    }

    /// Whether both are the same directory.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
    }

    pub(crate) fn entry(&self, name: &OsStr) -> Result<Option<Entry>, Errno> {
        if let Some(changed) = self.state.changes().get(name) {
            return Ok(changed.clone());
        }
        let Some(below) = &self.below else {
            return Ok(None);
        };
        match statat(below, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(Some(Entry::Real(Origin {
                folder: Arc::clone(below),
                name: name.to_owned(),
            }))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    /// What `name` is, no link followed.
    pub(crate) fn attributes_of(&self, name: &OsStr) -> Result<Option<Attributes>, Errno> {
        match self.entry(name)? {
            None => Ok(None),
            Some(entry) => self.look(&entry),
        }
    }

    /// The directory's own.
    pub(crate) fn attributes(&self) -> Result<Attributes, Errno> {
        match (self.state.attributes(), &self.below) {
            (Some(attributes), _) => Ok(attributes),
            (None, Some(below)) => Ok(rustix::fs::fstat(below)?.into()),
            (None, None) => Err(Errno::NOENT),
        }
    }

    pub(super) fn look(&self, entry: &Entry) -> Result<Option<Attributes>, Errno> {
        match entry {
            Entry::Leaf(leaf) => Ok(Some(leaf.attributes())),
            Entry::Folder(state) => Ok(state.attributes()),
            Entry::Real(origin) => {
                let found = statat(&origin.folder, &origin.name, AtFlags::SYMLINK_NOFOLLOW);
                let stat = match found {
                    Ok(stat) => stat,
                    Err(Errno::NOENT) => return Ok(None),
                    Err(errno) => return Err(errno),
                };
                let changed = match FileType::from_raw_mode(stat.st_mode) {
                    FileType::Directory => {
                        self.rehearsal.state(stat.st_dev, stat.st_ino).attributes()
                    }
                    _ => None,
                };
                Ok(Some(changed.unwrap_or_else(|| stat.into())))
            }
        }
    }

    /// The directory `name`, to pass through; no link is followed.
    pub(crate) fn enter(&self, name: &OsStr) -> Result<Self, Errno> {
        match self.entry(name)?.ok_or(Errno::NOENT)? {
            Entry::Real(origin) => {
                let directory =
                    rustix::fs::openat(&origin.folder, &origin.name, LOOK, Mode::empty())?;
                self.rehearsal.folder(directory)
            }
            Entry::Folder(state) => Ok(Self::new(self.rehearsal.clone(), None, state)),
            Entry::Leaf(_) => Err(Errno::NOTDIR),
        }
    }

    /// The directory `name`, which has to be readable.
    pub(crate) fn open(&self, name: &OsStr) -> Result<Self, Errno> {
        let folder = self.enter(name)?;
        folder.check_readable()?;
        Ok(folder)
    }

    /// The names in it and what they are, in no order.
    pub(crate) fn entries(&self) -> Result<Vec<(OsString, FileType)>, Errno> {
        let changes = self.state.changes().clone();
        let mut entries = Vec::new();
        if let Some(below) = &self.below {
            let listed = rustix::fs::openat(below, ".", LIST, Mode::empty())?;
            for entry in rustix::fs::Dir::new(listed)? {
                let entry = entry?;
                let name = OsStr::from_bytes(entry.file_name().to_bytes());
                if name == "." || name == ".." || changes.contains_key(name) {
                    continue;
                }
                let kind = match entry.file_type() {
                    FileType::Unknown => self.attributes_of(name)?.map(|found| found.kind),
                    known => Some(known),
                };
                entries.extend(kind.map(|kind| (name.to_owned(), kind)));
            }
        }
        for (name, entry) in &changes {
            if let Some(entry) = entry
                && let Some(found) = self.look(entry)?
            {
                entries.push((name.clone(), found.kind));
            }
        }
        Ok(entries)
    }

    pub(crate) fn link_target(&self, name: &OsStr) -> Result<OsString, Errno> {
        let origin = match self.entry(name)?.ok_or(Errno::NOENT)? {
            Entry::Leaf(leaf) => match &leaf.content {
                Content::Symlink(target) => return Ok(target.clone()),
                Content::Real(origin) => origin.clone(),
                _ => return Err(Errno::INVAL),
            },
            Entry::Real(origin) => origin,
            Entry::Folder(_) => return Err(Errno::INVAL),
        };
        let target = rustix::fs::readlinkat(&origin.folder, &origin.name, Vec::new())?;
        Ok(OsStr::from_bytes(target.to_bytes()).to_owned())
    }

    /// What was made here is new: nobody has opened it.
    pub(super) fn put(&self, name: &OsStr, entry: Entry) {
        self.state.change(name, Some(entry));
    }

    pub(super) fn hide(&self, name: &OsStr) {
        self.state.change(name, None);
    }

    pub(super) fn put_leaf(&self, name: &OsStr, content: Content, attributes: Attributes) {
        let leaf = Leaf {
            content,
            attributes: attributes.into(),
        };
        self.put(name, Entry::Leaf(Arc::new(leaf)));
    }
}
