#![allow(clippy::unwrap_used, clippy::panic)]

mod escapes;
mod fifos;
mod files;
mod modes;
mod sockets;
mod write;

use std::collections::BTreeMap;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::dbus::Policy;
use crate::effect::{Access, ConnectionId, Grant, ListenerId};

/// A granted directory `in` next to one that nothing may touch, `out`.
struct Machine {
    real: Real,
    temp: TempDir,
}

impl Machine {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        for name in ["in", "out"] {
            fs::create_dir(temp.path().join(name)).unwrap();
        }
        let grant = |label: &str, access, path: &str| {
            let path = temp.path().join(path);
            (label.to_owned(), Grant { access, path })
        };
        let policy = Policy {
            calls: Vec::new(),
            units: Vec::new(),
            uid: 1000,
            root_only: false,
        };
        let by_label = BTreeMap::from([
            grant("in", Access::WriteDirectory, "in"),
            grant("file", Access::ReadFile, "granted"),
            grant("socket", Access::UnixSocket, "socket"),
            grant("bus", Access::Dbus(policy), "socket"),
        ]);
        let grants = Grants {
            backend: "s6".into(),
            by_label,
        };
        let mut real = Real::new(grants, None);
        let opened = real.perform(&Effect::Open { label: "in".into() });
        assert_eq!(opened, Ok(Reply::Directory(DirectoryId(0))));
        Self { real, temp }
    }

    fn inside(&self, name: &str) -> PathBuf {
        self.temp.path().join("in").join(name)
    }

    fn outside(&self, name: &str) -> PathBuf {
        self.temp.path().join("out").join(name)
    }

    fn on(&mut self, path: &str, action: PathAction) -> Outcome {
        self.real.perform(&Effect::Path {
            directory: DirectoryId(0),
            path: path.into(),
            action,
        })
    }

    fn listen(&mut self, path: &str) -> ListenerId {
        match self.on(path, PathAction::Listen { mode: 0o622 }) {
            Ok(Reply::Listener(listener)) => listener,
            other => panic!("{other:?}"),
        }
    }

    /// The names in the granted directory, in order.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.inside("."))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn make_fifo(path: &Path) {
    rustix::fs::mknodat(
        rustix::fs::CWD,
        path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
}

fn text(contents: &str) -> Bytes {
    Bytes(contents.into())
}
