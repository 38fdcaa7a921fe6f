use std::os::unix::fs::{MetadataExt, symlink};

use super::*;

fn plant(machine: &Machine) {
    fs::write(machine.outside("secret"), "secret").unwrap();
    fs::create_dir(machine.outside("dir")).unwrap();
    make_fifo(&machine.outside("fifo"));
    fs::create_dir(machine.inside("sub")).unwrap();
    fs::write(machine.inside("own"), "own").unwrap();
    for (target, link) in [
        ("../out", "to-dir"),
        ("../out/secret", "to-file"),
        ("../out/new", "to-new"),
        ("to-dir", "chain"),
        ("..", "up"),
    ] {
        symlink(target, machine.inside(link)).unwrap();
    }
    symlink(machine.outside(""), machine.inside("to-absolute")).unwrap();
}

/// All that an escape could have changed: names, contents, owners, modes, links.
fn state(machine: &Machine) -> Vec<String> {
    let mut state: Vec<String> = fs::read_dir(machine.outside(""))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let (name, metadata) = (entry.file_name(), entry.metadata().unwrap());
            let contents = metadata.is_file().then(|| fs::read(entry.path()).unwrap());
            format!(
                "{name:?} {contents:?} {} {} {:o} {} {}",
                metadata.ino(),
                metadata.nlink(),
                metadata.mode(),
                metadata.uid(),
                metadata.mtime_nsec()
            )
        })
        .collect();
    state.sort();
    state
}

fn actions() -> Vec<PathAction> {
    let contents = || text("x");
    let owner = 4_000_000;
    vec![
        PathAction::OpenDirectory,
        PathAction::Read { limit: 10 },
        PathAction::Entries,
        PathAction::Metadata,
        PathAction::Write {
            contents: contents(),
            mode: 0o666,
        },
        PathAction::CreateFile {
            contents: contents(),
            mode: 0o666,
        },
        PathAction::CreateDirectory { mode: 0o3777 },
        PathAction::CreateFifo { mode: 0o666 },
        PathAction::CreateSymlink { target: "x".into() },
        PathAction::CreateLink {
            new_path: "grabbed".into(),
            other: None,
        },
        PathAction::SetOwner {
            uid: owner,
            gid: owner,
        },
        PathAction::Rename {
            new_path: "grabbed".into(),
        },
        PathAction::Remove,
        PathAction::RemoveTree,
        PathAction::Signal {
            bytes: contents(),
            meaning: String::new(),
        },
        PathAction::Listen { mode: 0o666 },
    ]
}

/// Does it and answers what came of it; nothing outside may have changed.
fn attempt(path: &str, action: &PathAction) -> Outcome {
    let mut machine = Machine::new();
    plant(&machine);
    let before = state(&machine);
    let path = path.replace(
        "OUT",
        machine.outside("").to_str().unwrap().trim_end_matches('/'),
    );
    let action = match action {
        PathAction::Rename { new_path } => PathAction::Rename {
            new_path: new_path.replace("OUT", machine.outside("").to_str().unwrap()),
        },
        PathAction::CreateLink { new_path, .. } => PathAction::CreateLink {
            new_path: new_path.replace("OUT", machine.outside("").to_str().unwrap()),
            other: None,
        },
        action => action.clone(),
    };
    let outcome = machine.on(&path, action.clone());
    // What a listener removes when it is dropped counts as well.
    machine.real = Real::new(Grants::default(), None);
    assert_eq!(state(&machine), before, "{path} {action:?}: {outcome:?}");
    outcome
}

#[test]
fn no_path_that_leads_out_is_acted_on() {
    for path in [
        "to-dir/secret",
        "to-dir/new",
        "to-dir/fifo",
        "to-dir/dir",
        "chain/secret",
        "to-absolute/secret",
        "to-absolute/new",
        "up/out/secret",
        "../out/secret",
        "../out/new",
        "sub/../../out/secret",
        "OUT/secret",
        "OUT/new",
        "/new",
    ] {
        for action in actions() {
            assert_eq!(
                attempt(path, &action),
                Err(Failure::Escapes),
                "{path} {action:?}"
            );
        }
    }
}

#[test]
fn a_link_that_leads_out_is_at_most_acted_on_itself() {
    for path in [
        "to-dir",
        "to-dir/",
        "to-file",
        "to-new",
        "chain",
        "to-absolute",
        "up",
        "..",
    ] {
        for action in actions() {
            let outcome = attempt(path, &action);
            let follows = matches!(
                action,
                PathAction::OpenDirectory
                    | PathAction::Read { .. }
                    | PathAction::Entries
                    | PathAction::Signal { .. }
            );
            assert!(
                !follows || outcome == Err(Failure::Escapes),
                "{path} {action:?}: {outcome:?}"
            );
        }
    }
}

#[test]
fn nothing_is_moved_or_linked_out() {
    for new_path in [
        "to-dir/new",
        "to-dir/secret",
        "../out/new",
        "OUT/new",
        "to-absolute/new",
    ] {
        let new_path = new_path.to_owned();
        for action in [
            PathAction::Rename {
                new_path: new_path.clone(),
            },
            PathAction::CreateLink {
                new_path: new_path.clone(),
                other: None,
            },
        ] {
            assert_eq!(attempt("own", &action), Err(Failure::Escapes), "{action:?}");
        }
    }
}
