mod lock;
mod rehearsed;
mod tree;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;

use rustix::fs::mknodat;
use tempfile::TempDir;

use super::*;

fn volume() -> (TempDir, VolumeDir) {
    let temp = tempfile::tempdir().unwrap();
    let dir = VolumeDir::open(temp.path()).unwrap();
    (temp, dir)
}

fn plant_fifo(dir: &VolumeDir, name: &str) {
    mknodat(dir, name, FileType::Fifo, Mode::RWXU, 0).unwrap();
}

fn names(dir: &VolumeDir) -> Vec<String> {
    let mut names: Vec<_> = dir
        .entries()
        .unwrap()
        .into_iter()
        .map(|(name, _)| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn names_are_single_components() {
    let (_temp, dir) = volume();
    for name in ["", ".", "..", "a/b", "/etc", "a/"] {
        let results = [
            dir.kind(name).map(drop),
            dir.read(name, 10).map(drop),
            dir.directory(name).map(drop),
            dir.remove_file(name).map(drop),
            dir.remove_tree(name).map(drop),
            dir.create_directory(name, 0o755).map(drop),
            dir.replace(name, b"", 0o600, Durability::Unsynced),
            dir.rename(name, &dir, "b"),
            dir.rename("b", &dir, name),
            dir.rename_no_replace("b", &dir, name),
            dir.lock(name, LockMode::Now, "test").map(drop),
        ];
        for result in results {
            assert!(
                matches!(result, Err(VolumeError::NotAComponent { .. })),
                "{name:?}: {result:?}"
            );
        }
    }
}

#[test]
fn tells_kinds_apart_without_following() {
    let (temp, dir) = volume();
    fs::write(temp.path().join("file"), "x").unwrap();
    fs::create_dir(temp.path().join("directory")).unwrap();
    symlink("directory", temp.path().join("link")).unwrap();
    plant_fifo(&dir, "fifo");
    for (name, kind) in [
        ("file", Some(FileKind::File)),
        ("directory", Some(FileKind::Directory)),
        ("link", Some(FileKind::Symlink)),
        ("fifo", Some(FileKind::Other)),
        ("absent", None),
    ] {
        assert_eq!(dir.kind(name).unwrap(), kind, "{name}");
        assert_eq!(dir.exists(name).unwrap(), kind.is_some(), "{name}");
        let listed = dir
            .entries()
            .unwrap()
            .into_iter()
            .find(|(entry, _)| entry == name);
        assert_eq!(listed.map(|(_, kind)| kind), kind, "{name}");
    }
}

#[test]
fn opens_only_real_directories() {
    let (temp, dir) = volume();
    fs::create_dir(temp.path().join("real")).unwrap();
    fs::write(temp.path().join("file"), "x").unwrap();
    symlink("real", temp.path().join("link")).unwrap();
    symlink("gone", temp.path().join("dangling")).unwrap();
    plant_fifo(&dir, "fifo");
    assert_eq!(
        dir.directory("real").unwrap().unwrap().path(),
        temp.path().join("real")
    );
    assert!(dir.directory("absent").unwrap().is_none());
    assert!(matches!(
        dir.directory("link"),
        Err(VolumeError::Symlink { .. })
    ));
    assert!(matches!(
        dir.directory("dangling"),
        Err(VolumeError::Symlink { .. })
    ));
    assert!(matches!(
        dir.directory("file"),
        Err(VolumeError::NotADirectory { .. })
    ));
    assert!(matches!(
        dir.directory("fifo"),
        Err(VolumeError::NotADirectory { .. })
    ));
    let absent = VolumeDir::open(&temp.path().join("absent"));
    assert!(matches!(absent, Err(VolumeError::NotFound { .. })));
}

#[test]
fn reads_regular_files_up_to_the_limit() {
    let (temp, dir) = volume();
    for size in [0, 1, 10] {
        fs::write(temp.path().join("file"), vec![7; size]).unwrap();
        assert_eq!(dir.read("file", 10).unwrap().unwrap(), vec![7; size]);
    }
    fs::write(temp.path().join("file"), [7; 11]).unwrap();
    assert!(matches!(
        dir.read("file", 10),
        Err(VolumeError::TooLarge { limit: 10, .. })
    ));
    assert!(dir.read("absent", 10).unwrap().is_none());
}

/// A file of the kernel's has no size until it is read.
#[test]
fn limits_a_file_that_hides_its_size() {
    let dir = VolumeDir::open(Path::new("/proc/self")).unwrap();
    assert!(!dir.read("status", 1 << 20).unwrap().unwrap().is_empty());
    assert!(matches!(
        dir.read("status", 10),
        Err(VolumeError::TooLarge { .. })
    ));
}

#[test]
fn reads_nothing_but_regular_files() {
    let (temp, dir) = volume();
    fs::write(temp.path().join("secret"), "secret").unwrap();
    symlink("secret", temp.path().join("link")).unwrap();
    fs::create_dir(temp.path().join("directory")).unwrap();
    plant_fifo(&dir, "fifo");
    let _socket = UnixListener::bind(temp.path().join("socket")).unwrap();
    assert!(matches!(
        dir.read("link", 10),
        Err(VolumeError::Symlink { .. })
    ));
    for name in ["fifo", "directory", "socket"] {
        assert!(
            matches!(dir.read(name, 10), Err(VolumeError::NotARegularFile { .. })),
            "{name}"
        );
    }
}

#[test]
fn reads_no_hard_link_to_another_owners_file() {
    if !is_root() {
        return;
    }
    let (temp, _) = volume();
    let secret = temp.path().join("secret");
    fs::write(&secret, "root's").unwrap();
    let profile = temp.path().join("profile");
    fs::create_dir(&profile).unwrap();
    fs::hard_link(&secret, profile.join("SOUL.md")).unwrap();
    let dir = VolumeDir::open(&profile).unwrap();
    assert!(
        dir.read("SOUL.md", 10).unwrap().is_some(),
        "both are root's"
    );
    chown(&profile, Some(10000), Some(10000)).unwrap();
    assert!(matches!(
        dir.read("SOUL.md", 10),
        Err(VolumeError::ForeignHardLink { .. })
    ));
    assert!(matches!(
        dir.lock("SOUL.md", LockMode::Now, "test"),
        Err(VolumeError::ForeignHardLink { .. })
    ));
    assert_eq!(fs::read(&secret).unwrap(), b"root's");
}

#[test]
fn replaces_with_exact_mode_and_leaves_no_temporary() {
    let (temp, dir) = volume();
    for (bytes, mode, durability) in [
        (b"one".as_slice(), 0o600, Durability::Synced),
        (b"two".as_slice(), 0o666, Durability::Unsynced),
    ] {
        dir.replace("file", bytes, mode, durability).unwrap();
        assert_eq!(dir.read("file", 10).unwrap().unwrap(), bytes);
        let metadata = fs::metadata(temp.path().join("file")).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o7777, mode);
    }
    assert_eq!(names(&dir), ["file"]);
}

#[test]
fn replace_takes_the_place_of_a_link_without_following_it() {
    let (temp, dir) = volume();
    fs::write(temp.path().join("victim"), "untouched").unwrap();
    symlink("victim", temp.path().join("file")).unwrap();
    dir.replace("file", b"new", 0o600, Durability::Synced)
        .unwrap();
    assert_eq!(fs::read(temp.path().join("victim")).unwrap(), b"untouched");
    assert_eq!(dir.kind("file").unwrap(), Some(FileKind::File));
}

#[test]
fn a_failed_replace_leaves_no_temporary() {
    let (temp, dir) = volume();
    fs::create_dir(temp.path().join("taken")).unwrap();
    let error = dir
        .replace("taken", b"new", 0o600, Durability::Synced)
        .unwrap_err();
    assert!(
        matches!(error, VolumeError::NotARegularFile { .. }),
        "{error}"
    );
    assert_eq!(names(&dir), ["taken"]);
}

#[test]
fn what_killed_writers_of_a_file_left_is_swept_and_nothing_else() {
    let (temp, dir) = volume();
    let kept = [
        ".file.-0.tmp",
        ".file.1-0.tmp.bak",
        ".file.1.tmp",
        ".file.a-0.tmp",
        ".other.1-0.tmp",
        "file",
        "file.1-0.tmp",
    ];
    for name in kept.iter().chain(&[".file.1-0.tmp", ".file.12345-67.tmp"]) {
        fs::write(temp.path().join(name), "x").unwrap();
    }
    dir.sweep_temporaries("file");
    assert_eq!(names(&dir), kept);
}

#[test]
fn a_planted_temporary_is_passed_over() {
    let (temp, dir) = volume();
    fs::write(temp.path().join("victim"), "untouched").unwrap();
    let next = super::replace::next_temporary_for_test();
    for number in next..next + 5 {
        let planted = format!(".file.{}-{number}.tmp", std::process::id());
        symlink("victim", temp.path().join(planted)).unwrap();
    }
    dir.replace("file", b"new", 0o600, Durability::Unsynced)
        .unwrap();
    assert_eq!(dir.read("file", 10).unwrap().unwrap(), b"new");
    assert_eq!(fs::read(temp.path().join("victim")).unwrap(), b"untouched");
}

#[test]
fn root_leaves_what_it_makes_to_the_owner_of_the_directory() {
    if !is_root() {
        return;
    }
    let (temp, dir) = volume();
    chown(temp.path(), Some(10000), Some(10001)).unwrap();
    dir.replace("file", b"x", 0o600, Durability::Synced)
        .unwrap();
    dir.create_directory("directory", 0o750).unwrap();
    drop(dir.lock("lock", LockMode::Now, "test").unwrap());
    for (name, mode) in [("file", 0o600), ("directory", 0o750), ("lock", 0o600)] {
        let metadata = fs::metadata(temp.path().join(name)).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (10000, 10001), "{name}");
        assert_eq!(metadata.permissions().mode() & 0o7777, mode, "{name}");
    }
    assert_eq!(dir.owner().unwrap(), (10000, 10001));
}

