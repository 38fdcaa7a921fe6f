use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread::{self, JoinHandle};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, bind, listen, socket};
use rustix::process::{Uid, geteuid};

use super::*;

/// Longer than anything here takes.
const LONG: u64 = 20_000_000_000;
const SHORT: u64 = 20_000_000;

impl Machine {
    fn socket(&self) -> PathBuf {
        self.temp.path().join("socket")
    }

    fn connect(&mut self, label: &str, timeout: u64) -> Outcome {
        let label = label.into();
        self.real.perform(&Effect::Connect { label, timeout })
    }

    fn connected(&mut self, label: &str) -> ConnectionId {
        match self.connect(label, LONG) {
            Ok(Reply::Connection(connection)) => connection,
            other => panic!("{other:?}"),
        }
    }

    fn send(&mut self, connection: ConnectionId, bytes: &[u8], timeout: u64) -> Outcome {
        let bytes = Bytes(bytes.into());
        self.real.perform(&Effect::Send {
            connection,
            bytes,
            timeout,
        })
    }

    fn receive(&mut self, connection: ConnectionId, limit: u32, timeout: u64) -> Outcome {
        self.real.perform(&Effect::ReceiveFrom {
            connection,
            limit,
            timeout,
        })
    }

    /// The other side of the next connection does this.
    fn serve<T: Send + 'static>(
        &self,
        serve: impl FnOnce(UnixStream) -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let listener = UnixListener::bind(self.socket()).unwrap();
        thread::spawn(move || serve(listener.accept().unwrap().0))
    }
}

#[test]
fn bytes_go_both_ways_until_one_side_closes() {
    let mut machine = Machine::new();
    let served = machine.serve(|mut stream| {
        let mut question = [0; 4];
        stream.read_exact(&mut question).unwrap();
        stream.write_all(b"answer").unwrap();
        question
    });
    let connection = machine.connected("socket");
    assert_eq!(machine.send(connection, b"ping", LONG), Ok(Reply::Done));
    assert_eq!(served.join().unwrap(), *b"ping");
    for (limit, expected) in [(0, ""), (4, "answ"), (100, "er")] {
        let received = machine.receive(connection, limit, LONG);
        assert_eq!(received, Ok(Reply::Bytes(text(expected))), "{limit}");
    }
    assert_eq!(machine.receive(connection, 4, LONG), Err(Failure::Closed));
    assert_eq!(
        machine.send(connection, b"more", LONG),
        Err(Failure::Closed)
    );
    let closed = machine
        .real
        .perform(&Effect::CloseConnection { connection });
    assert_eq!(closed, Ok(Reply::Done));
    assert_eq!(machine.receive(connection, 4, LONG), Err(Failure::Closed));
}

#[test]
fn a_place_without_a_listener_is_told_from_one_without_a_socket() {
    let mut machine = Machine::new();
    assert_eq!(machine.connect("socket", LONG), Err(Failure::NotFound));
    fs::write(machine.socket(), "").unwrap();
    assert_eq!(machine.connect("socket", LONG), Err(Failure::Refused));
    fs::remove_file(machine.socket()).unwrap();
    drop(UnixListener::bind(machine.socket()).unwrap());
    assert_eq!(machine.connect("socket", LONG), Err(Failure::Refused));
}

#[test]
fn nothing_waits_longer_than_it_may() {
    let mut machine = Machine::new();
    let listener = socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
    bind(&listener, &SocketAddrUnix::new(machine.socket()).unwrap()).unwrap();
    listen(&listener, 0).unwrap();
    let connection = machine.connected("socket");
    // There is one place in the queue, and it is taken.
    assert_eq!(machine.connect("socket", SHORT), Err(Failure::TimedOut));
    assert_eq!(machine.connect("socket", 0), Err(Failure::TimedOut));
    for timeout in [0, SHORT] {
        let received = machine.receive(connection, 4, timeout);
        assert_eq!(received, Err(Failure::TimedOut), "{timeout}");
    }
    // Nobody reads.
    let much = vec![0; 1 << 20];
    assert_eq!(
        machine.send(connection, &much, SHORT),
        Err(Failure::TimedOut)
    );
    // Part of it is on its way.
    assert_eq!(machine.send(connection, b"x", LONG), Err(Failure::Closed));
}

#[test]
fn more_than_a_queue_holds_is_sent_as_it_is_read() {
    let mut machine = Machine::new();
    let served = machine.serve(|mut stream| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        all.len()
    });
    let connection = machine.connected("socket");
    let much = vec![0; 1 << 20];
    assert_eq!(machine.send(connection, &much, LONG), Ok(Reply::Done));
    let closed = machine
        .real
        .perform(&Effect::CloseConnection { connection });
    assert_eq!(closed, Ok(Reply::Done));
    assert_eq!(served.join().unwrap(), 1 << 20);
}

#[test]
fn a_socket_of_another_account_is_not_used() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root can listen as somebody else");
        return;
    }
    let mut machine = Machine::new();
    let everybody = fs::Permissions::from_mode(0o777);
    fs::set_permissions(machine.temp.path(), everybody).unwrap();
    let path = machine.socket();
    let listener = thread::spawn(move || {
        let nobody = Uid::from_raw(65534);
        rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        UnixListener::bind(path).unwrap()
    });
    let listener = listener.join().unwrap();
    for label in ["socket", "bus"] {
        let connected = machine.connect(label, LONG);
        assert_eq!(connected, Err(Failure::PermissionDenied), "{label}");
        // Not a byte was sent.
        let mut bytes = Vec::new();
        let mut stream = listener.accept().unwrap().0;
        stream.read_to_end(&mut bytes).unwrap();
        assert!(bytes.is_empty(), "{label}");
    }
}

#[test]
fn a_bus_is_told_who_asks_before_messages_follow() {
    let mut machine = Machine::new();
    let served = machine.serve(|mut stream| {
        let mut request = [0; 25];
        stream.read_exact(&mut request).unwrap();
        for part in [&b"O"[..], b"K 0123456789abcdef\r", b"\n"] {
            stream.write_all(part).unwrap();
        }
        let mut rest = [0; 11];
        stream.read_exact(&mut rest).unwrap();
        (request, rest)
    });
    let connection = machine.connected("bus");
    assert_eq!(machine.send(connection, b"call", LONG), Ok(Reply::Done));
    let (request, rest) = served.join().unwrap();
    assert_eq!(request, *b"\0AUTH EXTERNAL 31303030\r\n");
    assert_eq!(rest, *b"BEGIN\r\ncall");
}

#[test]
fn a_bus_that_does_not_accept_is_not_used() {
    for (answer, failure) in [
        (&b"REJECTED EXTERNAL\r\n"[..], Failure::Refused),
        (&[b'O'; 1000], Failure::Refused),
        (b"OK 01", Failure::Closed),
        (b"", Failure::Closed),
    ] {
        let mut machine = Machine::new();
        let served = machine.serve(move |mut stream| {
            stream.read_exact(&mut [0; 25]).unwrap();
            stream.write_all(answer).unwrap();
        });
        assert_eq!(machine.connect("bus", LONG), Err(failure), "{answer:?}");
        served.join().unwrap();
    }
    let mut machine = Machine::new();
    let silent = UnixListener::bind(machine.socket()).unwrap();
    assert_eq!(machine.connect("bus", SHORT), Err(Failure::TimedOut));
    drop(silent);
}
