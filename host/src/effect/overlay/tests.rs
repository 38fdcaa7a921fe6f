#![allow(clippy::unwrap_used, clippy::panic)]

mod connections;
mod fidelity;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::effect::{Access, Expectation, FileKind, Grant};
use crate::rehearsal::Plan;

/// A granted directory `in` with a file `a`, a directory `d` with a file `x`, a
/// link `l` to `d` and a FIFO `f`, next to a directory `out`.
fn plant(root: &Path) {
    for directory in ["in/d", "out"] {
        fs::create_dir_all(root.join(directory)).unwrap();
    }
    fs::write(root.join("in/a"), "1").unwrap();
    fs::write(root.join("in/d/x"), "2").unwrap();
    fs::write(root.join("out/secret"), "3").unwrap();
    symlink("d", root.join("in/l")).unwrap();
    symlink("../out", root.join("in/away")).unwrap();
    let (kind, mode) = (FileType::Fifo, Mode::from_raw_mode(0o600));
    mknodat(CWD, root.join("in/f"), kind, mode, 0).unwrap();
}

use rustix::fs::{CWD, FileType, Mode, mknodat};

fn grants(root: &Path) -> Grants {
    let grant = Grant {
        access: Access::WriteDirectory,
        path: root.join("in"),
    };
    Grants {
        backend: "s6".into(),
        by_label: BTreeMap::from([("in".to_owned(), grant)]),
    }
}

/// Everything there is to know of the files below, but for when they were read.
fn snapshot(root: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let found = path.symlink_metadata().unwrap();
            let contents = found.is_file().then(|| fs::read(&path).unwrap());
            lines.push(format!(
                "{path:?} {} {:o} {}:{} {}.{} {contents:?}",
                found.ino(),
                found.mode(),
                found.uid(),
                found.gid(),
                found.mtime(),
                found.mtime_nsec()
            ));
            if found.is_dir() {
                folders.push(path);
            }
        }
    }
    lines.sort();
    lines
}

struct Machine {
    overlay: Overlay,
    rehearsal: Rehearsal,
    before: Vec<String>,
    temp: TempDir,
}

impl Machine {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        plant(temp.path());
        let rehearsal = Rehearsal::default();
        let mut overlay = Overlay::new(grants(temp.path()), rehearsal.clone(), None);
        let opened = overlay.perform(&Effect::Open { label: "in".into() });
        assert_eq!(opened, Ok(Reply::Directory(DirectoryId(0))));
        Self {
            overlay,
            rehearsal,
            before: snapshot(temp.path()),
            temp,
        }
    }

    fn on(&mut self, path: &str, action: PathAction) -> Outcome {
        self.at(DirectoryId(0), path, action)
    }

    fn at(&mut self, directory: DirectoryId, path: &str, action: PathAction) -> Outcome {
        self.overlay.perform(&Effect::Path {
            directory,
            path: path.into(),
            action,
        })
    }

    fn does(&mut self, path: &str, action: PathAction) {
        assert_eq!(self.on(path, action), Ok(Reply::Done), "{path}");
    }

    fn read(&mut self, path: &str) -> Outcome {
        self.on(path, PathAction::Read { limit: 100 })
    }

    fn listen(&mut self, path: &str) -> ListenerId {
        match self.on(path, PathAction::Listen { mode: 0o622 }) {
            Ok(Reply::Listener(listener)) => listener,
            other => panic!("{other:?}"),
        }
    }

    fn wait(&mut self, listener: ListenerId) -> Outcome {
        let listeners = vec![listener];
        let timeout = 3_000_000_000;
        self.overlay.perform(&Effect::Wait { listeners, timeout })
    }

    fn monotonic(&mut self) -> u64 {
        match self.overlay.perform(&Effect::Monotonic) {
            Ok(Reply::Time(time)) => time,
            other => panic!("{other:?}"),
        }
    }

    fn names(&mut self, path: &str) -> Vec<(String, FileKind)> {
        match self.on(path, PathAction::Entries) {
            Ok(Reply::Entries(mut entries)) => {
                entries.sort_by(|one, other| one.0.cmp(&other.0));
                entries
            }
            other => panic!("{other:?}"),
        }
    }

    /// The plan, with paths from `in`; nothing on the machine has changed.
    fn end(self) -> Vec<(&'static str, String)> {
        assert_eq!(snapshot(self.temp.path()), self.before);
        let Plan { steps } = self.rehearsal.plan();
        let root = format!("{}/in/", self.temp.path().display());
        steps
            .iter()
            .map(|step| {
                assert_eq!(step.by, "s6");
                let json = serde_json::to_value(step).unwrap();
                let text = |field: &str| json[field].as_str().map(|text| text.replace(&root, ""));
                let words = ["path", "new_path", "text", "bytes", "meaning"].map(text);
                let words: Vec<String> = words.into_iter().flatten().collect();
                (step.change.action(), words.join(" "))
            })
            .collect()
    }
}

