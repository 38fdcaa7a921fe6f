#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::effect::fixture::Recorder;
use crate::effect::{Bytes, ConnectionId, DirectoryId, ListenerId, LogLevel};

/// Long enough that no test ever reaches it.
const HOUR: Duration = Duration::from_hours(1);

fn on(path: &str, action: PathAction) -> Effect {
    Effect::Path {
        directory: DirectoryId(0),
        path: path.into(),
        action,
    }
}

fn open() -> Effect {
    Effect::Open { label: "l".into() }
}

fn close() -> Effect {
    Effect::CloseDirectory {
        directory: DirectoryId(0),
    }
}

#[test]
fn handles_are_capped_until_some_are_let_go() {
    let below = Recorder::answering((0..).take(MOST_HANDLES).map(|id| match id % 3 {
        0 => Ok(Reply::Directory(DirectoryId(id))),
        1 => Ok(Reply::Listener(ListenerId(id))),
        _ => Ok(Reply::Connection(ConnectionId(id))),
    }));
    let mut bounded = Bounded::new(Deadline::after(HOUR), below.clone());
    for _ in 0..MOST_HANDLES {
        bounded.perform(&open()).unwrap();
    }
    below.take();
    for effect in [
        open(),
        Effect::Connect {
            label: "l".into(),
            timeout: 0,
        },
        on("p", PathAction::OpenDirectory),
        on("p", PathAction::Listen { mode: 0o600 }),
    ] {
        assert_eq!(bounded.perform(&effect), Err(Failure::TooLarge));
    }
    assert_eq!(below.take(), []);
    assert_eq!(bounded.perform(&Effect::Now), Ok(Reply::Done));
    bounded.perform(&close()).unwrap();
    assert_eq!(bounded.perform(&open()), Ok(Reply::Done));
}

#[test]
fn what_did_not_open_holds_no_handle() {
    let below = Recorder::answering((0..2 * MOST_HANDLES).map(|_| Err(Failure::NotFound)));
    let mut bounded = Bounded::new(Deadline::after(HOUR), below);
    for _ in 0..2 * MOST_HANDLES {
        assert_eq!(bounded.perform(&open()), Err(Failure::NotFound));
    }
    assert_eq!(bounded.perform(&open()), Ok(Reply::Done));
}

#[test]
fn what_is_as_large_as_allowed_passes_and_one_more_does_not() {
    let text = |more: usize| "x".repeat(LONGEST_TEXT + more);
    let bytes = |more: usize| Bytes(vec![0; MOST_BYTES + more]);
    let limit = |more: usize| u32::try_from(MOST_BYTES + more).unwrap();
    let effects = |more: usize| {
        vec![
            Effect::Open { label: text(more) },
            Effect::Connect {
                label: text(more),
                timeout: 0,
            },
            Effect::ReadGranted {
                label: text(more),
                limit: 0,
            },
            Effect::ReadGranted {
                label: "l".into(),
                limit: limit(more),
            },
            on(&text(more), PathAction::Metadata),
            on("p", PathAction::Read { limit: limit(more) }),
            on(
                "p",
                PathAction::Write {
                    contents: bytes(more),
                    mode: 0,
                },
            ),
            on(
                "p",
                PathAction::CreateFile {
                    contents: bytes(more),
                    mode: 0,
                },
            ),
            on(
                "p",
                PathAction::Signal {
                    bytes: Bytes(text(more).into()),
                    meaning: String::new(),
                },
            ),
            on(
                "p",
                PathAction::Signal {
                    bytes: Bytes::default(),
                    meaning: text(more),
                },
            ),
            on("p", PathAction::CreateSymlink { target: text(more) }),
            on(
                "p",
                PathAction::CreateLink {
                    new_path: text(more),
                    other: None,
                },
            ),
            on(
                "p",
                PathAction::Rename {
                    new_path: text(more),
                },
            ),
            Effect::Wait {
                listeners: vec![ListenerId(0); MOST_HANDLES + more],
                timeout: 0,
            },
            Effect::Send {
                connection: ConnectionId(0),
                bytes: bytes(more),
                timeout: 0,
            },
            Effect::ReceiveFrom {
                connection: ConnectionId(0),
                limit: limit(more),
                timeout: 0,
            },
            Effect::Run {
                label: "l".into(),
                arguments: vec!["x".repeat(MOST_BYTES - 2), "x".repeat(1 + more)],
            },
            Effect::Log {
                level: LogLevel::Info,
                message: "x".repeat(MOST_BYTES + more),
            },
        ]
    };
    let below = Recorder::default();
    let mut bounded = Bounded::new(Deadline::after(HOUR), below.clone());
    for (place, effect) in effects(0).iter().enumerate() {
        assert_eq!(bounded.perform(effect), Ok(Reply::Done), "effect {place}");
    }
    assert_eq!(below.take().len(), effects(0).len());
    for (place, effect) in effects(1).iter().enumerate() {
        assert_eq!(
            bounded.perform(effect),
            Err(Failure::TooLarge),
            "effect {place}"
        );
    }
    assert_eq!(below.take(), []);
}

