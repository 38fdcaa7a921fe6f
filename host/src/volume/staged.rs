use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write;

use rustix::fs::{AtFlags, Mode};

use super::{Durability, VolumeDir, VolumeError};

/// A file's next contents, written under a name of their own. Dropped, they are gone.
#[derive(Debug)]
pub struct Staged {
    directory: VolumeDir,
    name: OsString,
    /// `None`: they have taken the file's name.
    temporary: Option<OsString>,
}

impl VolumeDir {
    /// Writes what [`Staged::publish`] makes the file `name`, with the permission bits `mode`
    /// whatever the umask; unless unsynced, the bytes survive a power cut then. Not for a dry
    /// run.
    pub fn stage(
        &self,
        name: impl AsRef<OsStr>,
        bytes: &[u8],
        mode: u32,
        durability: Durability,
    ) -> Result<Staged, VolumeError> {
        let name = self.component(name.as_ref())?;
        let (temporary, file) = self.create_temporary(name)?;
        let staged = Staged {
            directory: self.clone(),
            name: name.to_owned(),
            temporary: Some(temporary),
        };
        staged.fill(file, bytes, mode, durability)?;
        Ok(staged)
    }
}

impl Staged {
    /// Readers see the old bytes until now, and the new ones from now on.
    pub fn publish(mut self) -> Result<(), VolumeError> {
        if let Some(temporary) = &self.temporary {
            let directory = &self.directory;
            rustix::fs::renameat(directory, temporary, directory, &self.name)
                .map_err(|errno| directory.error(&self.name, errno))?;
            self.temporary = None;
        }
        Ok(())
    }

    fn fill(
        &self,
        mut file: File,
        bytes: &[u8],
        mode: u32,
        durability: Durability,
    ) -> Result<(), VolumeError> {
        let (directory, name) = (&self.directory, self.name.as_os_str());
        file.write_all(bytes)
            .map_err(|error| VolumeError::from_io(directory.path.join(name), error))?;
        directory.give_away(name, &file)?;
        rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))
            .map_err(|errno| directory.error(name, errno))?;
        if durability != Durability::Unsynced {
            rustix::fs::fsync(&file).map_err(|errno| directory.error(name, errno))?;
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // What cannot be removed is swept by the next writer.
            let _ = rustix::fs::unlinkat(&self.directory, temporary, AtFlags::empty());
        }
    }
}
