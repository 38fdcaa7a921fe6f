//! The same in a dry run: the plan says what would be done.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

use super::read::OPEN_FILE;
use super::{Appended, VolumeDir, VolumeError};
use crate::rehearsal::{Change, Content, Contents, Entry, Folder, Origin};
use crate::text::sanitise;

/// As the plan calls us.
const HOST: &str = "host";

impl VolumeDir {
    /// Adds what was done to `name` to the plan, in a dry run.
    pub(super) fn note(&self, name: &OsStr, change: impl FnOnce(String) -> Change) {
        if let Some(folder) = &self.rehearsed {
            let change = change(shown(&self.path.join(name)));
            folder.rehearsal().note(HOST, change);
        }
    }

    /// A directory in this one.
    pub(super) fn within(&self, folder: Folder, name: &OsStr) -> Self {
        Self {
            dir: folder.machine().unwrap_or_else(|| Arc::clone(&self.dir)),
            path: self.path.join(name),
            rehearsed: Some(folder),
        }
    }

    pub(super) fn rehearse_read(
        &self,
        folder: &Folder,
        name: &OsStr,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, VolumeError> {
        let entry = folder.entry(name);
        let leaf = match entry.map_err(|errno| self.error(name, errno))? {
            None => return Ok(None),
            Some(Entry::Real(origin)) => return self.at(&origin).read(&origin.name, limit),
            Some(Entry::Folder(_)) => return Err(self.error(name, Errno::ISDIR)),
            Some(Entry::Leaf(leaf)) => leaf,
        };
        match &leaf.content {
            Content::Real(origin) => self.at(origin).read(&origin.name, limit),
            Content::File(bytes) if bytes.len() as u64 > limit => Err(VolumeError::TooLarge {
                path: self.path.join(name),
                limit,
            }),
            Content::File(bytes) => Ok(Some(bytes.clone())),
            Content::Symlink(_) => Err(self.error(name, Errno::LOOP)),
            Content::Fifo { .. } => Err(self.error(name, Errno::ISDIR)),
        }
    }

    pub(super) fn rehearse_replace(
        &self,
        folder: &Folder,
        name: &OsStr,
        mode: u32,
        bytes: &[u8],
        contents: Contents,
    ) -> Result<(), VolumeError> {
        let written = folder.write(name, bytes, mode);
        written.map_err(|errno| self.error(name, errno))?;
        self.note(name, |path| Change::Write {
            path,
            mode,
            contents,
        });
        self.rehearse_gift(folder, name)
    }

    pub(super) fn rehearse_append(
        &self,
        folder: &Folder,
        name: &OsStr,
        bytes: &[u8],
        full: u64,
    ) -> Result<Appended, VolumeError> {
        let failed = |errno| self.error(name, errno);
        let size = match folder.entry(name).map_err(failed)? {
            Some(Entry::Real(origin)) => match self.at(&origin).open_end(&origin.name)? {
                Some((_, size)) => size,
                None => return Ok(Appended::Missing),
            },
            Some(_) => folder
                .attributes_of(name)
                .map_err(failed)?
                .map_or(0, |found| found.size),
            None => return Ok(Appended::Missing),
        };
        if size >= full {
            return Ok(Appended::Full);
        }
        let mut contents = self.rehearse_read(folder, name, full)?.unwrap_or_default();
        contents.extend(bytes);
        let mode = folder.fill(name, contents).map_err(failed)?;
        let contents = Contents::new(bytes, mode);
        self.note(name, |path| Change::Append { path, contents });
        Ok(Appended::Done)
    }

    pub(super) fn rehearse_directory(
        &self,
        folder: &Folder,
        name: &OsStr,
        mode: u32,
    ) -> Result<Self, VolumeError> {
        let created = folder.create_folder(name, mode);
        let created = created.map_err(|errno| self.error(name, errno))?;
        self.note(name, |path| Change::CreateDirectory { path, mode });
        self.rehearse_gift(folder, name)?;
        Ok(self.within(created, name))
    }

    pub(super) fn rehearse_removal(
        &self,
        folder: &Folder,
        name: &OsStr,
    ) -> Result<bool, VolumeError> {
        let removed = folder.remove_tree(name);
        removed.map_err(|errno| self.error(name, errno))?;
        self.note(name, |path| Change::RemoveTree { path });
        Ok(true)
    }

    pub(super) fn rehearse_rename(
        &self,
        (folder, to): (&Folder, &Folder),
        name: &OsStr,
        target: &Self,
        new_name: &OsStr,
    ) -> Result<(), VolumeError> {
        let renamed = folder.rename(name, to, new_name);
        renamed.map_err(|errno| self.rename_error(name, target, new_name, errno))?;
        let new_path = shown(&target.path.join(new_name));
        self.note(name, |path| Change::Rename { path, new_path });
        Ok(())
    }

    /// Nobody is kept out: a dry run gets in nobody's way.
    pub(super) fn rehearse_lock(&self, folder: &Folder, name: &OsStr) -> Result<(), VolumeError> {
        let failed = |errno| self.error(name, errno);
        match folder.entry(name).map_err(failed)? {
            Some(Entry::Real(origin)) => {
                let flags = OFlags::RDWR.union(OPEN_FILE);
                let file = openat(&origin.folder, &origin.name, flags, Mode::empty());
                self.at(&origin)
                    .check_lock(&origin.name, file.map_err(failed)?)?;
            }
            Some(_) => {}
            None => {
                let created = folder.create(name, Content::File(Vec::new()), 0o600);
                created.map_err(failed)?;
                self.note(name, |path| Change::Lock { path });
                return self.rehearse_gift(folder, name);
            }
        }
        self.note(name, |path| Change::Lock { path });
        Ok(())
    }

    fn rehearse_gift(&self, folder: &Folder, name: &OsStr) -> Result<(), VolumeError> {
        let Some((uid, gid)) = self.beneficiary()? else {
            return Ok(());
        };
        let given = folder.set_owner(name, uid, gid);
        given.map_err(|errno| self.error(name, errno))?;
        self.note(name, |path| Change::SetOwner { path, uid, gid });
        Ok(())
    }

    /// Where something really is.
    pub(super) fn at(&self, origin: &Origin) -> Self {
        Self {
            dir: Arc::clone(&origin.folder),
            path: self.path.clone(),
            rehearsed: None,
        }
    }
}

fn shown(path: &Path) -> String {
    sanitise(&path.to_string_lossy()).into_owned()
}
