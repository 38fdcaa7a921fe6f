#![allow(clippy::unwrap_used, clippy::panic)]

mod connections;
mod names;

use super::*;
use crate::dbus::{Call, Policy};
use crate::effect::Bytes;
use crate::effect::fixture::Recorder;

type Labelled = fn(String) -> Effect;

fn grants() -> Grants {
    let grant = |label: &str, access, path: &str| {
        let path = path.into();
        (label.to_owned(), Grant { access, path })
    };
    let policy = Policy {
        calls: vec![Call::named("org.freedesktop.systemd1.Manager.Reload").unwrap()],
        units: Vec::new(),
        uid: 0,
        root_only: false,
    };
    Grants {
        backend: "s6".into(),
        by_label: BTreeMap::from([
            grant("file", Access::ReadFile, "/proc/1/comm"),
            grant("look", Access::ReadDirectory, "/look"),
            grant("change", Access::WriteDirectory, "/change"),
            grant("socket", Access::UnixSocket, "/socket"),
            grant("bus", Access::Dbus(policy), "/bus"),
            grant("program", Access::Command, "/bin/true"),
        ]),
    }
}

fn denial(capability: &str, argument: &str, missing: &str) -> Outcome {
    Err(Failure::NotGranted(Denial {
        backend: "s6".into(),
        capability: capability.into(),
        argument: argument.into(),
        missing: missing.into(),
    }))
}

fn on(directory: u32, path: &str, action: PathAction) -> Effect {
    Effect::Path {
        directory: DirectoryId(directory),
        path: path.into(),
        action,
    }
}

fn changes() -> Vec<(&'static str, PathAction)> {
    let bytes = || Bytes(b"x".to_vec());
    vec![
        (
            "write",
            PathAction::Write {
                contents: bytes(),
                mode: 0o644,
            },
        ),
        (
            "create-file",
            PathAction::CreateFile {
                contents: bytes(),
                mode: 0o644,
            },
        ),
        (
            "create-directory",
            PathAction::CreateDirectory { mode: 0o755 },
        ),
        ("create-fifo", PathAction::CreateFifo { mode: 0o600 }),
        (
            "create-symlink",
            PathAction::CreateSymlink { target: "t".into() },
        ),
        (
            "create-link",
            PathAction::CreateLink {
                new_path: "n".into(),
                other: None,
            },
        ),
        ("set-owner", PathAction::SetOwner { uid: 1, gid: 1 }),
        (
            "rename",
            PathAction::Rename {
                new_path: "n".into(),
            },
        ),
        ("remove", PathAction::Remove),
        ("remove-tree", PathAction::RemoveTree),
        (
            "signal",
            PathAction::Signal {
                bytes: bytes(),
                meaning: String::new(),
            },
        ),
        ("listen", PathAction::Listen { mode: 0o600 }),
    ]
}

#[test]
fn a_label_without_a_grant_of_its_kind_reaches_nothing() {
    let labelled: [(&str, &str, Labelled, &[&str]); 4] = [
        (
            "files.open",
            "read-directory",
            |label| Effect::Open { label },
            &["look", "change"],
        ),
        (
            "files.read-granted",
            "read-file",
            |label| Effect::ReadGranted { label, limit: 1 },
            &["file"],
        ),
        (
            "sockets.connect",
            "unix-socket",
            |label| Effect::Connect { label, timeout: 1 },
            &["socket", "bus"],
        ),
        (
            "commands.run",
            "command",
            |label| Effect::Run {
                label,
                arguments: Vec::new(),
            },
            &["program"],
        ),
    ];
    let labels = [
        "file", "look", "change", "socket", "bus", "program", "nobody", "", "/etc",
    ];
    for (capability, access, effect, enough) in labelled {
        for label in labels {
            let below = Recorder::default();
            let outcome = Granted::new(grants(), below.clone()).perform(&effect(label.into()));
            if enough.contains(&label) {
                assert_eq!(outcome, Ok(Reply::Done), "{capability} {label}");
                assert_eq!(below.take(), [effect(label.into())]);
            } else {
                let missing = format!("--label {label} --{access}");
                assert_eq!(
                    outcome,
                    denial(capability, &format!("label {label}"), &missing)
                );
                assert_eq!(below.take(), [], "{capability} {label}");
            }
        }
    }
}

#[test]
fn a_denial_names_backend_capability_and_argument_in_one_sentence() {
    let outcome = Granted::new(grants(), Recorder::default()).perform(&Effect::Open {
        label: "nobody".into(),
    });
    let Err(Failure::NotGranted(denial)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        denial.to_string(),
        "backend s6 was refused files.open on label nobody: it holds no grant for it"
    );
    assert_eq!(denial.missing, "--label nobody --read-directory");
}

