//! A grant of names, on a real directory.

use std::fs;
use std::path::Path;

use super::*;
use crate::effect::{Names, Real};

/// A directory of units, of which those are granted that begin with `ours`.
struct Units {
    folder: tempfile::TempDir,
    stack: Granted<Real>,
    directory: DirectoryId,
}

impl Units {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for directory in ["boot.wants", "sshd.service.d"] {
            fs::create_dir(root.join(directory)).unwrap();
        }
        for file in ["sshd.service", "boot.wants/sshd.service"] {
            fs::write(root.join(file), "sshd").unwrap();
        }
        let names = ["ours", "boot.wants/ours", "new.wants/ours"].map(str::to_owned);
        let grant = Grant {
            access: Access::WriteNames(Names::new(&names).unwrap()),
            path: root.to_owned(),
        };
        let grants = Grants {
            backend: "b".into(),
            by_label: BTreeMap::from([("units".to_owned(), grant)]),
        };
        let mut stack = Granted::new(grants.clone(), Real::new(grants, None));
        let label = "units".to_owned();
        let Ok(Reply::Directory(directory)) = stack.perform(&Effect::Open { label }) else {
            panic!("it is granted");
        };
        Self {
            folder,
            stack,
            directory,
        }
    }

    fn act(&mut self, path: &str, action: PathAction) -> Outcome {
        let directory = self.directory;
        self.stack.perform(&on(directory.0, path, action))
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }
}

fn write() -> PathAction {
    PathAction::Write {
        contents: Bytes(b"x".to_vec()),
        mode: 0o644,
    }
}

fn link(target: &str) -> PathAction {
    let target = target.into();
    PathAction::CreateSymlink { target }
}

fn renamed(new_path: &str) -> PathAction {
    let new_path = new_path.into();
    PathAction::Rename { new_path }
}

fn hard_link(new_path: &str) -> PathAction {
    let (new_path, other) = (new_path.into(), None);
    PathAction::CreateLink { new_path, other }
}

#[test]
fn what_a_backend_needs_of_its_own_names_is_done() {
    let mut units = Units::new();
    for (path, action) in [
        ("ours@.service", write()),
        (
            "ours@a.service.d",
            PathAction::CreateDirectory { mode: 0o755 },
        ),
        ("ours@a.service.d/x.conf", write()),
        ("new.wants", PathAction::CreateDirectory { mode: 0o755 }),
        ("new.wants/ours@a.service", link("../ours@.service")),
        ("boot.wants/ours@a.service", link("../ours@.service")),
        ("boot.wants/ours@a.service", PathAction::Remove),
        ("ours@a.service.d/x.conf", PathAction::Remove),
        ("ours@a.service.d", PathAction::Remove),
        // To look around is granted as well.
        ("sshd.service", PathAction::Read { limit: 10 }),
        (".", PathAction::Entries),
    ] {
        let outcome = units.act(path, action);
        assert!(outcome.is_ok(), "{path}: {outcome:?}");
    }
}

#[test]
fn what_belongs_to_others_cannot_be_reached_by_any_way() {
    let mut units = Units::new();
    units.act("ours.service", write()).unwrap();
    units
        .act("ours.d", PathAction::CreateDirectory { mode: 0o755 })
        .unwrap();
    let refused: Vec<(&str, PathAction)> = vec![
        ("sshd.service", write()),
        ("sshd.service", PathAction::Remove),
        ("sshd.service", PathAction::SetOwner { uid: 1, gid: 1 }),
        ("boot.wants", PathAction::RemoveTree),
        ("boot.wants", PathAction::Remove),
        ("boot.wants/sshd.service", PathAction::Remove),
        ("evil.service", write()),
        ("ours.d/../evil.service", write()),
        ("./evil.service", write()),
        // By another name, in both directions.
        ("ours.service", renamed("evil.service")),
        ("ours.service", renamed("sshd.service")),
        ("sshd.service", renamed("ours-sshd.service")),
        ("ours.d", renamed("sshd.service.d")),
        ("sshd.service", hard_link("ours-sshd.service")),
        ("ours.service", hard_link("boot.wants/evil.service")),
        // By a link, and what lies behind it.
        ("ours-sshd.service", link("sshd.service")),
        ("boot.wants/evil.service", link("../ours.service")),
        ("boot.wants/ours.service", link("../sshd.service")),
        ("ours.d/way", link("../sshd.service.d")),
        ("ours-way", link("sshd.service.d")),
        ("ours-way", link(".")),
        ("ours-way", link("/etc")),
        // Not for others to change.
        ("new.wants", PathAction::CreateDirectory { mode: 0o777 }),
        ("ours-fifo", PathAction::CreateFifo { mode: 0o600 }),
        ("ours-fifo", PathAction::Listen { mode: 0o600 }),
        ("ours.d", PathAction::RemoveTree),
    ];
    for (path, action) in refused {
        let outcome = units.act(path, action.clone());
        assert!(
            matches!(outcome, Err(Failure::NotGranted(_))),
            "{path} {action:?}: {outcome:?}"
        );
    }
    for file in ["sshd.service", "boot.wants/sshd.service"] {
        let text = fs::read_to_string(units.root().join(file)).unwrap();
        assert_eq!(text, "sshd", "{file}");
    }
    let mut left: Vec<_> = fs::read_dir(units.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(
        left,
        [
            "boot.wants",
            "ours.d",
            "ours.service",
            "sshd.service",
            "sshd.service.d"
        ]
    );
}

#[test]
fn a_directory_that_is_opened_keeps_the_names_of_its_place() {
    let mut units = Units::new();
    for (path, name, allowed) in [
        ("boot.wants", "ours@a.service", true),
        ("boot.wants", "evil.service", false),
        ("sshd.service.d", "ours.conf", false),
        // It cannot be told from the words where that is.
        (".", "ours.service", false),
        ("boot.wants/..", "ours.service", false),
    ] {
        let opened = units.act(path, PathAction::OpenDirectory);
        let Ok(Reply::Directory(DirectoryId(inner))) = opened else {
            panic!("{path}: {opened:?}");
        };
        let outcome = units.stack.perform(&on(inner, name, write()));
        assert_eq!(outcome.is_ok(), allowed, "{path}/{name}: {outcome:?}");
    }
    let denied = units.act("evil.service", write());
    let Err(Failure::NotGranted(denial)) = denied else {
        panic!("{denied:?}");
    };
    assert_eq!(denial.capability, "files.write");
    assert!(denial.argument.ends_with("/evil.service"), "{denial:?}");
}
