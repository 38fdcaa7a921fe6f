//! Whatever a backend does, a dry run answers it as the machine would.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::*;
use crate::effect::FileMetadata;

fn path() -> impl Strategy<Value = String> {
    let paths = [
        "a",
        "b",
        "d",
        "d/x",
        "d/y",
        "d/e",
        "d/e/x",
        "l",
        "l/x",
        "l/e",
        "f",
        "away",
        "away/secret",
        "d/../a",
        "d/..",
        ".",
        "./a",
        "d/./x",
        "a/x",
        "b/x",
        "missing/x",
        "..",
        "../out/secret",
        "/etc/passwd",
        "",
        "b/e",
        "d/",
    ];
    prop::sample::select(paths.map(str::to_owned).to_vec())
}

fn bytes() -> impl Strategy<Value = Bytes> {
    prop::sample::select(vec![text(""), text("x"), text("longer")])
}

fn mode() -> impl Strategy<Value = u32> {
    prop::sample::select(vec![0o600, 0o644, 0o755, 0o3730])
}

fn action() -> impl Strategy<Value = PathAction> {
    prop_oneof![
        Just(PathAction::OpenDirectory),
        Just(PathAction::Entries),
        Just(PathAction::Metadata),
        Just(PathAction::Remove),
        Just(PathAction::RemoveTree),
        (0_u32..8).prop_map(|limit| PathAction::Read { limit }),
        (bytes(), mode()).prop_map(|(contents, mode)| PathAction::Write { contents, mode }),
        (bytes(), mode()).prop_map(|(contents, mode)| PathAction::CreateFile { contents, mode }),
        mode().prop_map(|mode| PathAction::CreateDirectory { mode }),
        mode().prop_map(|mode| PathAction::CreateFifo { mode }),
        path().prop_map(|target| PathAction::CreateSymlink { target }),
        path().prop_map(|new_path| PathAction::CreateLink {
            new_path,
            other: None
        }),
        path().prop_map(|new_path| PathAction::Rename { new_path }),
        path().prop_map(|new_path| PathAction::Rename { new_path }),
        bytes().prop_map(|bytes| PathAction::Signal {
            bytes,
            meaning: String::new()
        }),
    ]
}

/// What has to be the same: not the number of a file, nor when it was changed,
/// nor how a file system counts a directory's size, nor the system's words.
fn comparable(outcome: Outcome) -> Outcome {
    match outcome {
        Ok(Reply::Entries(mut entries)) => {
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            Ok(Reply::Entries(entries))
        }
        Ok(Reply::Metadata(found)) => Ok(Reply::Metadata(FileMetadata {
            inode: 0,
            modified: 0,
            size: match found.kind {
                FileKind::Directory => 0,
                _ => found.size,
            },
            ..found
        })),
        Err(Failure::Other(_)) => Err(Failure::Other(String::new())),
        outcome => outcome,
    }
}

/// A path that ends without a name: all refuse it, in words of their own.
fn is_odd(path: &str) -> bool {
    matches!(path.rsplit('/').next(), None | Some("" | "." | ".."))
}

fn names_nothing(effect: &Effect) -> bool {
    match effect {
        Effect::Path {
            path,
            action: PathAction::CreateLink { new_path, .. } | PathAction::Rename { new_path },
            ..
        } => is_odd(path) || is_odd(new_path),
        Effect::Path {
            action: PathAction::CreateSymlink { target },
            path,
            ..
        } => is_odd(path) || target.is_empty(),
        Effect::Path { path, .. } => is_odd(path),
        _ => false,
    }
}

fn prepared(layer: &mut dyn Perform) {
    let opened = layer.perform(&Effect::Open { label: "in".into() });
    assert_eq!(opened, Ok(Reply::Directory(DirectoryId(0))));
}

/// Performs all of it on a machine and in a dry run.
fn answers_alike(actions: Vec<(String, PathAction)>) -> Result<(), TestCaseError> {
    let (changed, looked_at) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    plant(changed.path());
    plant(looked_at.path());
    let before = snapshot(looked_at.path());
    let mut real = Real::new(grants(changed.path()), None);
    let rehearsal = Rehearsal::default();
    let mut overlay = Overlay::new(grants(looked_at.path()), rehearsal, None);
    prepared(&mut real);
    prepared(&mut overlay);
    for (path, action) in actions {
        let effect = Effect::Path {
            directory: DirectoryId(0),
            path,
            action,
        };
        let expected = comparable(real.perform(&effect));
        let seen = comparable(overlay.perform(&effect));
        match (&seen, &expected) {
            (Err(_), Err(_)) if names_nothing(&effect) => {}
            _ => prop_assert_eq!(seen, expected, "{:?}", effect),
        }
    }
    prop_assert_eq!(snapshot(looked_at.path()), before);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_dry_run_answers_as_the_machine_does(
        actions in prop::collection::vec((path(), action()), 1..12),
    ) {
        answers_alike(actions)?;
    }
}

#[test]
fn a_slash_after_a_new_name_says_nothing() {
    let to = |new_path: &str| PathAction::Rename {
        new_path: new_path.into(),
    };
    for (moved, new_path) in [("l", "d/"), ("a", "d/"), ("a", "f/"), ("d", "a/")] {
        let mut actions = vec![(moved.to_owned(), to(new_path))];
        answers_alike(actions.clone()).unwrap();
        actions.insert(0, ("d".to_owned(), PathAction::RemoveTree));
        answers_alike(actions).unwrap();
    }
}
