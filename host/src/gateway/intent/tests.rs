#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::thread;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn profile() -> (TempDir, VolumeDir) {
    let directory = tempfile::tempdir().unwrap();
    let volume = VolumeDir::open(directory.path()).unwrap();
    (directory, volume)
}

fn with_file(contents: impl AsRef<[u8]>) -> (TempDir, VolumeDir) {
    let (directory, volume) = profile();
    fs::write(directory.path().join(FILE), contents).unwrap();
    (directory, volume)
}

fn record(volume: &VolumeDir, desired: Desired) -> Recorded {
    let now = "2026-05-01T10:00:00Z".parse().unwrap();
    Intent::record(volume, desired, "gateway start", now, Durability::Synced).unwrap()
}

#[test]
fn none_was_ever_stored() {
    assert_eq!(Intent::load(&profile().1).unwrap(), None);
}

#[test]
fn what_is_recorded_is_loaded() {
    let (directory, volume) = profile();
    let recorded = record(&volume, Desired::Running);
    assert!(recorded.changed && recorded.replaced_corrupt.is_none());
    assert_eq!(recorded.intent.generation, 1);
    assert_eq!(Intent::load(&volume).unwrap(), Some(recorded.intent));
    assert_eq!(
        fs::read_to_string(directory.path().join(FILE)).unwrap(),
        "{\"at\":\"2026-05-01T10:00:00Z\",\"by\":\"gateway start\",\"desired\":\"running\",\"generation\":1}\n"
    );
}

#[test]
fn every_change_of_mind_counts() {
    let (_directory, volume) = profile();
    for (generation, desired) in (1..).zip([
        Desired::Running,
        Desired::Stopped,
        Desired::Running,
        Desired::Stopped,
    ]) {
        assert_eq!(record(&volume, desired).intent.generation, generation);
    }
}

/// Names in the profile.
fn names(volume: &VolumeDir) -> Vec<String> {
    let entries = volume.entries().unwrap().into_iter();
    entries
        .map(|(name, _)| name.to_string_lossy().into_owned())
        .collect()
}

fn prepared(volume: &VolumeDir, desired: Desired) -> Preparation {
    Preparation::of(volume, desired, "early".to_owned()).unwrap()
}

#[test]
fn what_is_prepared_has_no_name_before_it_is_recorded() {
    let (_directory, volume) = profile();
    let early = prepared(&volume, Desired::Running);
    assert_eq!(Intent::load(&volume).unwrap(), None);
    let now = Timestamp::now();
    let recorded = Intent::record_prepared(
        &volume,
        Desired::Running,
        "late",
        now,
        Durability::BytesSynced,
        Some(early),
    )
    .unwrap();
    assert_eq!(recorded.intent.by, "early");
    assert_eq!(Intent::load(&volume).unwrap(), Some(recorded.intent));
    assert_eq!(names(&volume), [FILE]);
}

#[test]
fn those_of_many_profiles_come_in_their_order() {
    let profiles: Vec<(TempDir, VolumeDir)> = (0..20).map(|_| profile()).collect();
    let volumes: Vec<&VolumeDir> = profiles.iter().map(|(_, volume)| volume).collect();
    let in_memory = volumes[0].is_in_memory();
    // One that cannot be read, and one that is so already.
    fs::write(profiles[3].0.path().join(FILE), "{").unwrap();
    record(volumes[5], Desired::Running);
    record(volumes[7], Desired::Stopped);

    let all = Preparation::all(&volumes, Desired::Running, "early");
    assert_eq!(all.len(), volumes.len());
    for (place, (volume, preparation)) in volumes.iter().zip(all).enumerate() {
        assert_eq!(preparation.is_none(), in_memory);
        let durability = Durability::BytesSynced;
        let now = Timestamp::now();
        let desired = Desired::Running;
        let recorded =
            Intent::record_prepared(volume, desired, "late", now, durability, preparation);
        let by = match place {
            3 => "late",
            5 => "gateway start",
            _ if in_memory => "late",
            _ => "early",
        };
        let intent = recorded.unwrap().intent;
        let generation = if place == 7 { 2 } else { 1 };
        assert_eq!((intent.by.as_str(), intent.generation), (by, generation));
        assert_eq!(Intent::load(volume).unwrap(), Some(intent));
        assert_eq!(names(volume), [FILE], "{place}");
    }
    drop(Preparation::all(&volumes, Desired::Stopped, "nobody"));
    assert!(volumes.iter().all(|volume| names(volume) == [FILE]));
}

