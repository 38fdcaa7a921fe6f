use super::*;

const CONNECTION: ConnectionId = ConnectionId(0);

/// Connected to the socket of this label.
fn connected(label: &str) -> (Granted<Recorder>, Recorder) {
    let below = Recorder::answering([Ok(Reply::Connection(CONNECTION))]);
    let mut granted = Granted::new(grants(), below.clone());
    let (label, timeout) = (label.to_owned(), 1);
    let outcome = granted.perform(&Effect::Connect { label, timeout });
    assert_eq!(outcome, Ok(Reply::Connection(CONNECTION)));
    below.take();
    (granted, below)
}

fn send(bytes: &[u8]) -> Effect {
    Effect::Send {
        connection: CONNECTION,
        bytes: Bytes(bytes.to_vec()),
        timeout: 1,
    }
}

fn receive() -> Effect {
    Effect::ReceiveFrom {
        connection: CONNECTION,
        limit: 1,
        timeout: 1,
    }
}

const CLOSE: Effect = Effect::CloseConnection {
    connection: CONNECTION,
};

fn manager(member: &str) -> Vec<u8> {
    crate::dbus::tests::marshalled::Marshalled::manager(member).bytes()
}

#[test]
fn all_bytes_pass_to_a_socket_and_calls_of_the_grant_to_a_bus() {
    let (mut granted, below) = connected("socket");
    let reload = manager("Reload");
    for effect in [send(b"GET /"), receive(), CLOSE] {
        assert_eq!(granted.perform(&effect), Ok(Reply::Done));
        assert_eq!(below.take(), [effect]);
    }
    let (mut granted, below) = connected("bus");
    for effect in [send(&reload), receive(), CLOSE] {
        assert_eq!(granted.perform(&effect), Ok(Reply::Done));
        assert_eq!(below.take(), [effect]);
    }
}

#[test]
fn a_message_goes_on_once_it_is_whole() {
    let (mut granted, below) = connected("bus");
    let reload = manager("Reload");
    let (one, other) = reload.split_at(20);
    assert_eq!(granted.perform(&send(one)), Ok(Reply::Done));
    assert_eq!(below.take(), []);
    assert_eq!(granted.perform(&send(other)), Ok(Reply::Done));
    assert_eq!(below.take(), [send(&reload)]);
}

#[test]
fn a_refusal_is_a_denial_and_ends_the_connection() {
    let (mut granted, below) = connected("bus");
    let stream = [manager("Reload"), manager("Exit")].concat();
    let refused = "the call org.freedesktop.systemd1.Manager.Exit";
    let missing = "--label bus --call org.freedesktop.systemd1.Manager.Exit";
    assert_eq!(
        granted.perform(&send(&stream)),
        denial("sockets.send", refused, missing)
    );
    assert_eq!(below.take(), [CLOSE]);
    for effect in [send(&manager("Reload")), receive()] {
        assert_eq!(granted.perform(&effect), Err(Failure::Closed));
    }
    // It is counted below as closed already.
    assert_eq!(granted.perform(&CLOSE), Ok(Reply::Done));
    assert_eq!(below.take(), []);
}

#[test]
fn what_is_held_back_is_bounded_with_what_is_sent() {
    let (mut granted, below) = connected("bus");
    assert_eq!(granted.perform(&send(b"l")), Ok(Reply::Done));
    let rest = vec![1; bounded::MOST_BYTES];
    assert_eq!(granted.perform(&send(&rest)), Err(Failure::TooLarge));
    // Nothing of it counts.
    let reload = manager("Reload");
    let rest = reload.get(1..).unwrap();
    assert_eq!(granted.perform(&send(rest)), Ok(Reply::Done));
    assert_eq!(below.take(), [send(&reload)]);
}

#[test]
fn all_connections_together_hold_no_more_back() {
    let ids = (0..8).map(ConnectionId);
    let below = Recorder::answering(ids.clone().map(|id| Ok(Reply::Connection(id))));
    let mut granted = Granted::new(grants(), below.clone());
    // A header that announces 192 KiB.
    let mut unfinished = b"l\x01\x00\x01\x00\x00\x03\x00\x01\x00\x00\x00\x00\x00\x00\x00".to_vec();
    unfinished.resize(150_000, 0);
    let outcomes = ids.map(|connection| {
        let (label, timeout) = ("bus".into(), 1);
        granted
            .perform(&Effect::Connect { label, timeout })
            .unwrap();
        let bytes = Bytes(unfinished.clone());
        granted.perform(&Effect::Send {
            connection,
            bytes,
            timeout,
        })
    });
    let outcomes: Vec<Outcome> = outcomes.collect();
    let refused = Err(Failure::TooLarge);
    assert_eq!(
        outcomes.iter().position(|outcome| *outcome == refused),
        Some(6)
    );
}

#[test]
fn a_connection_that_was_never_made_reaches_nothing() {
    let below = Recorder::default();
    let mut granted = Granted::new(grants(), below.clone());
    for effect in [send(b"x"), receive()] {
        assert_eq!(granted.perform(&effect), Err(Failure::Closed));
    }
    assert_eq!(granted.perform(&CLOSE), Ok(Reply::Done));
    assert_eq!(below.take(), []);
}