fn text(contents: &str) -> Bytes {
    Bytes(contents.into())
}

fn write(contents: &str) -> PathAction {
    let contents = text(contents);
    PathAction::Write {
        contents,
        mode: 0o644,
    }
}

fn signal(bytes: &str) -> PathAction {
    PathAction::Signal {
        bytes: text(bytes),
        meaning: "go on".into(),
    }
}

fn rename(new_path: &str) -> PathAction {
    let new_path = new_path.into();
    PathAction::Rename { new_path }
}

fn expect(expectation: Expectation) -> PathAction {
    let meaning = "so".into();
    PathAction::Expect {
        expectation,
        meaning,
    }
}

#[test]
fn what_was_written_is_read_and_what_was_removed_is_gone() {
    let mut machine = Machine::new();
    machine.does("a", write("new"));
    assert_eq!(machine.read("a"), Ok(Reply::Bytes(text("new"))));
    machine.does("d/x", PathAction::Remove);
    assert_eq!(machine.read("d/x"), Err(Failure::NotFound));
    assert_eq!(machine.read("l/x"), Err(Failure::NotFound));
    machine.does("d", PathAction::Remove);
    assert_eq!(machine.names("."), {
        use FileKind::{Fifo, File, Symlink};
        [("a", File), ("away", Symlink), ("f", Fifo), ("l", Symlink)]
            .map(|(name, kind)| (name.to_owned(), kind))
    });
    assert_eq!(
        machine.end(),
        [("write", "a new"), ("remove", "d/x"), ("remove", "d"),]
            .map(|(action, words)| (action, words.to_owned()))
    );
}

#[test]
fn what_was_renamed_is_read_under_its_new_name() {
    let mut machine = Machine::new();
    let held = machine.on("d", PathAction::OpenDirectory);
    assert_eq!(held, Ok(Reply::Directory(DirectoryId(1))));
    machine.does("d", rename("gone"));
    assert_eq!(machine.read("gone/x"), Ok(Reply::Bytes(text("2"))));
    assert_eq!(machine.read("d/x"), Err(Failure::NotFound));
    assert_eq!(
        machine.on("l/x", PathAction::Metadata),
        Err(Failure::NotFound)
    );
    machine.does("gone/y", write("beside it"));
    // A handle follows its directory.
    let read = machine.at(DirectoryId(1), "y", PathAction::Read { limit: 9 });
    assert_eq!(read, Ok(Reply::Bytes(text("beside it"))));
    machine.does("a", rename("d"));
    assert_eq!(machine.read("d"), Ok(Reply::Bytes(text("1"))));
    assert_eq!(machine.end().len(), 3);
}

#[test]
fn directories_that_were_made_hold_what_was_put_there() {
    let mut machine = Machine::new();
    machine.does("n", PathAction::CreateDirectory { mode: 0o755 });
    machine.does("n/m", PathAction::CreateDirectory { mode: 0o700 });
    machine.does("n/m/y", write("deep"));
    assert_eq!(machine.read("n/m/y"), Ok(Reply::Bytes(text("deep"))));
    assert_eq!(
        machine.on("n", PathAction::Remove),
        Err(Failure::NotEmpty),
        "it is not empty"
    );
    assert_eq!(
        machine.on("n", PathAction::CreateDirectory { mode: 0o755 }),
        Err(Failure::AlreadyExists)
    );
    machine.does("n", PathAction::RemoveTree);
    assert_eq!(machine.read("n/m/y"), Err(Failure::NotFound));
    assert_eq!(machine.end().len(), 4);
}

#[test]
fn a_link_may_stand_in_another_directory_that_is_open() {
    let mut machine = Machine::new();
    let Ok(Reply::Directory(other)) = machine.on("d", PathAction::OpenDirectory) else {
        panic!("it is there");
    };
    let (new_path, other) = ("second".into(), Some(other));
    machine.does("a", PathAction::CreateLink { new_path, other });
    assert_eq!(machine.read("d/second"), machine.read("a"));
    assert_eq!(machine.end(), [("create-link", "a d/second".to_owned())]);
}