#[test]
fn what_is_prepared_and_not_recorded_is_gone() {
    let (_directory, volume) = profile();
    drop(prepared(&volume, Desired::Running));
    assert_eq!(names(&volume), [""; 0]);
}

#[test]
fn what_was_prepared_before_another_command_does_not_count() {
    let (_directory, volume) = profile();
    for swept in [false, true] {
        let early = prepared(&volume, Desired::Running);
        while !early.is_staged() {
            thread::yield_now();
        }
        if swept {
            volume.sweep_temporaries(FILE);
        } else {
            record(&volume, Desired::Running);
            record(&volume, Desired::Stopped);
        }
        let now = Timestamp::now();
        let durability = Durability::BytesSynced;
        let recorded = Intent::record_prepared(
            &volume,
            Desired::Running,
            "late",
            now,
            durability,
            Some(early),
        )
        .unwrap();
        assert_eq!(recorded.intent.by, "late", "swept: {swept}");
        assert_eq!(names(&volume), [FILE]);
        record(&volume, Desired::Stopped);
    }
}

#[test]
fn the_same_again_leaves_the_file_alone() {
    let (directory, volume) = profile();
    let first = record(&volume, Desired::Stopped).intent;
    let inode = fs::metadata(directory.path().join(FILE)).unwrap().ino();
    let again = record(&volume, Desired::Stopped);
    assert!(!again.changed);
    assert_eq!(again.intent, first);
    assert_eq!(
        fs::metadata(directory.path().join(FILE)).unwrap().ino(),
        inode
    );
}

#[test]
fn the_generation_never_wraps() {
    let (_directory, volume) = with_file(format!(
        "{{\"desired\":\"running\",\"generation\":{}}}",
        u64::MAX
    ));
    assert_eq!(
        record(&volume, Desired::Stopped).intent.generation,
        u64::MAX
    );
}

#[test]
fn reads_a_newer_or_a_hand_written_file() {
    for contents in [
        "{\"desired\":\"running\"}",
        " {\"desired\":\"running\",\"generation\":0,\"by\":\"\",\"at\":\"\",\"lease\":{\"x\":[1]}}\n",
    ] {
        let intent = Intent::load(&with_file(contents).1).unwrap().unwrap();
        assert_eq!(
            (intent.desired, intent.generation),
            (Desired::Running, 0),
            "{contents}"
        );
    }
}

/// Contents that are no intent, with what the error says about them.
const CORRUPT: [(&str, &str); 14] = [
    ("", "is not a JSON object"),
    ("null", "is not a JSON object"),
    ("[\"running\",1,\"a\",\"b\"]", "is not a JSON object"),
    ("\"running\"", "is not a JSON object"),
    (
        "{\"desired\":\"run",
        "EOF while parsing a string at line 1 column 15",
    ),
    (
        "{\"desired\":\"running\"}}",
        "trailing characters at line 1 column 22",
    ),
    ("{}", "missing field `desired` at line 1 column 2"),
    (
        "{\"desired\":\"up\"}",
        "`up` is neither `running` nor `stopped` at line 1 column 16",
    ),
    (
        "{\"desired\":1}",
        "invalid type: integer `1`, expected a string at line 1 column 12",
    ),
    (
        "{\"desired\":\"running\",\"generation\":-1}",
        "invalid value: integer `-1`, expected u64 at line 1 column 36",
    ),
    (
        "{\"desired\":\"running\",\"by\":7}",
        "invalid type: integer `7`, expected a string at line 1 column 27",
    ),
    (
        "{\"desired\":\"running\",\"desired\":\"stopped\"}",
        "duplicate field `desired` at line 1 column 30",
    ),
    (
        "{\"desired\":\"running\",\"lease\":{\"x\":1,\"x\":2}}",
        "lease.x stands twice at line 1 column 39",
    ),
    (
        "{\"desired\":\"\\u001b[2J\\nup\"}",
        "`\\u{1b}[2J\\u{a}up` is neither `running` nor `stopped` at line 1 column 27",
    ),
];

