//! What a run does to a directory.

use std::ffi::OsStr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::FileType;
use rustix::io::Errno;
use rustix::process::{getegid, geteuid};

use super::{Attributes, Content, Entry, Folder, State};

/// A directory whose group what is made in it gets.
const SET_GROUP_ID: u32 = 0o2000;

impl Folder {
    /// A new file, FIFO or link.
    pub(crate) fn create(&self, name: &OsStr, content: Content, mode: u32) -> Result<(), Errno> {
        self.check_free(name)?;
        let attributes = self.fresh(&content, mode)?;
        self.put_leaf(name, content, attributes);
        Ok(())
    }

    /// A whole file in the place of what is there.
    pub(crate) fn write(&self, name: &OsStr, contents: &[u8], mode: u32) -> Result<(), Errno> {
        self.check_writable()?;
        if let Some(victim) = self.attributes_of(name)? {
            if victim.is_directory() {
                return Err(Errno::ISDIR);
            }
            self.check_removable(&victim)?;
        }
        let content = Content::File(contents.to_vec());
        let attributes = self.fresh(&content, mode)?;
        self.put_leaf(name, content, attributes);
        Ok(())
    }

    /// Other contents in the file that is there; answers its mode.
    pub(crate) fn fill(&self, name: &OsStr, contents: Vec<u8>) -> Result<u32, Errno> {
        let found = self.attributes_of(name)?.ok_or(Errno::NOENT)?;
        let size = u64::try_from(contents.len()).unwrap_or(u64::MAX);
        self.put_leaf(name, Content::File(contents), Attributes { size, ..found });
        Ok(found.mode)
    }

    pub(crate) fn create_folder(&self, name: &OsStr, mode: u32) -> Result<Self, Errno> {
        self.check_free(name)?;
        let attributes = self.attributes_for(FileType::Directory, 0, mode)?;
        Ok(self.make_folder(name, attributes))
    }

    pub(super) fn make_folder(&self, name: &OsStr, attributes: Attributes) -> Self {
        let state = Arc::new(State::default());
        state.set_attributes(attributes);
        self.put(name, Entry::Folder(Arc::clone(&state)));
        Self::new(self.rehearsal.clone(), None, state)
    }

    /// A second name, for anything but a directory.
    pub(crate) fn link(&self, name: &OsStr, to: &Self, new_name: &OsStr) -> Result<(), Errno> {
        let entry = self.entry(name)?.ok_or(Errno::NOENT)?;
        to.check_free(new_name)?;
        if self.look(&entry)?.ok_or(Errno::NOENT)?.is_directory() {
            return Err(Errno::PERM);
        }
        to.put(new_name, entry);
        Ok(())
    }

    /// Replaces a file or an empty directory of that name.
    pub(crate) fn rename(&self, name: &OsStr, to: &Self, new_name: &OsStr) -> Result<(), Errno> {
        let entry = self.entry(name)?.ok_or(Errno::NOENT)?;
        let moved = self.look(&entry)?.ok_or(Errno::NOENT)?;
        self.check_removable(&moved)?;
        to.check_writable()?;
        if let Some(victim) = to.attributes_of(new_name)? {
            match (moved.is_directory(), victim.is_directory()) {
                _ if moved.inode == victim.inode => return Ok(()),
                (true, false) => return Err(Errno::NOTDIR),
                (false, true) => return Err(Errno::ISDIR),
                (true, true) => to.check_empty(new_name)?,
                (false, false) => {}
            }
            to.check_removable(&victim)?;
        }
        self.hide(name);
        to.put(new_name, entry);
        Ok(())
    }

    pub(crate) fn remove_file(&self, name: &OsStr) -> Result<(), Errno> {
        let victim = self.attributes_of(name)?.ok_or(Errno::NOENT)?;
        self.check_removable(&victim)?;
        if victim.is_directory() {
            return Err(Errno::ISDIR);
        }
        self.hide(name);
        Ok(())
    }

    /// A directory only if it is empty.
    pub(crate) fn remove(&self, name: &OsStr) -> Result<(), Errno> {
        match self.remove_file(name) {
            Err(Errno::ISDIR) => {
                self.check_empty(name)?;
                self.hide(name);
                Ok(())
            }
            removed => removed,
        }
    }

    pub(crate) fn remove_tree(&self, name: &OsStr) -> Result<(), Errno> {
        match self.remove_file(name) {
            Err(Errno::ISDIR) => {
                self.enter(name)?.check_emptyable()?;
                self.hide(name);
                Ok(())
            }
            removed => removed,
        }
    }

    pub(crate) fn set_owner(&self, name: &OsStr, uid: u32, gid: u32) -> Result<(), Errno> {
        let entry = self.entry(name)?.ok_or(Errno::NOENT)?;
        let found = self.look(&entry)?.ok_or(Errno::NOENT)?;
        if !geteuid().is_root() && (found.uid, found.gid) != (uid, gid) {
            return Err(Errno::PERM);
        }
        let attributes = Attributes { uid, gid, ..found };
        match entry {
            Entry::Leaf(leaf) => leaf.set_attributes(attributes),
            Entry::Folder(state) => state.set_attributes(attributes),
            Entry::Real(_) if found.is_directory() => {
                self.enter(name)?.state.set_attributes(attributes);
            }
            Entry::Real(origin) => self.put_leaf(name, Content::Real(origin), attributes),
        }
        Ok(())
    }

    fn check_free(&self, name: &OsStr) -> Result<(), Errno> {
        match self.entry(name)? {
            Some(_) => Err(Errno::EXIST),
            None => self.check_writable(),
        }
    }

    fn check_empty(&self, name: &OsStr) -> Result<(), Errno> {
        match self.enter(name)?.entries()?.is_empty() {
            true => Ok(()),
            false => Err(Errno::NOTEMPTY),
        }
    }

    fn fresh(&self, content: &Content, mode: u32) -> Result<Attributes, Errno> {
        let (kind, size) = match content {
            Content::File(contents) => (FileType::RegularFile, contents.len()),
            Content::Fifo { .. } => (FileType::Fifo, 0),
            Content::Symlink(target) => (FileType::Symlink, target.len()),
            Content::Real(_) => return Err(Errno::INVAL),
        };
        self.attributes_for(kind, u64::try_from(size).unwrap_or(u64::MAX), mode)
    }

    /// Of something new that is ours.
    pub(super) fn attributes_for(
        &self,
        kind: FileType,
        size: u64,
        mode: u32,
    ) -> Result<Attributes, Errno> {
        let own = self.attributes()?;
        let modified = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Ok(Attributes {
            kind,
            size,
            mode: mode & 0o7777,
            uid: geteuid().as_raw(),
            gid: match own.mode & SET_GROUP_ID {
                0 => getegid().as_raw(),
                _ => own.gid,
            },
            inode: self.rehearsal.next_inode(),
            modified: u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX),
        })
    }
}