#[test]
fn links_share_what_they_name() {
    let mut machine = Machine::new();
    let new_path = "d/second".into();
    machine.does(
        "f",
        PathAction::CreateLink {
            new_path,
            other: None,
        },
    );
    machine.does("f", PathAction::Remove);
    let target = "d/second".into();
    machine.does("to", PathAction::CreateSymlink { target });
    let asked = signal("");
    assert_eq!(machine.on("to", asked), Err(Failure::NoReader));
    assert_eq!(
        machine.end(),
        [
            ("create-link", "f d/second"),
            ("remove", "f"),
            ("create-symlink", "to"),
        ]
        .map(|(action, words)| (action, words.to_owned()))
    );
}

#[test]
fn a_fifo_is_read_where_somebody_listens_and_told_nothing() {
    let mut machine = Machine::new();
    machine.does("new", PathAction::CreateFifo { mode: 0o600 });
    assert_eq!(machine.on("new", signal("x")), Err(Failure::NoReader));
    assert_eq!(machine.on("f", signal("x")), Err(Failure::NoReader));
    let reader = fs::File::options()
        .read(true)
        .write(true)
        .open(machine.temp.path().join("in/f"))
        .unwrap();
    machine.does("f", signal("x"));
    machine.does("f", signal(""));
    rustix::io::ioctl_fionbio(&reader, true).unwrap();
    let nothing = rustix::io::read(&reader, &mut [0; 8]);
    assert_eq!(nothing, Err(rustix::io::Errno::AGAIN));
    let listener = machine.listen("own");
    machine.does("own", signal("y"));
    let closed = machine.overlay.perform(&Effect::CloseListener { listener });
    assert_eq!(closed, Ok(Reply::Done));
    assert_eq!(machine.on("own", signal("y")), Err(Failure::NotFound));
    assert_eq!(
        machine.end(),
        [
            ("create-fifo", "new"),
            ("signal", "f x go on"),
            ("listen", "own"),
            ("signal", "own y go on"),
            ("remove", "own"),
        ]
        .map(|(action, words)| (action, words.to_owned()))
    );
}

#[test]
fn what_is_expected_has_happened() {
    let mut machine = Machine::new();
    machine.does("d/x", expect(Expectation::Contents(text("seen"))));
    machine.does("d/new/status", expect(Expectation::Contents(text("up"))));
    machine.does("d/new/control", expect(Expectation::Reader));
    machine.does("a", expect(Expectation::Absent));
    assert_eq!(machine.read("d/x"), Ok(Reply::Bytes(text("seen"))));
    assert_eq!(machine.read("d/new/status"), Ok(Reply::Bytes(text("up"))));
    assert_eq!(machine.read("a"), Err(Failure::NotFound));
    let asked = signal("");
    machine.does("d/new/control", asked.clone());
    machine.does("d/new/control", expect(Expectation::NoReader));
    assert_eq!(machine.on("d/new/control", asked), Err(Failure::NoReader));
    for path in ["../out/secret", "d/../../out/secret", "", "/etc/x", ".."] {
        let outcome = machine.on(path, expect(Expectation::Absent));
        assert_eq!(outcome, Err(Failure::Escapes), "{path}");
    }
    assert_eq!(machine.end().len(), 5);
}

#[test]
fn a_wait_ends_at_once_with_what_was_expected_and_else_in_no_time_at_all() {
    let mut machine = Machine::new();
    let listener = machine.listen("events");
    machine.does("a", expect(Expectation::Absent));
    assert_eq!(machine.wait(listener), Ok(Reply::Ready(vec![0])));
    let received = machine.overlay.perform(&Effect::Receive { listener });
    assert_eq!(received, Ok(Reply::Bytes(text(""))));

    let start = machine.monotonic();
    assert_eq!(machine.wait(listener), Ok(Reply::Ready(vec![])));
    let hour = Effect::Sleep {
        duration: 3_600_000_000_000,
    };
    assert_eq!(machine.overlay.perform(&hour), Ok(Reply::Done));
    assert!(machine.monotonic() - start >= 3_603_000_000_000);
    let actions: Vec<_> = machine.end().into_iter().map(|step| step.0).collect();
    assert_eq!(actions, ["listen", "expect", "wait"]);
}

#[test]
fn what_is_private_is_not_quoted() {
    let mut machine = Machine::new();
    for mode in [0o600, 0o644] {
        let contents = text("secret");
        machine.does("a", PathAction::Write { contents, mode });
    }
    let steps = machine.rehearsal.plan().steps;
    let json: Vec<_> = steps
        .iter()
        .map(|step| serde_json::to_value(step).unwrap())
        .collect();
    let digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    assert_eq!(json[0]["sha256"], digest);
    assert_eq!(json[0]["size"], 6);
    assert_eq!(json[0].get("text"), None);
    assert_eq!(json[1]["text"], "secret");
}