#[test]
fn says_which_file_is_corrupt_and_how() {
    for (contents, reason) in CORRUPT {
        let (directory, volume) = with_file(contents);
        let error = Intent::load(&volume).unwrap_err();
        let path = directory.path().join(FILE);
        assert_eq!(
            error.to_string(),
            format!("{}: {reason}", path.display()),
            "{contents:?}"
        );
        assert!(error.hint().is_some());
    }
}

#[test]
fn the_operator_outweighs_a_corrupt_file() {
    for (contents, reason) in CORRUPT {
        let (_directory, volume) = with_file(contents);
        let recorded = record(&volume, Desired::Stopped);
        assert!(recorded.changed);
        assert!(
            recorded
                .replaced_corrupt
                .unwrap()
                .to_string()
                .ends_with(reason)
        );
        assert_eq!(Intent::load(&volume).unwrap().unwrap().generation, 1);
    }
}

#[test]
fn a_huge_file_is_refused_and_replaced() {
    let (_directory, volume) = with_file(vec![b' '; 1 << 20]);
    assert!(matches!(
        Intent::load(&volume),
        Err(IntentError::Volume(VolumeError::TooLarge { .. }))
    ));
    assert!(record(&volume, Desired::Running).replaced_corrupt.is_some());
}

#[test]
fn a_link_is_replaced_and_not_followed() {
    let (directory, volume) = profile();
    let target = directory.path().join("target");
    fs::write(&target, "{\"desired\":\"running\"}").unwrap();
    std::os::unix::fs::symlink(&target, directory.path().join(FILE)).unwrap();
    assert!(matches!(
        Intent::load(&volume),
        Err(IntentError::Volume(VolumeError::Symlink { .. }))
    ));
    record(&volume, Desired::Stopped);
    assert_eq!(
        fs::read_to_string(&target).unwrap(),
        "{\"desired\":\"running\"}"
    );
    assert_eq!(
        Intent::load(&volume).unwrap().unwrap().desired,
        Desired::Stopped
    );
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let (directory, volume) = profile();
    fs::create_dir(directory.path().join(FILE)).unwrap();
    let now = "2026-05-01T10:00:00Z".parse().unwrap();
    let error =
        Intent::record(&volume, Desired::Running, "test", now, Durability::Unsynced).unwrap_err();
    assert!(
        matches!(
            error,
            IntentError::Volume(VolumeError::NotARegularFile { .. })
        ),
        "{error}"
    );
}

proptest! {
    #[test]
    fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Intent::parse(&bytes);
    }

    #[test]
    fn a_truncated_intent_is_never_believed(cut in 1usize..60) {
        let whole = "{\"at\":\"\",\"by\":\"gateway start\",\"desired\":\"running\",\"generation\":1}";
        prop_assert!(Intent::parse(&whole.as_bytes()[..whole.len() - cut]).is_err());
    }

    #[test]
    fn whoever_wrote_it_is_read_back(by in any::<String>(), generation in any::<u64>()) {
        let intent = Intent { desired: Desired::Running, generation, by, at: "now".to_owned() };
        prop_assert_eq!(Intent::parse(intent.to_json().as_bytes()), Ok(intent));
    }
}
