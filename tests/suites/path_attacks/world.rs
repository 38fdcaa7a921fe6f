//! What is there before an attempt: the granted directory `/in` full of planted
//! links, and the canaries around it.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::io;
use std::os::unix::fs::{DirEntryExt, FileTypeExt, MetadataExt, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::canary::{SECRET, SHARED, UNNAMED};
use crate::race;

/// The links in `/in`: their names and where they lead.
pub(crate) fn links(descriptor: i32) -> Vec<(String, String)> {
    let padded = format!("{}../out", "./".repeat(1500));
    let mut links: Vec<(String, String)> = [
        ("up", ".."),
        ("up-dot", "../."),
        ("relative", "../out"),
        ("relative-slash", "../out/"),
        ("slashes", "..//out"),
        ("absolute", "/out"),
        ("absolute-up", "/in/../out"),
        ("itself", "/in"),
        ("root", "/"),
        ("file", "../out/canary"),
        ("file-slash", "../out/canary/"),
        ("file-absolute", "/out/canary"),
        ("fifo", "../out/fifo"),
        ("empty", "/out/empty"),
        ("new", "../out/new"),
        ("new-absolute", "/out/new"),
        ("dangling", "nowhere"),
        ("loop", "loop"),
        ("loop-one", "loop-two"),
        ("loop-two", "loop-one"),
        ("hop", "hop-on"),
        ("hop-on", "relative"),
        ("inside", "sub"),
        ("dot", "."),
        ("dots", "sub/../../out"),
        ("dots-deep", "sub/deep/../../../out"),
        ("through", "inside/../../out"),
        ("percent", "%2e%2e/out"),
        ("padded", padded.as_str()),
        ("magic-root", "/proc/self/root"),
        ("magic-cwd", "/proc/thread-self/cwd"),
        ("...", "../out"),
        (".. ", "../out"),
    ]
    .map(|(name, target)| (name.to_owned(), target.to_owned()))
    .into();
    links.push(("magic-fd".into(), format!("/proc/self/fd/{descriptor}")));
    // The system follows 40 at most.
    for number in 0..39 {
        links.push((format!("step-{number}"), format!("step-{}", number + 1)));
    }
    links.push(("step-39".into(), "../out".into()));
    links
}

/// What a name in the granted directory stands for.
#[derive(Debug)]
enum Thing {
    Directory,
    File,
    Fifo,
    Link(String),
    /// A second name of `/out/twin`.
    Twin,
    /// Another thread's.
    Race,
}

/// The granted directory as it is before each attempt.
pub(crate) struct World {
    descriptor: i32,
    directories: Vec<(&'static str, BTreeMap<String, Thing>)>,
    twin: u64,
}

impl World {
    /// Makes all of it; the root holds nothing else than this and `/proc`.
    /// `descriptor` is this process's on `/out`.
    pub(crate) fn new(descriptor: i32) -> Self {
        for entry in fs::read_dir("/").expect("a root").flatten() {
            if entry.file_name() != "proc" {
                remove(&entry);
            }
        }
        for directory in ["/in", "/out", "/out/dir", "/out/empty", "/pit"] {
            fs::create_dir(directory).expect("a directory");
        }
        for file in ["/out/canary", "/out/dir/canary", "/pit/canary"] {
            fs::write(file, SECRET).expect("a file");
        }
        fs::write("/out/twin", SHARED).expect("a file");
        fs::write(Path::new("/out").join(UNNAMED), "").expect("a file");
        symlink("canary", "/out/link").expect("a link");
        make_fifo("/out/fifo").expect("a FIFO");
        let mut world = Self {
            descriptor,
            directories: Vec::new(),
            twin: fs::metadata("/out/twin").expect("a file").ino(),
        };
        world.plan();
        world.restore();
        world
    }

    fn plan(&mut self) {
        let with = |back: &str, things: Vec<(&str, Thing)>| {
            let own = [("own", Thing::File), ("back", Thing::Link(back.to_owned()))];
            let things = own.into_iter().chain(things);
            things
                .map(|(name, thing)| (name.to_owned(), thing))
                .collect()
        };
        let mut top: BTreeMap<String, Thing> = with(
            "../out",
            vec![
                ("sub", Thing::Directory),
                ("plain", Thing::Directory),
                ("pipe", Thing::Fifo),
                ("twin", Thing::Twin),
                (race::PLACE, Thing::Race),
            ],
        );
        for (name, target) in links(self.descriptor) {
            top.insert(name, Thing::Link(target));
        }
        self.directories = vec![
            ("/in", top),
            ("/in/plain", BTreeMap::new()),
            (
                "/in/sub",
                with("../../out", vec![("deep", Thing::Directory)]),
            ),
            ("/in/sub/deep", with("../../../out", Vec::new())),
        ];
    }

    /// Undoes what was done in the granted directory.
    pub(crate) fn restore(&self) {
        for (directory, things) in &self.directories {
            let mut missing: BTreeMap<&str, &Thing> = things
                .iter()
                .map(|(name, thing)| (name.as_str(), thing))
                .collect();
            for entry in fs::read_dir(directory).expect("a directory").flatten() {
                let name = entry.file_name();
                let name = name.to_str().expect("a name of ours");
                match things.get(name) {
                    Some(thing) if self.is(&entry, thing) => drop(missing.remove(name)),
                    _ => remove(&entry),
                }
            }
            for (name, thing) in missing {
                make(&Path::new(directory).join(name), thing);
            }
        }
    }

    fn is(&self, entry: &DirEntry, thing: &Thing) -> bool {
        let kind = entry.file_type().expect("an entry");
        match thing {
            Thing::Directory => kind.is_dir(),
            Thing::File => kind.is_file(),
            Thing::Fifo => kind.is_fifo(),
            Thing::Link(_) => kind.is_symlink(),
            Thing::Twin => entry.ino() == self.twin,
            Thing::Race => true,
        }
    }
}

fn make(path: &Path, thing: &Thing) {
    match thing {
        Thing::Directory => fs::create_dir(path),
        Thing::File => fs::write(path, "own"),
        Thing::Fifo => make_fifo(path),
        Thing::Link(target) => symlink(target, path),
        Thing::Twin => fs::hard_link("/out/twin", path),
        Thing::Race => Ok(()),
    }
    .expect("it can be made");
}

/// Another thread may be filling it meanwhile.
fn remove(entry: &DirEntry) {
    let path = entry.path();
    // What it is now, not what it was when it was listed.
    let gone = || match path.symlink_metadata() {
        Ok(found) if found.is_dir() => fs::remove_dir_all(&path).is_ok(),
        _ => fs::remove_file(&path).is_ok(),
    };
    let patience = Instant::now() + Duration::from_secs(20);
    let removed = || gone() || path.symlink_metadata().is_err();
    let removed = std::iter::repeat_with(removed)
        .take_while(|_| Instant::now() < patience)
        .any(|removed| removed);
    assert!(removed, "{} stays", path.display());
}

pub(crate) fn make_fifo(path: impl AsRef<Path>) -> io::Result<()> {
    let mode = Mode::RUSR | Mode::WUSR;
    Ok(mknodat(CWD, path.as_ref(), FileType::Fifo, mode, 0)?)
}
