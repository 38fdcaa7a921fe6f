//! What is mounted below a directory is somebody else's.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, StatxFlags, accessat, statx};

use super::{VolumeDir, VolumeError};

impl VolumeDir {
    /// Refuses a directory below which something is mounted, which would go with it. Where
    /// procfs does not say, nothing is refused: a removal does not enter a mount anyway.
    pub fn check_mounts(&self) -> Result<(), VolumeError> {
        let real = std::fs::read_link(format!("/proc/self/fd/{}", self.as_fd().as_raw_fd()));
        let mounted = std::fs::read("/proc/self/mountinfo");
        match (real, mounted) {
            (Ok(real), Ok(mounted)) => match first_below(&mounted, &real) {
                Some(path) => Err(is_mounted(path)),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Refuses a directory in which nothing can be renamed or removed.
    pub fn check_writable(&self) -> Result<(), VolumeError> {
        let rights = Access::WRITE_OK | Access::EXEC_OK;
        accessat(self, ".", rights, AtFlags::EACCESS)
            .map_err(|errno| VolumeError::new(self.path().to_owned(), errno))
    }

    /// Refuses a directory in this one that is another mount.
    pub fn check_same_mount(&self, child: &Self) -> Result<(), VolumeError> {
        match self.mount() == child.mount() {
            true => Ok(()),
            false => Err(is_mounted(child.path().to_owned())),
        }
    }

    /// The number of its mount (statx(2), since Linux 5.8); 0 where it is not known.
    fn mount(&self) -> u64 {
        let known = statx(self, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID);
        known.map_or(0, |known| known.stx_mnt_id)
    }
}

fn is_mounted(path: PathBuf) -> VolumeError {
    VolumeError::Other {
        path,
        source: io::Error::other("is mounted there: unmount it first"),
    }
}

/// The first mount point below `directory` in a `/proc/self/mountinfo` (proc(5)).
fn first_below(mountinfo: &[u8], directory: &Path) -> Option<PathBuf> {
    mountinfo
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.split(|byte| *byte == b' ').nth(4))
        .map(unescaped)
        .find(|point| point != directory && point.starts_with(directory))
}

/// Blanks and backslashes are written as `\040`.
fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.get(..3).filter(|_| *byte == b'\\');
        let code = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        bytes.push(code.unwrap_or(*byte));
        rest = match code {
            Some(_) => after.get(3..).unwrap_or_default(),
            None => after,
        };
    }
    OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_below_counts() {
        let mountinfo = b"21 1 0:20 / /data rw - tmpfs tmpfs rw\n\
            22 21 0:21 / /data/profiles/coder/work\\040space rw - tmpfs tmpfs rw\n\
            23 21 0:22 / /data/profiles/coder2/x rw - tmpfs tmpfs rw\n";
        for (directory, expected) in [
            (
                "/data/profiles/coder",
                Some("/data/profiles/coder/work space"),
            ),
            ("/data/profiles/coder2", Some("/data/profiles/coder2/x")),
            ("/data/profiles/code", None),
            ("/data/profiles/coder/work space", None),
            ("/srv", None),
        ] {
            let found = first_below(mountinfo, Path::new(directory));
            assert_eq!(found.as_deref(), expected.map(Path::new), "{directory}");
        }
        assert_eq!(first_below(b"short\n\n", Path::new("/")), None);
    }
}
