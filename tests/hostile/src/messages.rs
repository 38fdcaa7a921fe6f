use hermes_backend_sdk::sockets::{self, Connection, Error};

use crate::manifest::BUS;
use crate::marshalled::Marshalled;

const OURS: &str = "hermes-gateway@coder.service";
const OTHER: &str = "sshd.service";
const SECOND: u64 = 1_000_000_000;

/// Sends what does not pass, and what does in a way that might hide it.
pub(crate) fn act(behaviour: &str) -> Option<String> {
    let good = Marshalled::start(OURS);
    let bytes = good.bytes();
    let pieces: Vec<Vec<u8>> = match behaviour {
        "a call that is granted" => vec![bytes],
        "a call in the other byte order" => vec![Marshalled { big: true, ..good }.bytes()],
        "a call split at every byte" => bytes.iter().map(|byte| vec![*byte]).collect(),
        "a transient unit" => {
            vec![Marshalled::manager("StartTransientUnit", &[OURS, "fail"]).bytes()]
        }
        "a unit of another" => vec![Marshalled::start(OTHER).bytes()],
        "a unit of another, big-endian" => {
            let other = Marshalled::start(OTHER);
            vec![Marshalled { big: true, ..other }.bytes()]
        }
        "a unit of another, split" => {
            let other = Marshalled::start(OTHER).bytes();
            other.iter().map(|byte| vec![*byte]).collect()
        }
        "a unit of another behind one of ours" => {
            vec![[bytes, Marshalled::start(OTHER).bytes()].concat()]
        }
        "a unit with a path in it" => {
            vec![Marshalled::start("hermes-gateway@/../sshd.service").bytes()]
        }
        "a job that stops all others" => {
            vec![Marshalled::manager("StartUnit", &[OURS, "isolate"]).bytes()]
        }
        "a known call that is not granted" => {
            vec![Marshalled::manager("StopUnit", &[OURS, "replace"]).bytes()]
        }
        "two members" => {
            let mut two = good;
            two.fields.push((3, "s", "StartTransientUnit".into()));
            vec![two.bytes()]
        }
        "descriptors" => {
            let mut descriptors = good;
            descriptors.fields.push((9, "s", "1".into()));
            vec![descriptors.bytes()]
        }
        "a signal" => vec![Marshalled { kind: 4, ..good }.bytes()],
        "authentication of its own" => vec![b"\0AUTH EXTERNAL 30\r\nBEGIN\r\n".to_vec()],
        "a truncated header" => vec![bytes.get(..12)?.to_vec()],
        "a truncated message" => vec![bytes.get(..bytes.len() - 1)?.to_vec()],
        "a length bomb" => vec![[&b"l\x01\x00\x01"[..], &[0xff; 12]].concat()],
        "a list of fields without an end" => {
            vec![b"l\x01\x00\x01\x00\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\x03".to_vec()]
        }
        "more bytes than one effect carries" => vec![vec![b'l'; (1 << 20) + 1]],
        "more after a refusal" => vec![Marshalled::start(OTHER).bytes(), bytes],
        _ => return None,
    };
    let connection = match sockets::connect(BUS, SECOND) {
        Ok(connection) => connection,
        Err(error) => return Some(format!("no connection: {error:?}")),
    };
    let last = pieces.iter().map(|piece| send(&connection, piece)).last()?;
    let answer = connection
        .receive(100, SECOND / 10)
        .map(|bytes| bytes.len());
    Some(format!("{last:?}, {answer:?}"))
}

fn send(connection: &Connection, bytes: &[u8]) -> Result<(), Error> {
    connection.send(bytes, SECOND)
}
