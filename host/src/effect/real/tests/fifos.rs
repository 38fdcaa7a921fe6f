use std::io::Write;
use std::os::unix::fs::{FileTypeExt, symlink};

use super::*;

fn signal(bytes: &str) -> PathAction {
    PathAction::Signal {
        bytes: text(bytes),
        meaning: String::new(),
    }
}

/// Both ends, so that there is a reader as long as this is there.
fn reader(path: &Path) -> fs::File {
    fs::File::options()
        .read(true)
        .write(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
        .unwrap()
}

#[test]
fn signal_writes_to_a_fifo_with_a_reader_only() {
    let mut machine = Machine::new();
    make_fifo(&machine.inside("fifo"));
    make_fifo(&machine.outside("fifo"));
    fs::write(machine.inside("file"), "old").unwrap();
    symlink("../out/fifo", machine.inside("out")).unwrap();
    let _outside = reader(&machine.outside("fifo"));
    for bytes in ["", "x"] {
        for (path, failure) in [
            ("fifo", Failure::NoReader),
            ("file", Failure::Other("not a FIFO".into())),
            (".", Failure::IsADirectory),
            ("out", Failure::Escapes),
            ("missing", Failure::NotFound),
        ] {
            assert_eq!(machine.on(path, signal(bytes)), Err(failure), "{path}");
        }
    }
    assert_eq!(fs::read_to_string(machine.inside("file")).unwrap(), "old");

    let mut listening = reader(&machine.inside("fifo"));
    assert_eq!(machine.on("fifo", signal("")), Ok(Reply::Done));
    assert_eq!(machine.on("fifo", signal("du")), Ok(Reply::Done));
    let mut received = [0; 16];
    let length = listening.read(&mut received).unwrap();
    assert_eq!(&received[..length], b"du");
    drop(listening);
    assert_eq!(machine.on("fifo", signal("d")), Err(Failure::NoReader));
}

#[test]
fn signal_to_a_full_fifo_does_not_wait() {
    let mut machine = Machine::new();
    make_fifo(&machine.inside("fifo"));
    let _reader = reader(&machine.inside("fifo"));
    let page = "x".repeat(4096);
    let failure = (0..10_000).find_map(|_| machine.on("fifo", signal(&page)).err());
    assert_eq!(failure, Some(Failure::WouldBlock));
    assert_eq!(machine.on("fifo", signal("")), Ok(Reply::Done));
}

fn receive(machine: &mut Machine, listener: ListenerId) -> Outcome {
    machine.real.perform(&Effect::Receive { listener })
}

fn wait(machine: &mut Machine, listeners: &[ListenerId], timeout: u64) -> Outcome {
    let listeners = listeners.to_vec();
    machine.real.perform(&Effect::Wait { listeners, timeout })
}

fn notify(path: &Path, bytes: &str) {
    let mut fifo = fs::File::options().write(true).open(path).unwrap();
    fifo.write_all(bytes.as_bytes()).unwrap();
}

#[test]
fn a_listener_hears_every_notifier_and_never_an_end() {
    let mut machine = Machine::new();
    let listener = machine.listen("l");
    assert_eq!(machine.names(), ["l"]);
    assert!(
        machine
            .inside("l")
            .symlink_metadata()
            .unwrap()
            .file_type()
            .is_fifo()
    );
    for bytes in ["u", "dD"] {
        assert_eq!(receive(&mut machine, listener), Ok(Reply::Bytes(text(""))));
        notify(&machine.inside("l"), bytes);
        // The writer has left: that is no end of file.
        assert_eq!(
            receive(&mut machine, listener),
            Ok(Reply::Bytes(text(bytes)))
        );
    }
    assert_eq!(receive(&mut machine, listener), Ok(Reply::Bytes(text(""))));
}

#[test]
fn wait_names_the_places_of_those_that_have_bytes() {
    let mut machine = Machine::new();
    let listeners = ["a", "b", "c"].map(|name| machine.listen(name));
    assert_eq!(wait(&mut machine, &listeners, 0), Ok(Reply::Ready(vec![])));
    assert_eq!(
        wait(&mut machine, &listeners, 1_000_000),
        Ok(Reply::Ready(vec![]))
    );
    assert_eq!(wait(&mut machine, &[], 1), Ok(Reply::Ready(vec![])));
    notify(&machine.inside("c"), "x");
    assert_eq!(
        wait(&mut machine, &listeners, u64::MAX),
        Ok(Reply::Ready(vec![2]))
    );
    notify(&machine.inside("a"), "x");
    assert_eq!(
        wait(&mut machine, &listeners, u64::MAX),
        Ok(Reply::Ready(vec![0, 2]))
    );
    receive(&mut machine, listeners[2]).unwrap();
    let [a, b, c] = listeners;
    assert_eq!(
        wait(&mut machine, &[c, b, a], u64::MAX),
        Ok(Reply::Ready(vec![2]))
    );
}

#[test]
fn a_listener_is_removed_when_it_is_closed_and_with_the_host() {
    let mut machine = Machine::new();
    let [first, _second] = ["first", "second"].map(|name| machine.listen(name));
    assert_eq!(machine.names(), ["first", "second"]);
    let close = Effect::CloseListener { listener: first };
    assert_eq!(machine.real.perform(&close), Ok(Reply::Done));
    assert_eq!(machine.names(), ["second"]);
    assert_eq!(receive(&mut machine, first), Err(Failure::Closed));
    assert_eq!(wait(&mut machine, &[first], 0), Err(Failure::Closed));
    machine.real = Real::new(Grants::default(), None);
    assert_eq!(machine.names(), [""; 0]);
}
