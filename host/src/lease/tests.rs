mod hostile;
mod parsed;

use std::fs::{self, FileTimes};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use super::*;
use crate::volume::VolumeDir;

const TIMING: Timing = Timing::USUAL;
/// Just shorter than a lease lasts.
const ALMOST: Duration = Duration::from_millis(29_999);

type Spoil<'a> = &'a dyn Fn();

fn volume() -> (TempDir, VolumeDir) {
    let temp = TempDir::new().unwrap();
    let home = VolumeDir::open(temp.path()).unwrap();
    (temp, home)
}

/// One container of this boot of this machine.
fn container(name: &str) -> Identity {
    Identity {
        host: format!("host-of-{name}"),
        boot: "this-boot".to_owned(),
        container: name.to_owned(),
    }
}

fn elsewhere() -> Record {
    Record {
        host: "far-away".to_owned(),
        boot: "another-boot".to_owned(),
        container: "1:1".to_owned(),
        pid: 7,
        since: "2026-05-18T07:00:00Z".to_owned(),
    }
}

fn plant(temp: &TempDir, record: &Record) {
    fs::write(temp.path().join(FILE), record.to_json()).unwrap();
}

/// The next renewal of a holder whose lock does not reach here.
fn renew(temp: &TempDir, tick: u64) {
    let file = fs::File::options().write(true).open(temp.path().join(FILE));
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 + tick);
    let times = FileTimes::new().set_modified(modified);
    file.unwrap().set_times(times).unwrap();
}

#[track_caller]
fn taken(candidate: &mut Candidate, now: Instant) -> Lease {
    match candidate.attempt(now).unwrap() {
        Attempt::Taken(lease) => lease,
        Attempt::Waiting(sighting) => panic!("{sighting:?}"),
    }
}

#[track_caller]
fn waiting(candidate: &mut Candidate, now: Instant) -> Sighting {
    match candidate.attempt(now).unwrap() {
        Attempt::Waiting(sighting) => sighting,
        Attempt::Taken(lease) => panic!("{lease:?}"),
    }
}

#[test]
fn the_rule() {
    let own = container("a");
    let of = |name| Ok(Some(Record::new(&container(name), jiff::Timestamp::now())));
    let (ours, neighbour, nobody) = (of("a"), of("b"), Ok(None));
    let far = Ok(Some(elsewhere()));
    let unreadable = Err("is empty".to_owned());
    let (young, old) = (ALMOST, TIMING.expiry);
    for (locked, entry, unchanged, standing) in [
        (true, &ours, old, Standing::Live),
        (true, &neighbour, old, Standing::Live),
        (true, &far, old, Standing::Live),
        (true, &nobody, old, Standing::Live),
        (true, &unreadable, old, Standing::Live),
        (false, &ours, Duration::ZERO, Standing::Stale),
        (false, &neighbour, Duration::ZERO, Standing::Stale),
        (false, &far, young, Standing::Live),
        (false, &far, old, Standing::Stale),
        (false, &nobody, Duration::ZERO, Standing::Stale),
        (false, &unreadable, young, Standing::Live),
        (false, &unreadable, old, Standing::Stale),
    ] {
        assert_eq!(
            judge(locked, entry, &own, unchanged, TIMING.expiry),
            standing,
            "{locked} {entry:?} {unchanged:?}"
        );
    }
}

#[test]
fn all_processes_of_a_container_are_of_it() {
    let proc = Path::new("/proc");
    let own = Identity::current(proc).unwrap();
    assert_eq!(own, Identity::current(proc).unwrap());
    assert!(!own.boot.is_empty() && !own.host.is_empty(), "{own:?}");
    let error = Identity::current(Path::new("/nonexistent")).unwrap_err();
    assert!(
        error.to_string().contains("/nonexistent/self/ns/pid"),
        "{error}"
    );
}

#[test]
fn the_second_container_waits_until_the_first_gives_it_back() {
    let (temp, home) = volume();
    let (first, second) = (container("first"), container("second"));
    let now = Instant::now();
    let mut waiter = Candidate::new(&home, &second, TIMING);
    let lease = taken(&mut Candidate::new(&home, &first, TIMING), now);
    for later in [now, now + 10 * TIMING.expiry] {
        let sighting = waiting(&mut waiter, later);
        assert_eq!(sighting.standing, Standing::Live);
        assert!(sighting.is_in_the_way() && !sighting.ours);
        assert!(sighting.holder().starts_with("host-of-first, since 2"));
    }
    lease.give_back().unwrap();
    let sighting = Sighting::of(&home, Path::new("/proc")).unwrap().unwrap();
    assert!(!sighting.is_in_the_way(), "{sighting:?}");
    // There is room for the next record also where the volume is full.
    assert_eq!(fs::read(temp.path().join(FILE)).unwrap(), b"{}\n");
    let lease = taken(&mut waiter, now);
    assert!(
        fs::read_to_string(temp.path().join(FILE))
            .unwrap()
            .contains("host-of-second")
    );
    lease.give_back().unwrap();
}

#[test]
fn a_killed_container_keeps_nobody_waiting() {
    let (temp, home) = volume();
    let (first, second) = (container("first"), container("second"));
    let now = Instant::now();
    // As with its processes the lock goes, and the record stays.
    drop(taken(&mut Candidate::new(&home, &first, TIMING), now));
    assert!(temp.path().join(FILE).exists());
    taken(&mut Candidate::new(&home, &second, TIMING), now);
}

