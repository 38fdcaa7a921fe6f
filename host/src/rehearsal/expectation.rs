//! What other programs do meanwhile, as far as a backend can say.

use std::ffi::OsStr;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::{Attributes, Content, Folder};

impl Folder {
    /// Somebody else's file of these contents.
    pub(crate) fn foresee_file(&self, name: &OsStr, contents: &[u8]) -> Result<(), Errno> {
        let attributes = self.foreseen(name, FileType::RegularFile, 0o644)?;
        let size = u64::try_from(contents.len()).unwrap_or(u64::MAX);
        let content = Content::File(contents.to_vec());
        self.put_leaf(name, content, Attributes { size, ..attributes });
        Ok(())
    }

    /// Somebody else's FIFO, which is read or not.
    pub(crate) fn foresee_fifo(&self, name: &OsStr, read: bool) -> Result<(), Errno> {
        let attributes = self.foreseen(name, FileType::Fifo, 0o600)?;
        self.put_leaf(name, Content::Fifo { read }, attributes);
        Ok(())
    }

    pub(crate) fn foresee_nothing(&self, name: &OsStr) {
        self.hide(name);
    }

    /// A directory that somebody else makes where there is none.
    pub(crate) fn foresee_folder(&self, name: &OsStr) -> Result<Self, Errno> {
        match self.enter(name) {
            Err(Errno::NOENT) => {
                let own = self.attributes()?;
                let attributes = self.attributes_for(FileType::Directory, 0, 0o755)?;
                let (uid, gid) = (own.uid, own.gid);
                Ok(self.make_folder(
                    name,
                    Attributes {
                        uid,
                        gid,
                        ..attributes
                    },
                ))
            }
            entered => entered,
        }
    }

    /// As it is now, else the directory's owner's.
    fn foreseen(&self, name: &OsStr, kind: FileType, mode: u32) -> Result<Attributes, Errno> {
        match self.attributes_of(name)? {
            Some(found) if found.kind == kind => Ok(found),
            _ => {
                let own = self.attributes()?;
                let attributes = self.attributes_for(kind, 0, mode)?;
                Ok(Attributes {
                    uid: own.uid,
                    gid: own.gid,
                    ..attributes
                })
            }
        }
    }
}
