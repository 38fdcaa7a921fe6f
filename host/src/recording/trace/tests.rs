#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use super::*;
use crate::dbus::tests::marshalled::Marshalled;
use crate::effect::fixture::Recorder;
use crate::effect::{Bytes, Failure, Granted, Grants, PathAction};
use crate::recording::Recording;

#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    /// The lines after the header, each duration as `N`.
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.borrow().clone()).unwrap();
        assert!(text.ends_with('\n'));
        text.lines()
            .skip(1)
            .map(|line| {
                let (start, duration) = line.rsplit_once(':').unwrap();
                let duration = duration.strip_suffix('}').unwrap();
                assert!(duration.parse::<u64>().is_ok(), "{line}");
                format!("{start}:N}}")
            })
            .collect()
    }
}

fn trace<P: Perform>(sink: impl Write + 'static, below: P) -> Trace<P> {
    let recording = Recording::new(Box::new(sink));
    Trace::new(Track::begin(recording, "s6".into(), "d16e57", "c@1"), below)
}

fn on(directory: u32, path: &str, action: PathAction) -> Effect {
    Effect::Path {
        directory: DirectoryId(directory),
        path: path.into(),
        action,
    }
}

#[test]
fn each_effect_is_one_line_with_its_place_and_outcome() {
    let sink = Sink::default();
    let below = Recorder::answering([
        Ok(Reply::Directory(DirectoryId(0))),
        Ok(Reply::Directory(DirectoryId(1))),
        Ok(Reply::Done),
        Err(Failure::NotFound),
        Ok(Reply::Time(5)),
    ]);
    let mut trace = trace(sink.clone(), below);
    let contents = Bytes(b"a\n\xff".to_vec());
    for effect in [
        Effect::Open {
            label: "scan".into(),
        },
        on(0, "a/b", PathAction::OpenDirectory),
        on(
            1,
            "x\ny",
            PathAction::Write {
                contents,
                mode: 0o644,
            },
        ),
        on(1, "z", PathAction::Metadata),
        Effect::Now,
    ] {
        let _ = trace.perform(&effect);
    }
    assert_eq!(
        sink.lines(),
        [
            r#"{"number":1,"backend":"s6","effect":"open","label":"scan","outcome":{"Ok":{"directory":0}},"duration_ns":N}"#,
            r#"{"number":2,"backend":"s6","at":"scan","effect":"path","directory":0,"path":"a/b","action":"open-directory","outcome":{"Ok":{"directory":1}},"duration_ns":N}"#,
            r#"{"number":3,"backend":"s6","at":"scan/a/b","effect":"path","directory":1,"path":"x\ny","action":"write","contents":{"hex":"610aff"},"mode":420,"outcome":{"Ok":"done"},"duration_ns":N}"#,
            r#"{"number":4,"backend":"s6","at":"scan/a/b","effect":"path","directory":1,"path":"z","action":"metadata","outcome":{"Err":"not-found"},"duration_ns":N}"#,
            r#"{"number":5,"backend":"s6","effect":"now","outcome":{"Ok":{"time":5}},"duration_ns":N}"#,
        ]
    );
}

#[test]
fn a_denial_is_written_down_although_nothing_happened() {
    let sink = Sink::default();
    let below = Recorder::default();
    let grants = Grants {
        backend: "s6".into(),
        ..Grants::default()
    };
    let granted = Granted::new(grants, below.clone());
    let mut trace = trace(sink.clone(), granted);
    trace
        .perform(&Effect::Open {
            label: "scan".into(),
        })
        .unwrap_err();
    assert_eq!(
        sink.lines(),
        [concat!(
            r#"{"number":1,"backend":"s6","effect":"open","label":"scan","outcome":{"Err":{"not-granted":{"#,
            r#""backend":"s6","capability":"files.open","argument":"label scan","#,
            r#""missing":"--label scan --read-directory"}}},"duration_ns":N}"#
        )]
    );
    assert_eq!(below.take(), []);
}

#[test]
fn what_goes_through_a_socket_has_its_label_and_its_calls() {
    let sink = Sink::default();
    let connection = ConnectionId(0);
    let below = Recorder::answering([Ok(Reply::Connection(connection))]);
    let mut trace = trace(sink.clone(), below);
    let reload = Marshalled::manager("Reload").bytes();
    let (label, timeout) = ("manager".into(), 1);
    let send = |bytes: &[u8]| Effect::Send {
        connection,
        bytes: Bytes(bytes.to_vec()),
        timeout,
    };
    for effect in [
        Effect::Connect { label, timeout },
        send(&reload),
        send(b"half"),
        Effect::CloseConnection { connection },
        send(b""),
    ] {
        let _ = trace.perform(&effect);
    }
    let lines = sink.lines();
    let starts = |line: usize, start: &str| {
        assert!(lines[line].starts_with(start), "{}", lines[line]);
    };
    starts(
        1,
        r#"{"number":2,"backend":"s6","at":"manager","calls":["Reload"],"effect":"send","#,
    );
    starts(
        2,
        r#"{"number":3,"backend":"s6","at":"manager","effect":"send","connection":0,"bytes":"half","#,
    );
    starts(
        3,
        r#"{"number":4,"backend":"s6","at":"manager","effect":"close-connection","#,
    );
    starts(4, r#"{"number":5,"backend":"s6","effect":"send","#);
    assert!(trace.sockets.is_empty());
}

/// Takes two lines and then no more.
struct Full {
    written: Sink,
    tries: Rc<RefCell<u32>>,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.tries.borrow_mut() += 1;
        if *self.tries.borrow() <= 2 {
            return self.written.write(bytes);
        }
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn effects_go_on_where_the_trace_cannot_be_written() {
    let (written, tries) = (Sink::default(), Rc::default());
    let full = Full {
        written: written.clone(),
        tries: Rc::clone(&tries),
    };
    let below = Recorder::answering((0..4).map(|time| Ok(Reply::Time(time))));
    let recording = Recording::new(Box::new(full));
    let mut trace = Trace::new(
        Track::begin(recording.clone(), "s6".into(), "d16e57", "c@1"),
        below.clone(),
    );
    assert_eq!(recording.lost(), None);
    for time in 0..4 {
        assert_eq!(trace.perform(&Effect::Now), Ok(Reply::Time(time)));
    }
    assert_eq!(below.take().len(), 4);
    assert_eq!(written.lines().len(), 1);
    assert_eq!(
        *tries.borrow(),
        3,
        "it is not tried again once it has failed"
    );
    assert_eq!(recording.lost().unwrap(), "no storage space");
}

#[test]
fn what_is_remembered_of_directories_is_bounded_and_let_go() {
    let below = Recorder::answering((0..50).map(|id| Ok(Reply::Directory(DirectoryId(id)))));
    let mut trace = trace(io::sink(), below);
    trace
        .perform(&Effect::Open {
            label: "scan".into(),
        })
        .unwrap();
    let path = "./".repeat(1000);
    for directory in 0..49 {
        trace
            .perform(&on(directory, &path, PathAction::OpenDirectory))
            .unwrap();
    }
    assert!(trace.places.values().all(|place| place.len() < 5000));
    for directory in (0..50).map(DirectoryId) {
        trace
            .perform(&Effect::CloseDirectory { directory })
            .unwrap();
    }
    assert!(trace.places.is_empty());
}