#[test]
fn a_directory_opened_for_reading_is_not_changed_and_neither_are_those_below_it() {
    let below = Recorder::answering([
        Ok(Reply::Directory(DirectoryId(0))),
        Ok(Reply::Directory(DirectoryId(1))),
    ]);
    let mut granted = Granted::new(grants(), below.clone());
    granted
        .perform(&Effect::Open {
            label: "look".into(),
        })
        .unwrap();
    granted
        .perform(&on(0, "a/b", PathAction::OpenDirectory))
        .unwrap();
    below.take();
    for (directory, place) in [(0, "/look"), (1, "/look/a/b")] {
        for (name, action) in changes() {
            assert_eq!(
                granted.perform(&on(directory, "x", action)),
                denial(
                    &format!("files.{name}"),
                    &format!("{place}/x"),
                    "--label look --write-directory /look"
                )
            );
        }
        assert_eq!(below.take(), []);
        for action in [
            PathAction::Read { limit: 1 },
            PathAction::Entries,
            PathAction::Metadata,
        ] {
            let effect = on(directory, "x", action);
            assert_eq!(granted.perform(&effect), Ok(Reply::Done));
            assert_eq!(below.take(), [effect]);
        }
    }
}

#[test]
fn a_directory_opened_for_writing_is_changed_and_so_are_those_below_it() {
    let below = Recorder::answering([
        Ok(Reply::Directory(DirectoryId(0))),
        Ok(Reply::Directory(DirectoryId(1))),
    ]);
    let mut granted = Granted::new(grants(), below.clone());
    granted
        .perform(&Effect::Open {
            label: "change".into(),
        })
        .unwrap();
    granted
        .perform(&on(0, "a", PathAction::OpenDirectory))
        .unwrap();
    below.take();
    for directory in [0, 1] {
        for (_, action) in changes() {
            let effect = on(directory, "x", action);
            assert_eq!(granted.perform(&effect), Ok(Reply::Done));
            assert_eq!(below.take(), [effect]);
        }
    }
}

#[test]
fn a_link_never_leads_from_one_grant_to_another() {
    let directories = [0, 1, 2].map(|id| Ok(Reply::Directory(DirectoryId(id))));
    let below = Recorder::answering(directories);
    let mut granted = Granted::new(grants(), below.clone());
    for label in ["change", "look", "change"] {
        let label = label.to_owned();
        granted.perform(&Effect::Open { label }).unwrap();
    }
    below.take();
    let link = |other| {
        let (new_path, other) = ("n".into(), Some(DirectoryId(other)));
        on(0, "x", PathAction::CreateLink { new_path, other })
    };
    assert_eq!(granted.perform(&link(1)), Err(Failure::Escapes));
    assert_eq!(granted.perform(&link(7)), Err(Failure::Closed));
    assert_eq!(below.take(), []);
    assert_eq!(granted.perform(&link(2)), Ok(Reply::Done));
    assert_eq!(below.take(), [link(2)]);
}

#[test]
fn a_directory_that_is_closed_or_was_never_opened_reaches_nothing() {
    let below = Recorder::answering([Ok(Reply::Directory(DirectoryId(0)))]);
    let mut granted = Granted::new(grants(), below.clone());
    granted
        .perform(&Effect::Open {
            label: "change".into(),
        })
        .unwrap();
    let close = Effect::CloseDirectory {
        directory: DirectoryId(0),
    };
    granted.perform(&close).unwrap();
    below.take();
    for directory in [0, 7] {
        let effect = on(directory, "x", PathAction::Metadata);
        assert_eq!(granted.perform(&effect), Err(Failure::Closed));
    }
    assert_eq!(below.take(), []);
}

#[test]
fn a_denial_shows_no_control_characters_and_stays_short() {
    let mut granted = Granted::new(
        grants(),
        Recorder::answering([Ok(Reply::Directory(DirectoryId(0)))]),
    );
    granted
        .perform(&Effect::Open {
            label: "look".into(),
        })
        .unwrap();
    let hostile = format!("\u{1b}[2J\n{}", "x".repeat(100_000));
    for effect in [
        Effect::Open {
            label: hostile.clone(),
        },
        on(0, &hostile, PathAction::Remove),
    ] {
        let Err(Failure::NotGranted(denial)) = granted.perform(&effect) else {
            panic!("allowed");
        };
        let shown = format!("{denial} {}", denial.missing);
        assert!(shown.len() < 3000, "{}", shown.len());
        assert!(!shown.contains(char::is_control), "{shown:?}");
    }
}
