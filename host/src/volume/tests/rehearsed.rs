//! A dry run reads what it wrote, and writes nothing.

use super::*;
use crate::rehearsal::Step;

struct Rehearsed {
    temp: TempDir,
    dir: VolumeDir,
    rehearsal: Rehearsal,
}

impl Rehearsed {
    /// Of a directory with `file`, `tree/deep/leaf` and a link `link`.
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("file"), "old").unwrap();
        fs::create_dir_all(temp.path().join("tree/deep")).unwrap();
        fs::write(temp.path().join("tree/deep/leaf"), "green").unwrap();
        symlink("file", temp.path().join("link")).unwrap();
        let rehearsal = Rehearsal::default();
        let dir = VolumeDir::rehearse(temp.path(), &rehearsal).unwrap();
        Self {
            temp,
            dir,
            rehearsal,
        }
    }

    fn read(&self, name: &str) -> Option<String> {
        let bytes = self.dir.read(name, 100).unwrap()?;
        Some(String::from_utf8(bytes).unwrap())
    }

    /// What was planned; the directory is as it was.
    fn end(self) -> Vec<String> {
        let real = VolumeDir::open(self.temp.path()).unwrap();
        assert_eq!(names(&real), ["file", "link", "tree"]);
        assert_eq!(real.read("file", 9).unwrap().unwrap(), b"old");
        let leaf = self.temp.path().join("tree/deep/leaf");
        assert_eq!(fs::read(leaf).unwrap(), b"green");
        let steps = self.rehearsal.plan().steps.into_iter();
        let actions = steps.map(|Step { by, change }| {
            assert_eq!(by, "host");
            change.action().to_owned()
        });
        actions.collect()
    }
}

#[test]
fn what_was_replaced_and_appended_is_read() {
    let here = Rehearsed::new();
    let replace = |name: &str, text: &str| {
        let bytes = text.as_bytes();
        here.dir.replace(name, bytes, 0o640, Durability::Synced)
    };
    replace("file", "new").unwrap();
    replace("other", "more").unwrap();
    assert_eq!(here.read("file").as_deref(), Some("new"));
    assert_eq!(here.dir.mode("file").unwrap(), Some(0o640));
    assert_eq!(
        here.dir.append("other", b" yet", 9).unwrap(),
        Appended::Done
    );
    assert_eq!(here.dir.append("other", b"!", 8).unwrap(), Appended::Full);
    assert_eq!(here.dir.append("none", b"!", 8).unwrap(), Appended::Missing);
    assert_eq!(here.read("other").as_deref(), Some("more yet"));
    assert!(matches!(
        here.dir.read("other", 3),
        Err(VolumeError::TooLarge { .. })
    ));
    assert!(matches!(
        here.dir.append("link", b"!", 9),
        Err(VolumeError::Symlink { .. })
    ));
    assert_eq!(names(&here.dir), ["file", "link", "other", "tree"]);
    assert_eq!(here.end(), ["write", "write", "append"]);
}

#[test]
fn what_was_appended_to_a_file_of_the_machine_follows_what_it_holds() {
    let here = Rehearsed::new();
    assert_eq!(here.dir.append("file", b"er", 9).unwrap(), Appended::Done);
    assert_eq!(here.read("file").as_deref(), Some("older"));
    assert_eq!(here.end(), ["append"]);
}

#[test]
fn what_was_renamed_keeps_what_is_in_it() {
    let here = Rehearsed::new();
    here.dir.rename("tree", &here.dir, "wood").unwrap();
    assert!(here.dir.directory("tree").unwrap().is_none());
    let wood = here.dir.directory("wood").unwrap().unwrap();
    assert_eq!(wood.path(), here.temp.path().join("wood"));
    let deep = wood.directory("deep").unwrap().unwrap();
    assert_eq!(deep.read("leaf", 9).unwrap().unwrap(), b"green");
    deep.replace("leaf", b"red", 0o644, Durability::Unsynced)
        .unwrap();
    assert_eq!(deep.read("leaf", 9).unwrap().unwrap(), b"red");
    assert!(matches!(
        here.dir.rename_no_replace("wood", &here.dir, "file"),
        Err(VolumeError::AlreadyExists { .. })
    ));
    assert!(here.dir.remove_tree("wood").unwrap());
    assert!(!here.dir.remove_tree("wood").unwrap());
    assert_eq!(here.end(), ["rename", "write", "remove-tree"]);
}

#[test]
fn what_was_made_can_be_filled() {
    let here = Rehearsed::new();
    let made = here.dir.create_directory("new", 0o700).unwrap();
    made.replace("a", b"1", 0o600, Durability::Unsynced)
        .unwrap();
    made.create_directory("b", 0o755).unwrap();
    assert_eq!(names(&made), ["a", "b"]);
    let again = here.dir.directory("new").unwrap().unwrap();
    assert_eq!(again.read("a", 9).unwrap().unwrap(), b"1");
    assert!(again.remove_file("a").unwrap());
    assert!(!again.remove_file("a").unwrap());
    assert!(matches!(
        here.dir.create_directory("new", 0o755),
        Err(VolumeError::AlreadyExists { .. })
    ));
    assert_eq!(
        here.end(),
        ["create-directory", "write", "create-directory", "remove"]
    );
}

#[test]
fn a_lock_is_neither_made_nor_taken() {
    let here = Rehearsed::new();
    let lock = |name: &str| here.dir.lock(name, LockMode::Now, "test");
    let _first = lock("lock").unwrap();
    let _second = lock("lock").unwrap();
    let real = VolumeDir::open(here.temp.path()).unwrap();
    let held = real.lock("lock", LockMode::Now, "somebody").unwrap();
    let _third = lock("lock").unwrap();
    drop(held);
    fs::remove_file(here.temp.path().join("lock")).unwrap();
    assert!(matches!(lock("link"), Err(VolumeError::Symlink { .. })));
    assert_eq!(here.end(), ["lock", "lock", "lock"]);
}

#[test]
fn what_the_machine_would_refuse_is_refused() {
    if is_root() {
        return;
    }
    let here = Rehearsed::new();
    fs::set_permissions(here.temp.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let refused = |result: Result<(), VolumeError>| {
        assert!(matches!(result, Err(VolumeError::PermissionDenied { .. })));
    };
    refused(here.dir.replace("file", b"", 0o644, Durability::Synced));
    refused(here.dir.create_directory("new", 0o755).map(drop));
    refused(here.dir.remove_file("file").map(drop));
    refused(here.dir.rename("file", &here.dir, "other"));
    refused(here.dir.lock("lock", LockMode::Now, "test").map(drop));
    fs::set_permissions(here.temp.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(here.end(), [""; 0]);
}

#[test]
fn what_somebody_holds_is_seen_and_nothing_is_claimed() {
    let here = Rehearsed::new();
    let real = VolumeDir::open(here.temp.path()).unwrap();
    let claim = real.claim("file").unwrap().unwrap();
    let glimpse = here.dir.glimpse("file", 9).unwrap().unwrap();
    assert!(glimpse.held);
    assert_eq!(glimpse.bytes.unwrap(), b"old");
    drop(claim);
    assert!(!here.dir.glimpse("file", 9).unwrap().unwrap().held);
    // Not what has the name in the directory around it.
    let made = here.dir.create_directory("made", 0o755).unwrap();
    assert_eq!(made.glimpse("file", 9).unwrap(), None);
    assert!(matches!(
        here.dir.claim("file"),
        Err(VolumeError::ReadOnly { .. })
    ));
    assert_eq!(here.end(), ["create-directory"]);
}
