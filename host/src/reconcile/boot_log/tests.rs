#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use proptest::prelude::*;
use rustix::fs::{CWD, Mode, OFlags};
use tempfile::TempDir;

use super::*;

const ENTRIES: [Entry<'_>; 2] = [
    Entry {
        profile: "default",
        prior_state: None,
        action: Some(Action::Registered),
        prior_exit: PriorExit::Unknown,
    },
    Entry {
        profile: "coder",
        prior_state: Some("running"),
        action: Some(Action::Started),
        prior_exit: PriorExit::Unclean,
    },
];

const LINES: &str = "2026-05-01T10:00:07+0000 profile=default prior_state=None action=registered prior_exit=unknown\n\
    2026-05-01T10:00:07+0000 profile=coder prior_state=running action=started prior_exit=unclean\n";

fn now() -> Timestamp {
    "2026-05-01T10:00:07Z".parse().unwrap()
}

struct Home {
    directory: TempDir,
    volume: VolumeDir,
}

impl Home {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let volume = VolumeDir::open(directory.path()).unwrap();
        Self { directory, volume }
    }

    fn with_logs() -> Self {
        let home = Self::new();
        fs::create_dir(home.directory.path().join(DIRECTORY)).unwrap();
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(DIRECTORY).join(name)
    }

    fn append(&self) -> Result<(), VolumeError> {
        append(&self.volume, now(), &ENTRIES)
    }
}

#[test]
fn each_boot_adds_a_line_for_each_profile() {
    let home = Home::new();
    home.append().unwrap();
    assert_eq!(fs::read_to_string(home.path(FILE)).unwrap(), LINES);
    home.append().unwrap();
    assert_eq!(
        fs::read_to_string(home.path(FILE)).unwrap(),
        LINES.repeat(2)
    );
    assert!(!home.path(ROTATED).exists());
}

#[test]
fn nothing_to_say_writes_nothing() {
    let home = Home::new();
    append(&home.volume, now(), &[]).unwrap();
    assert!(!home.path(FILE).exists());
}

#[test]
fn rotates_a_large_log_over_the_last_one() {
    let home = Home::with_logs();
    fs::write(home.path(ROTATED), "oldest").unwrap();
    let old = vec![b'x'; usize::try_from(MAX_SIZE).unwrap()];
    fs::write(home.path(FILE), &old[1..]).unwrap();
    home.append().unwrap();
    assert_eq!(fs::read_to_string(home.path(ROTATED)).unwrap(), "oldest");

    fs::write(home.path(FILE), &old).unwrap();
    home.append().unwrap();
    assert_eq!(fs::read_to_string(home.path(FILE)).unwrap(), LINES);
    assert_eq!(fs::read(home.path(ROTATED)).unwrap(), old);
}

#[test]
fn a_linked_directory_is_refused() {
    let home = Home::new();
    let target = tempfile::tempdir().unwrap();
    symlink(target.path(), home.directory.path().join(DIRECTORY)).unwrap();
    assert!(matches!(home.append(), Err(VolumeError::Symlink { .. })));
    assert_eq!(fs::read_dir(target.path()).unwrap().count(), 0);
}

#[test]
fn a_planted_log_is_refused() {
    let home = Home::with_logs();
    let target = home.path("target");
    fs::write(&target, "kept").unwrap();

    symlink(&target, home.path(FILE)).unwrap();
    assert!(matches!(home.append(), Err(VolumeError::Symlink { .. })));
    fs::remove_file(home.path(FILE)).unwrap();

    fs::hard_link(&target, home.path(FILE)).unwrap();
    assert!(matches!(
        home.append(),
        Err(VolumeError::ForeignHardLink { .. })
    ));
    fs::remove_file(home.path(FILE)).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "kept");

    fs::create_dir(home.path(FILE)).unwrap();
    assert!(matches!(
        home.append(),
        Err(VolumeError::NotARegularFile { .. })
    ));
    fs::remove_dir(home.path(FILE)).unwrap();

    rustix::fs::mkfifoat(CWD, home.path(FILE), Mode::RUSR | Mode::WUSR).unwrap();
    assert!(matches!(
        home.append(),
        Err(VolumeError::NotARegularFile { .. })
    ));
    // With a reader the open succeeds.
    let _reader = rustix::fs::open(
        home.path(FILE),
        OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .unwrap();
    assert!(matches!(
        home.append(),
        Err(VolumeError::NotARegularFile { .. })
    ));
}

proptest! {
    #[test]
    fn no_prior_state_forges_a_field(state in "\\PC{0,100}|[ \n=\u{1b}a-z]{0,100}") {
        let entry = Entry { prior_state: Some(&state), ..ENTRIES[0] };
        let text = render(now(), &[entry]);
        prop_assert_eq!(text.lines().count(), 1);
        prop_assert_eq!(text.split_ascii_whitespace().count(), 5);
        prop_assert!(text.len() < 200 && text.is_ascii());
    }
}