#[test]
fn creates_a_directory_once() {
    let (temp, dir) = volume();
    let new = dir.create_directory("new", 0o777).unwrap();
    new.replace("inside", b"x", 0o600, Durability::Unsynced)
        .unwrap();
    let mode = fs::metadata(temp.path().join("new"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o777);
    assert!(matches!(
        dir.create_directory("new", 0o755),
        Err(VolumeError::AlreadyExists { .. })
    ));
    symlink("elsewhere", temp.path().join("link")).unwrap();
    assert!(matches!(
        dir.create_directory("link", 0o755),
        Err(VolumeError::AlreadyExists { .. })
    ));
}

#[test]
fn removes_files_and_links_but_no_directories() {
    let (temp, dir) = volume();
    fs::write(temp.path().join("file"), "x").unwrap();
    symlink("file", temp.path().join("link")).unwrap();
    fs::create_dir(temp.path().join("directory")).unwrap();
    assert!(dir.remove_file("link").unwrap());
    assert!(dir.exists("file").unwrap());
    assert!(dir.remove_file("file").unwrap());
    assert!(!dir.remove_file("file").unwrap());
    assert!(matches!(
        dir.remove_file("directory"),
        Err(VolumeError::NotARegularFile { .. })
    ));
}

#[test]
fn renames_within_and_across_directories() {
    let (temp, dir) = volume();
    let other = dir.create_directory("other", 0o755).unwrap();
    for name in ["a", "b"] {
        fs::write(temp.path().join(name), name).unwrap();
    }
    dir.rename("a", &other, "moved").unwrap();
    assert_eq!(other.read("moved", 10).unwrap().unwrap(), b"a");
    let refused = dir.rename_no_replace("b", &other, "moved").unwrap_err();
    assert!(matches!(refused, VolumeError::AlreadyExists { .. }));
    assert_eq!(refused.path(), temp.path().join("other/moved"));
    dir.rename("b", &other, "moved").unwrap();
    assert_eq!(other.read("moved", 10).unwrap().unwrap(), b"b");
    other.rename_no_replace("moved", &dir, "back").unwrap();
    assert_eq!(names(&dir), ["back", "other"]);
    assert!(matches!(
        dir.rename("gone", &dir, "x"),
        Err(VolumeError::NotFound { .. })
    ));
}

#[test]
fn messages_are_one_safe_line() {
    let (temp, dir) = volume();
    symlink("x", temp.path().join("a\n\u{1b}[1mb")).unwrap();
    let error = dir.directory("a\n\u{1b}[1mb").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{}/a\\u{{a}}\\u{{1b}}[1mb: is a symbolic link, which is never followed here",
            temp.path().display()
        )
    );
    assert_eq!(
        error.hint().unwrap(),
        "replace the link with the real file or directory"
    );
}

#[test]
fn a_full_device_is_told_apart() {
    let error = VolumeError::new(PathBuf::from("/v/f"), Errno::NOSPC);
    assert_eq!(error.to_string(), "/v/f: no space left");
    let error = VolumeError::from_io(PathBuf::from("/v/f"), std::io::Error::from_raw_os_error(30));
    assert!(matches!(error, VolumeError::ReadOnly { .. }));
}