#[test]
fn another_machine_counts_until_it_was_seen_to_renew_no_more() {
    let (temp, home) = volume();
    plant(&temp, &elsewhere());
    let own = container("own");
    let mut candidate = Candidate::new(&home, &own, TIMING);
    let mut now = Instant::now();
    for tick in 0..20 {
        renew(&temp, tick);
        assert!(waiting(&mut candidate, now).is_in_the_way());
        now += ALMOST;
        waiting(&mut candidate, now);
    }
    taken(&mut candidate, now + TIMING.expiry);
}

#[test]
fn clocks_that_differ_make_no_difference_to_who_watches() {
    for seconds in [0, 4_000_000_000] {
        let (temp, home) = volume();
        plant(&temp, &elsewhere());
        renew(&temp, seconds);
        let own = container("own");
        let mut candidate = Candidate::new(&home, &own, TIMING);
        let now = Instant::now();
        waiting(&mut candidate, now);
        waiting(&mut candidate, now + ALMOST);
        taken(&mut candidate, now + TIMING.expiry);
    }
}

#[test]
fn another_holder_is_watched_anew() {
    let (temp, home) = volume();
    plant(&temp, &elsewhere());
    let own = container("own");
    let mut candidate = Candidate::new(&home, &own, TIMING);
    let now = Instant::now();
    waiting(&mut candidate, now);
    let other = Record {
        container: "2:2".to_owned(),
        ..elsewhere()
    };
    plant(&temp, &other);
    waiting(&mut candidate, now + TIMING.expiry);
    waiting(&mut candidate, now + TIMING.expiry + ALMOST);
    taken(&mut candidate, now + 2 * TIMING.expiry);
}

#[test]
fn a_command_judges_another_machine_by_the_clocks() {
    let (temp, home) = volume();
    let proc = Path::new("/proc");
    assert_eq!(Sighting::of(&home, proc).unwrap(), None);
    plant(&temp, &elsewhere());
    let sighting = Sighting::of(&home, proc).unwrap().unwrap();
    assert!(sighting.is_in_the_way(), "{sighting:?}");
    assert_eq!(sighting.holder(), "far-away, since 2026-05-18T07:00:00Z");
    renew(&temp, 0);
    let sighting = Sighting::of(&home, proc).unwrap().unwrap();
    assert_eq!(sighting.standing, Standing::Stale);
    // Its clock is ahead.
    renew(&temp, 4_000_000_000);
    let sighting = Sighting::of(&home, proc).unwrap().unwrap();
    assert_eq!(sighting.standing, Standing::Live);
}

#[test]
fn a_command_knows_its_own_container() {
    let (_temp, home) = volume();
    let proc = Path::new("/proc");
    let own = Identity::current(proc).unwrap();
    let lease = taken(&mut Candidate::new(&home, &own, TIMING), Instant::now());
    let sighting = Sighting::of(&home, proc).unwrap().unwrap();
    assert_eq!(sighting.standing, Standing::Live);
    assert!(sighting.ours && !sighting.is_in_the_way());
    drop(lease);
    let sighting = Sighting::of(&home, proc).unwrap().unwrap();
    assert_eq!(sighting.standing, Standing::Stale);
    assert!(sighting.ours);
}

#[test]
fn a_lease_is_renewed_when_that_is_due() {
    let (temp, home) = volume();
    let own = container("own");
    let now = Instant::now();
    let mut lease = taken(&mut Candidate::new(&home, &own, TIMING), now);
    renew(&temp, 0);
    let modified = || fs::metadata(temp.path().join(FILE)).unwrap().modified();
    let before = modified().unwrap();
    lease.keep(now + TIMING.renewal / 2).unwrap();
    assert_eq!(modified().unwrap(), before);
    lease.keep(now + TIMING.renewal).unwrap();
    assert!(modified().unwrap() > before);
}

#[test]
fn a_lease_is_lost_to_whoever_writes_another() {
    let (temp, home) = volume();
    let own = container("own");
    let path = temp.path().join(FILE);
    let far = elsewhere().to_json();
    let cases: [(Spoil, &str); 4] = [
        (
            &|| fs::write(&path, &far).unwrap(),
            "another container has it (far-away, since 2026-05-18T07:00:00Z)",
        ),
        (
            &|| fs::write(&path, "").unwrap(),
            "removed, replaced or written to",
        ),
        (
            &|| fs::remove_file(&path).unwrap(),
            "removed, replaced or written to",
        ),
        (
            &|| {
                fs::write(temp.path().join("new"), &far).unwrap();
                fs::rename(temp.path().join("new"), &path).unwrap();
            },
            "removed, replaced or written to",
        ),
    ];
    for (spoil, says) in cases {
        let _ = fs::remove_file(&path);
        let now = Instant::now();
        let mut lease = taken(&mut Candidate::new(&home, &own, TIMING), now);
        lease.keep(now).unwrap();
        spoil();
        let left = fs::read(&path).ok();
        let error = lease.keep(now).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        // What is another's now stays.
        lease.give_back().unwrap();
        assert_eq!(fs::read(&path).ok(), left);
    }
}

#[test]
fn a_file_removed_while_somebody_waits_is_made_anew() {
    let (temp, home) = volume();
    let (first, second) = (container("first"), container("second"));
    let now = Instant::now();
    let mut lost = taken(&mut Candidate::new(&home, &first, TIMING), now);
    let mut waiter = Candidate::new(&home, &second, TIMING);
    waiting(&mut waiter, now);
    fs::remove_file(temp.path().join(FILE)).unwrap();
    let _lease = taken(&mut waiter, now);
    assert!(lost.keep(now).is_err());
    lost.give_back().unwrap();
    assert!(temp.path().join(FILE).exists());
}
