use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::super::{LockMode, VolumeError};
use super::{plant_fifo, volume};

#[test]
fn a_lock_names_its_holder_and_goes_with_it() {
    let (temp, dir) = volume();
    let held = dir.lock("lock", LockMode::Now, "gateway start").unwrap();
    let error = dir.lock("lock", LockMode::Now, "gateway stop").unwrap_err();
    let expected = format!("pid {} (gateway start)", std::process::id());
    assert!(
        matches!(&error, VolumeError::Locked { holder: Some(holder), .. } if *holder == expected),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .ends_with(&format!("lock: locked by {expected}")),
        "{error}"
    );
    assert_eq!(
        fs::metadata(temp.path().join("lock"))
            .unwrap()
            .permissions()
            .mode()
            & 0o7777,
        0o600
    );
    drop(held);
    dir.lock("lock", LockMode::Now, "gateway stop").unwrap();
}

#[test]
fn a_foreign_holder_text_is_made_safe() {
    let (temp, dir) = volume();
    let _held = dir.lock("lock", LockMode::Now, "x").unwrap();
    for (planted, shown) in [
        ("\u{1b}[2Jpid 1\n\n", Some("\\u{1b}[2Jpid 1".to_owned())),
        ("", None),
        (&"x".repeat(100_000), Some("x".repeat(128))),
    ] {
        fs::write(temp.path().join("lock"), planted).unwrap();
        match dir.lock("lock", LockMode::Now, "y").unwrap_err() {
            VolumeError::Locked { holder, .. } => assert_eq!(holder, shown),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_waiting_lock_is_taken_when_the_holder_is_done() {
    let (_temp, dir) = volume();
    let held = dir.lock("lock", LockMode::Now, "first").unwrap();
    let waiter = dir.clone();
    let (refused, was_refused) = mpsc::channel();
    let thread = thread::spawn(move || {
        refused
            .send(
                waiter
                    .lock("lock", LockMode::Wait(Duration::from_millis(1)), "second")
                    .is_err(),
            )
            .unwrap();
        waiter
            .lock("lock", LockMode::Wait(Duration::from_mins(1)), "second")
            .map(drop)
    });
    assert!(was_refused.recv().unwrap(), "a short wait runs out");
    drop(held);
    thread.join().unwrap().unwrap();
}

#[test]
fn a_lock_whose_file_was_removed_is_not_trusted() {
    let (temp, dir) = volume();
    let _stale = dir.lock("lock", LockMode::Now, "stale").unwrap();
    fs::remove_file(temp.path().join("lock")).unwrap();
    let _held = dir.lock("lock", LockMode::Now, "new").unwrap();
    assert!(matches!(
        dir.lock("lock", LockMode::Now, "third"),
        Err(VolumeError::Locked { .. })
    ));
}

#[test]
fn another_process_is_locked_out() {
    let (temp, dir) = volume();
    fs::write(temp.path().join("lock"), "").unwrap();
    let mut child = Command::new("flock")
        .args(["--no-fork", "lock", "sh", "-c", "echo held; read line"])
        .current_dir(temp.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "held\n");
    let locked = dir.lock("lock", LockMode::Now, "test");
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    assert!(child.wait().unwrap().success());
    assert!(
        matches!(locked, Err(VolumeError::Locked { holder: None, .. })),
        "{locked:?}"
    );
    dir.lock("lock", LockMode::Now, "test").unwrap();
}

#[test]
fn locks_no_link_and_no_fifo() {
    let (temp, dir) = volume();
    fs::write(temp.path().join("victim"), "untouched").unwrap();
    symlink("victim", temp.path().join("link")).unwrap();
    symlink("absent", temp.path().join("dangling")).unwrap();
    fs::hard_link(temp.path().join("victim"), temp.path().join("hard")).unwrap();
    plant_fifo(&dir, "fifo");
    for name in ["link", "dangling", "fifo", "hard"] {
        let error = dir.lock(name, LockMode::Now, "test").unwrap_err();
        assert!(
            matches!(
                error,
                VolumeError::Symlink { .. }
                    | VolumeError::NotARegularFile { .. }
                    | VolumeError::ForeignHardLink { .. }
            ),
            "{error}"
        );
    }
    assert_eq!(fs::read(temp.path().join("victim")).unwrap(), b"untouched");
    assert!(!temp.path().join("absent").exists());
}
