//! What the agent's account can put in the place of the file.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Instant;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{ALMOST, TIMING, container, taken, volume, waiting};
use crate::lease::*;

type Plant<'a> = &'a dyn Fn(&Path);

#[test]
fn what_is_no_file_of_ours_is_refused_and_left_alone() {
    let plants: [(Plant, &str); 6] = [
        (
            &|path| symlink("victim", path).unwrap(),
            "is a symbolic link",
        ),
        (
            &|path| symlink("absent", path).unwrap(),
            "is a symbolic link",
        ),
        (
            &|path| fs::create_dir(path).unwrap(),
            "is not a regular file",
        ),
        (
            &|path| mknodat(CWD, path, FileType::Fifo, Mode::RWXU, 0).unwrap(),
            "is not a regular file",
        ),
        (
            &|path| drop(UnixListener::bind(path).unwrap()),
            "is not a regular file",
        ),
        (
            &|path| fs::hard_link(path.with_file_name("victim"), path).unwrap(),
            "is a hard link",
        ),
    ];
    for (plant, says) in plants {
        let (temp, home) = volume();
        fs::write(temp.path().join("victim"), "untouched").unwrap();
        plant(&temp.path().join(FILE));
        let own = container("own");
        let errors = [
            Candidate::new(&home, &own, TIMING)
                .attempt(Instant::now())
                .map(drop)
                .unwrap_err(),
            Sighting::of(&home, Path::new("/proc"))
                .map(drop)
                .unwrap_err(),
        ];
        for error in errors {
            let (message, hint) = (error.to_string(), error.hint().unwrap());
            assert!(message.contains(&format!("{FILE}: {says}")), "{message}");
            assert!(hint.starts_with("remove it"), "{hint}");
        }
        assert_eq!(fs::read(temp.path().join("victim")).unwrap(), b"untouched");
        assert!(!temp.path().join("absent").exists());
    }
}

#[test]
fn what_cannot_be_read_is_taken_once_it_was_watched() {
    let huge = vec![b' '; 100_000_000];
    for (contents, says) in [
        (b"".as_slice(), "is empty"),
        (b"[]", "is not a JSON object"),
        (
            b"{\"host\":\"x\",\"boot\":",
            "cannot be read: EOF while parsing",
        ),
        (&huge, "is larger than 4096 bytes"),
    ] {
        let (temp, home) = volume();
        fs::write(temp.path().join(FILE), contents).unwrap();
        let own = container("own");
        let mut candidate = Candidate::new(&home, &own, TIMING);
        let now = Instant::now();
        let holder = waiting(&mut candidate, now).holder();
        assert!(
            holder.starts_with(&format!("unknown, {FILE} {says}")),
            "{holder}"
        );
        assert!(
            Sighting::of(&home, Path::new("/proc"))
                .unwrap()
                .unwrap()
                .is_in_the_way()
        );
        waiting(&mut candidate, now + ALMOST);
        let mut lease = taken(&mut candidate, now + TIMING.expiry);
        lease.keep(now).unwrap();
        let written = fs::read(temp.path().join(FILE)).unwrap();
        assert!(Record::parse(&written).unwrap().unwrap().is_of(&own));
    }
}
