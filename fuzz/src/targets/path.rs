//! A path that a backend names, and a link that it has made before. The first
//! line is the path, the second what the link `planted` leads to.
//!
//! Nothing is done that could hurt if it got out: the matrix in
//! `tests/suites/path_attacks` does that, in a place of its own.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::time::Duration;

use hermes_host::effect::{
    Access, Bounded, Deadline, DirectoryId, Effect, Grant, Granted, Grants, Outcome, PathAction,
    Perform, Real, Reply,
};
use tempfile::TempDir;

const SECRET: &[u8] = b"the canary's own bytes";

pub fn run(bytes: &[u8]) {
    thread_local! {
        static PLACE: RefCell<Place> = RefCell::new(Place::new());
    }
    let text = String::from_utf8_lossy(bytes);
    let (path, target) = text.split_once('\n').unwrap_or((&text, ""));
    PLACE.with_borrow_mut(|place| place.attempt(path, target));
}

/// A granted directory `in` beside one that is none of the backend's.
struct Place {
    stack: Granted<Bounded<Real>>,
    granted: DirectoryId,
    outside: Vec<u64>,
    root: TempDir,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a directory");
        for directory in ["in/sub/deep", "out/dir"] {
            fs::create_dir_all(root.path().join(directory)).expect("a directory");
        }
        for file in ["canary", "out/canary", "out/dir/canary"] {
            fs::write(root.path().join(file), SECRET).expect("a file");
        }
        for (target, link) in [("../out", "to"), ("..", "sub/up"), ("sub/deep", "inside")] {
            symlink(target, root.path().join("in").join(link)).expect("a link");
        }
        let inode = |name| {
            root.path()
                .join(name)
                .metadata()
                .expect("it is there")
                .ino()
        };
        let outside = [
            "",
            "canary",
            "out",
            "out/canary",
            "out/dir",
            "out/dir/canary",
        ];
        let grant = Grant {
            access: Access::WriteDirectory,
            path: root.path().join("in"),
        };
        let grants = Grants {
            backend: "fuzz".into(),
            by_label: BTreeMap::from([("in".into(), grant)]),
        };
        let real = Real::new(grants.clone(), None);
        let deadline = Deadline::after(Duration::from_hours(24));
        let mut stack = Granted::new(grants, Bounded::new(deadline, real));
        let opened = stack.perform(&Effect::Open { label: "in".into() });
        let Ok(Reply::Directory(granted)) = opened else {
            panic!("{opened:?}");
        };
        Self {
            stack,
            granted,
            outside: outside.map(inode).into(),
            root,
        }
    }

    fn attempt(&mut self, path: &str, target: &str) {
        let target = target.to_owned();
        let planted = self.act(
            self.granted,
            "planted",
            PathAction::CreateSymlink { target },
        );
        for action in [
            PathAction::Metadata,
            PathAction::Entries,
            PathAction::Read { limit: 1 << 20 },
        ] {
            let outcome = self.act(self.granted, path, action);
            self.assert_tells_nothing(&outcome);
        }
        if let Ok(Reply::Directory(directory)) =
            self.act(self.granted, path, PathAction::OpenDirectory)
        {
            let outcome = self.act(directory, ".", PathAction::Metadata);
            self.assert_tells_nothing(&outcome);
            let _ = self.stack.perform(&Effect::CloseDirectory { directory });
        }
        if planted.is_ok() {
            fs::remove_file(self.root.path().join("in/planted")).expect("a link");
        }
    }

    fn act(&mut self, directory: DirectoryId, path: &str, action: PathAction) -> Outcome {
        let path = path.to_owned();
        self.stack.perform(&Effect::Path {
            directory,
            path,
            action,
        })
    }

    fn assert_tells_nothing(&self, outcome: &Outcome) {
        match outcome {
            Ok(Reply::Bytes(bytes)) => assert_ne!(bytes.0, SECRET),
            Ok(Reply::Entries(entries)) => {
                assert!(!entries.iter().any(|(name, _)| name == "canary"));
            }
            Ok(Reply::Metadata(metadata)) => assert!(!self.outside.contains(&metadata.inode)),
            _ => {}
        }
    }
}
