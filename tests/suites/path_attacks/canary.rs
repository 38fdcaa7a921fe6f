//! What lies outside of the granted directory and must stay as it is.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};

use hermes_host::effect::{FileMetadata, Reply};
use rustix::fs::OFlags;

/// The contents of every file outside.
pub(crate) const SECRET: &[u8] = b"the canary's own bytes";

/// The contents of the one that is also inside.
pub(crate) const SHARED: &[u8] = b"bytes of a file with two names";

/// A name in `/out` that no attempt names: who knows it has listed `/out`.
pub(crate) const UNNAMED: &str = "unnamed";

/// Of what is outside, how much may never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// All that stat tells, and the contents. On tmpfs the size of a directory
    /// counts its entries.
    All,
    /// The granted directory: what is in it may change, itself it may not.
    Itself,
    /// A second name of it is in the granted directory, so that it is a file of
    /// that directory as well. No action writes into a file that exists.
    Contents,
    /// Another thread moves a directory in and out of it.
    Names,
}

const CANARIES: [(&str, Kept); 12] = [
    ("/", Kept::All),
    ("/in", Kept::Itself),
    ("/out", Kept::All),
    ("/out/canary", Kept::All),
    ("/out/dir", Kept::All),
    ("/out/dir/canary", Kept::All),
    ("/out/empty", Kept::All),
    ("/out/link", Kept::All),
    ("/out/fifo", Kept::All),
    ("/out/twin", Kept::Contents),
    ("/pit", Kept::Names),
    ("/pit/canary", Kept::All),
];

/// The state of all of them.
pub(crate) struct Canaries {
    canaries: Vec<Canary>,
    /// What is written to `/out/fifo` arrives here.
    fifo: File,
}

struct Canary {
    path: &'static str,
    kept: Kept,
    state: Option<State>,
    /// To see its contents without opening it each time.
    file: Option<File>,
    /// Inode and time of change, as metadata would tell them.
    known: (u64, u64),
}

#[derive(Debug, PartialEq, Eq)]
struct State {
    numbers: Vec<i64>,
    names: Vec<OsString>,
}

impl Canaries {
    pub(crate) fn new() -> Self {
        Self {
            canaries: CANARIES
                .iter()
                .map(|(path, kept)| Canary::new(path, *kept))
                .collect(),
            fifo: File::options()
                .read(true)
                .write(true)
                .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
                .open("/out/fifo")
                .expect("a FIFO"),
        }
    }

    /// The first that was changed, and how.
    pub(crate) fn changed(&mut self) -> Option<String> {
        let mut byte = [0];
        if self.fifo.read(&mut byte).is_ok_and(|count| count > 0) {
            return Some("wrote to /out/fifo".to_owned());
        }
        let changed = self.canaries.iter().find(|canary| canary.is_changed())?;
        Some(format!("changed {}", changed.path))
    }

    /// What a reply gives away.
    pub(crate) fn told(&self, reply: &Reply) -> Option<&'static str> {
        match reply {
            Reply::Bytes(bytes) => (bytes.0 == SECRET).then_some("read"),
            Reply::Entries(entries) => entries
                .iter()
                .any(|(name, _)| name == UNNAMED)
                .then_some("listed"),
            Reply::Metadata(FileMetadata {
                inode, modified, ..
            }) => self
                .canaries
                .iter()
                .any(|canary| canary.kept == Kept::All && canary.known == (*inode, *modified))
                .then_some("described"),
            _ => None,
        }
    }
}

impl Canary {
    fn new(path: &'static str, kept: Kept) -> Self {
        let stat = fs::symlink_metadata(path).expect("a canary");
        let time = stat.mtime() * 1_000_000_000 + stat.mtime_nsec();
        Self {
            path,
            kept,
            state: state(path, kept),
            file: stat.is_file().then(|| File::open(path).expect("a file")),
            known: (stat.ino(), time.unsigned_abs()),
        }
    }

    fn is_changed(&self) -> bool {
        state(self.path, self.kept) != self.state || self.file.as_ref().is_some_and(is_overwritten)
    }
}

fn is_overwritten(file: &File) -> bool {
    let mut contents = [0; 64];
    let length = file.read_at(&mut contents, 0).expect("a file");
    ![SECRET, SHARED].contains(&&contents[..length])
}

/// `None`: it is gone.
fn state(path: &str, kept: Kept) -> Option<State> {
    let stat = fs::symlink_metadata(path).ok()?;
    let itself = [
        stat.ino().cast_signed(),
        i64::from(stat.mode()),
        i64::from(stat.uid()),
        i64::from(stat.gid()),
    ];
    let rest = [
        stat.nlink().cast_signed(),
        stat.size().cast_signed(),
        stat.mtime(),
        stat.mtime_nsec(),
        stat.ctime(),
        stat.ctime_nsec(),
    ];
    let mut names = Vec::new();
    let numbers = match kept {
        Kept::All => [&itself[..], &rest].concat(),
        Kept::Itself => itself.to_vec(),
        Kept::Contents => vec![itself[0], itself[1], rest[1]],
        Kept::Names => {
            let entries = fs::read_dir(path).ok()?.flatten();
            names.extend(entries.map(|entry| entry.file_name()));
            names.retain(|name| name != "mover");
            itself.to_vec()
        }
    };
    Some(State { numbers, names })
}
