use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::thread::{self, JoinHandle};

use super::*;
use crate::dbus::tests::marshalled::Marshalled;
use crate::dbus::{Policy, calls, first_message};

const UNIT: &str = "hermes-gateway@coder.service";
const LONG: u64 = 20_000_000_000;

struct Run {
    overlay: Overlay,
    rehearsal: Rehearsal,
    root: TempDir,
}

impl Run {
    fn new(access: Access) -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("socket");
        let grants = Grants {
            backend: "systemd".into(),
            by_label: BTreeMap::from([("manager".to_owned(), Grant { access, path })]),
        };
        let rehearsal = Rehearsal::default();
        Self {
            overlay: Overlay::new(grants, rehearsal.clone(), None),
            rehearsal,
            root,
        }
    }

    /// One with a bus that sends this, and answers what it has got.
    fn on_bus(sends: Vec<u8>) -> (Self, JoinHandle<Vec<u8>>) {
        let run = Self::new(Access::Dbus(Policy {
            calls: Vec::new(),
            units: Vec::new(),
            uid: 0,
            root_only: false,
        }));
        let listener = UnixListener::bind(run.root.path().join("socket")).unwrap();
        let bus = thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            stream.read_exact(&mut [0; 19]).unwrap();
            stream.write_all(b"OK 01\r\n").unwrap();
            stream.read_exact(&mut [0; 7]).unwrap();
            stream.write_all(&sends).unwrap();
            let mut got = Vec::new();
            stream.read_to_end(&mut got).unwrap();
            got
        });
        (run, bus)
    }

    fn connect(&mut self) -> ConnectionId {
        let (label, timeout) = ("manager".into(), LONG);
        match self.overlay.perform(&Effect::Connect { label, timeout }) {
            Ok(Reply::Connection(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    fn send(&mut self, connection: ConnectionId, bytes: Vec<u8>) -> Outcome {
        let bytes = Bytes(bytes);
        self.overlay.perform(&Effect::Send {
            connection,
            bytes,
            timeout: LONG,
        })
    }

    fn receive(&mut self, connection: ConnectionId, limit: u32) -> Outcome {
        self.overlay.perform(&Effect::ReceiveFrom {
            connection,
            limit,
            timeout: LONG,
        })
    }

    fn close(&mut self, connection: ConnectionId) {
        let closed = self
            .overlay
            .perform(&Effect::CloseConnection { connection });
        assert_eq!(closed, Ok(Reply::Done));
    }

    fn plan(&self) -> Vec<Change> {
        let steps = self.rehearsal.plan().steps.into_iter();
        steps.map(|step| step.change).collect()
    }

    fn path(&self) -> String {
        self.root.path().join("socket").display().to_string()
    }
}

#[test]
fn a_call_that_reads_is_made_and_one_that_changes_is_planned_and_answered() {
    let (mut run, bus) = Run::on_bus(Vec::new());
    let connection = run.connect();
    let path = "/org/freedesktop/systemd1/unit/hermes_2dgateway_40coder_2eservice";
    let get = Marshalled::call(path, "org.freedesktop.DBus.Properties", "Get")
        .text("org.freedesktop.systemd1.Unit")
        .text("ActiveState")
        .bytes();
    let stream = [get.clone(), Marshalled::start(UNIT).bytes()].concat();
    assert_eq!(run.send(connection, stream), Ok(Reply::Done));
    let call = format!("StartUnit {UNIT} replace");
    let path = run.path();
    assert_eq!(run.plan(), [Change::Call { path, call }]);
    let Ok(Reply::Bytes(answer)) = run.receive(connection, 1000) else {
        panic!("no answer");
    };
    let (reply, signal) = first_message(&answer.0, 1000).unwrap().unwrap();
    assert_eq!(reply.get(1), Some(&2));
    assert!(String::from_utf8_lossy(signal).contains("JobRemoved"));
    run.close(connection);
    assert_eq!(bus.join().unwrap(), get);
}

#[test]
fn an_answer_of_ours_never_stands_in_the_middle_of_another_message() {
    let theirs = Marshalled {
        kind: 4,
        ..Marshalled::manager("UnitNew").text(UNIT)
    };
    let theirs = theirs.bytes();
    let (mut run, bus) = Run::on_bus([theirs.clone(), theirs.clone()].concat());
    let connection = run.connect();
    let first = run.receive(connection, 10);
    let Ok(Reply::Bytes(mut stream)) = first else {
        panic!("{first:?}");
    };
    assert_eq!(stream.0.len(), 10);
    let reload = Marshalled::manager("Reload").bytes();
    assert_eq!(run.send(connection, reload), Ok(Reply::Done));
    let mut messages = Vec::new();
    while messages.len() < 3 {
        let more = run.receive(connection, 7);
        let Ok(Reply::Bytes(more)) = more else {
            panic!("{more:?}");
        };
        assert!((1..=7).contains(&more.0.len()));
        stream.0.extend(more.0);
        while let Some((message, behind)) = first_message(&stream.0, 1000).unwrap() {
            messages.push(message.to_vec());
            stream.0 = behind.to_vec();
        }
    }
    assert_eq!(
        messages
            .iter()
            .filter(|message| **message == theirs)
            .count(),
        2
    );
    run.close(connection);
    assert!(calls(&bus.join().unwrap()).is_empty());
}

#[test]
fn nothing_goes_to_a_socket_that_nobody_reads_along_on() {
    let mut run = Run::new(Access::UnixSocket);
    let listener = UnixListener::bind(run.root.path().join("socket")).unwrap();
    listener.set_nonblocking(true).unwrap();
    let connection = run.connect();
    let bytes = b"POST /containers\n".to_vec();
    assert_eq!(run.send(connection, bytes.clone()), Ok(Reply::Done));
    assert_eq!(run.receive(connection, 10), Err(Failure::TimedOut));
    run.close(connection);
    assert_eq!(run.receive(connection, 10), Err(Failure::Closed));
    assert!(listener.accept().is_err());
    let (path, bytes) = (run.path(), Bytes(bytes));
    assert_eq!(
        run.plan(),
        [Change::Send { path, bytes }, Change::Wait { timeout: LONG }]
    );
}

#[test]
fn answers_that_nobody_takes_are_bounded() {
    let (mut run, bus) = Run::on_bus(Vec::new());
    let connection = run.connect();
    let many = Marshalled::manager("Reload").bytes().repeat(4000);
    let sent = std::iter::repeat_with(|| run.send(connection, many.clone()));
    let refused = sent.take(200).find(Result::is_err);
    assert_eq!(refused, Some(Err(Failure::TooLarge)));
    run.close(connection);
    assert!(bus.join().unwrap().is_empty());
}