#[test]
fn once_the_time_is_over_only_closing_is_left() {
    let below = Recorder::default();
    let deadline = Deadline::after(Duration::ZERO);
    let mut bounded = Bounded::new(deadline.clone(), below.clone());
    for effect in [
        Effect::Now,
        open(),
        on("p", PathAction::Metadata),
        Effect::Sleep { duration: 0 },
        Effect::Log {
            level: LogLevel::Info,
            message: "m".into(),
        },
    ] {
        assert_eq!(bounded.perform(&effect), Err(Failure::OutOfTime));
    }
    assert_eq!(below.take(), []);
    for effect in [
        close(),
        Effect::CloseListener {
            listener: ListenerId(0),
        },
        Effect::CloseConnection {
            connection: ConnectionId(0),
        },
    ] {
        assert_eq!(bounded.perform(&effect), Ok(Reply::Done));
    }
    // The next call of the backend has its own time.
    deadline.set(HOUR);
    assert_eq!(bounded.perform(&Effect::Now), Ok(Reply::Done));
}

fn waits(nanoseconds: u64) -> [(Effect, Outcome); 5] {
    [
        (
            Effect::Wait {
                listeners: vec![ListenerId(0)],
                timeout: nanoseconds,
            },
            Ok(Reply::Ready(Vec::new())),
        ),
        (
            Effect::ReceiveFrom {
                connection: ConnectionId(0),
                limit: 1,
                timeout: nanoseconds,
            },
            Err(Failure::TimedOut),
        ),
        (
            Effect::Connect {
                label: "l".into(),
                timeout: nanoseconds,
            },
            Err(Failure::TimedOut),
        ),
        (
            Effect::Send {
                connection: ConnectionId(0),
                bytes: Bytes::default(),
                timeout: nanoseconds,
            },
            Err(Failure::TimedOut),
        ),
        (
            Effect::Sleep {
                duration: nanoseconds,
            },
            Ok(Reply::Done),
        ),
    ]
}

fn waited(effect: &Effect) -> u64 {
    match effect {
        Effect::Wait { timeout: wait, .. }
        | Effect::ReceiveFrom { timeout: wait, .. }
        | Effect::Connect { timeout: wait, .. }
        | Effect::Send { timeout: wait, .. }
        | Effect::Sleep { duration: wait } => *wait,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_wait_that_fits_is_left_as_it_is() {
    for (effect, outcome) in waits(1_000_000) {
        let below = Recorder::answering([outcome.clone()]);
        let mut bounded = Bounded::new(Deadline::after(HOUR), below.clone());
        assert_eq!(bounded.perform(&effect), outcome);
        assert_eq!(below.take(), [effect]);
    }
}

#[test]
fn a_wait_beyond_the_deadline_is_shortened_and_ends_the_operation() {
    for (effect, outcome) in waits(u64::MAX) {
        let below = Recorder::answering([outcome]);
        let mut bounded = Bounded::new(Deadline::after(HOUR), below.clone());
        assert_eq!(bounded.perform(&effect), Err(Failure::OutOfTime));
        let [reached] = &below.take()[..] else {
            panic!("not reached once");
        };
        assert!(u128::from(waited(reached)) <= HOUR.as_nanos());
    }
}

#[test]
fn a_shortened_wait_that_something_ended_is_as_good_as_any() {
    let [(wait, _), (receive, _), (connect, _), (send, _), _] = waits(u64::MAX);
    for (effect, outcome) in [
        (connect, Ok(Reply::Connection(ConnectionId(0)))),
        (send, Ok(Reply::Done)),
        (wait, Ok(Reply::Ready(vec![0]))),
        (receive, Ok(Reply::Bytes(Bytes(b"x".to_vec())))),
    ] {
        let below = Recorder::answering([outcome.clone()]);
        assert_eq!(
            Bounded::new(Deadline::after(HOUR), below).perform(&effect),
            outcome
        );
    }
}
