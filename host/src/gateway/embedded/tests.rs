use super::signals::Senders;
use super::*;
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::fs;
use std::io::{PipeReader, Read, Write, pipe, read_to_string};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Instant;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_mins(1);

/// What a gateway ended with, and what it logged.
type End = (Result<u8, EmbeddedError>, Vec<String>);

/// A gateway in a thread of this process.
struct Running {
    dir: TempDir,
    senders: Senders,
    port: u16,
    thread: JoinHandle<End>,
}

fn embedded(dir: &Path, notification: Option<Notification>, drain: Duration) -> Embedded {
    Embedded {
        profile: "coder".to_owned(),
        directory: VolumeDir::open(dir).unwrap(),
        port: 0,
        notification,
        drain,
    }
}

fn run(embedded: &Embedded, signals: &Signals) -> End {
    let mut lines = Vec::new();
    let result = embedded.run_until(signals, &mut |line| lines.push(line.to_owned()));
    (result, lines)
}

fn start(dir: TempDir, drain: Duration) -> Running {
    let (signals, senders) = Signals::pipes().unwrap();
    let (mut ready, writer) = pipe().unwrap();
    let fd = writer.as_raw_fd().to_string();
    let notification = Notification::parse(OsStr::new(&fd)).unwrap();
    let embedded = embedded(dir.path(), Some(notification), drain);
    let thread = thread::spawn(move || run(&embedded, &signals));
    wait_ready(&mut ready);
    drop(writer);
    let state = state(dir.path());
    assert_eq!(state["gateway_state"], "running", "before it says ready");
    let port = state["port"].as_u64().unwrap().try_into().unwrap();
    Running {
        dir,
        senders,
        port,
        thread,
    }
}

fn wait_ready(ready: &mut PipeReader) {
    let mut byte = [0];
    ready.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"\n");
}

impl Running {
    fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).unwrap()
    }

    fn get(&self, path: &str) -> (String, Value) {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        answer(stream)
    }

    fn stop(&mut self) {
        self.senders.stop.write_all(b"X").unwrap();
    }

    fn end(self) -> (TempDir, End) {
        (self.dir, self.thread.join().unwrap())
    }
}

fn answer(stream: TcpStream) -> (String, Value) {
    let answer = read_to_string(stream).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.lines().next().unwrap().to_owned();
    (status, serde_json::from_str(body).unwrap())
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn state(dir: &Path) -> Value {
    read_json(&dir.join("gateway_state.json"))
}

fn wait_state(dir: &Path, expected: &str) {
    let deadline = Instant::now() + PATIENCE;
    while state(dir)["gateway_state"] != expected {
        assert!(Instant::now() < deadline, "{}", state(dir));
        thread::sleep(Duration::from_millis(1));
    }
}

fn want_stopped(dir: &Path) {
    fs::write(
        dir.join("gateway_intent.json"),
        r#"{"desired":"stopped","generation":2}"#,
    )
    .unwrap();
}

#[test]
fn answers_for_its_health_and_nothing_else() {
    let gateway = start(TempDir::new().unwrap(), PATIENCE);
    let (status, body) = gateway.get("/health");
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(body["uptime_s"].is_u64());
    assert_eq!(
        body,
        json!({
            "status": "ok",
            "profile": "coder",
            "pid": std::process::id(),
            "state": "running",
            "uptime_s": body["uptime_s"],
        })
    );
    assert_eq!(gateway.get("/").0, "HTTP/1.1 404 Not Found");
    let mut stream = gateway.connect();
    write!(stream, "DELETE /health HTTP/1.1\r\n\r\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(answer(stream).0, "HTTP/1.1 405 Method Not Allowed");
    let mut gateway = gateway;
    gateway.stop();
    gateway.end().1.0.unwrap();
}

#[test]
fn ends_as_it_was_meant_to() {
    for (planned, stop, restart, code, left) in [
        (true, true, false, 0, "stopped"),
        (false, true, false, 1, "running"),
        (false, false, true, 75, "draining"),
    ] {
        let dir = TempDir::new().unwrap();
        fs::write(
            dir.path().join("gateway_state.json"),
            r#"{"desired_state":"running","platforms":{}}"#,
        )
        .unwrap();
        let mut gateway = start(dir, PATIENCE);
        assert!(gateway.dir.path().join("gateway.pid").exists());
        assert_eq!(
            read_json(&gateway.dir.path().join("state/gateway.lifecycle.json")),
            json!({ "phase": "running" })
        );
        if planned {
            want_stopped(gateway.dir.path());
        }
        if stop {
            gateway.stop();
        }
        if restart {
            gateway.senders.restart.write_all(b"X").unwrap();
        }
        let port = gateway.port;
        let (dir, (result, lines)) = gateway.end();
        assert_eq!(result.unwrap(), code);
        let state = state(dir.path());
        assert_eq!(state["gateway_state"], left);
        assert_eq!(state["desired_state"], "running");
        assert_eq!(state["platforms"], json!({}));
        assert_eq!(
            read_json(&dir.path().join("state/gateway.lifecycle.json")),
            json!({ "phase": "exited", "code": code })
        );
        assert!(!dir.path().join("gateway.pid").exists());
        let line = format!("coder: listening on http://127.0.0.1:{port}/health");
        assert_eq!(lines, [line]);
    }
}

#[test]
fn a_signal_during_the_start_ends_it_the_same_way() {
    for (planned, code, left) in [(true, 0, "stopped"), (false, 1, "running")] {
        let dir = TempDir::new().unwrap();
        if planned {
            want_stopped(dir.path());
        }
        let (signals, mut senders) = Signals::pipes().unwrap();
        senders.stop.write_all(b"X").unwrap();
        let (result, _) = run(&embedded(dir.path(), None, PATIENCE), &signals);
        assert_eq!(result.unwrap(), code);
        assert_eq!(state(dir.path())["gateway_state"], left);
    }
}

#[test]
fn an_unreadable_intent_plans_nothing() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("gateway_intent.json"), "{").unwrap();
    let (signals, mut senders) = Signals::pipes().unwrap();
    senders.stop.write_all(b"X").unwrap();
    let (result, lines) = run(&embedded(dir.path(), None, PATIENCE), &signals);
    assert_eq!(result.unwrap(), 1);
    assert!(
        lines[1].starts_with("coder: cannot tell whether it is to stay stopped: "),
        "{lines:?}"
    );
}

#[test]
fn a_profile_has_one_gateway() {
    let mut gateway = start(TempDir::new().unwrap(), PATIENCE);
    let before = state(gateway.dir.path());
    let (signals, _senders) = Signals::pipes().unwrap();
    let second = embedded(gateway.dir.path(), None, PATIENCE);
    let (result, _) = run(&second, &signals);
    let error = result.unwrap_err();
    assert_eq!(error.exit_code(), 1);
    assert_eq!(
        error.to_string(),
        format!(
            "coder: another gateway is already running: pid {} (gateway run)",
            std::process::id()
        )
    );
    assert_eq!(state(gateway.dir.path()), before, "it is not the second's");
    assert_eq!(gateway.get("/health").0, "HTTP/1.1 200 OK");
    gateway.stop();
    gateway.end().1.0.unwrap();
}

#[test]
fn a_taken_port_is_told() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let dir = TempDir::new().unwrap();
    let (signals, _senders) = Signals::pipes().unwrap();
    let gateway = Embedded {
        port,
        ..embedded(dir.path(), None, PATIENCE)
    };
    let error = run(&gateway, &signals).0.unwrap_err();
    assert_eq!(error.exit_code(), 1);
    let message = error.to_string();
    let told = format!("coder: cannot listen on 127.0.0.1:{port}: ");
    assert!(message.starts_with(&told), "{message}");
    assert!(error.hint().unwrap().contains(&port.to_string()));
    let state = state(dir.path());
    assert_eq!(state["gateway_state"], "startup_failed");
    assert_eq!(state["exit_reason"], message);
}

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let mut gateway = start(TempDir::new().unwrap(), PATIENCE);
    let mut stream = gateway.connect();
    write!(stream, "GET /health HTTP/1.1\r\n").unwrap();
    // Connections are taken in order: behind this one the first is under way.
    gateway.get("/");
    gateway.stop();
    wait_state(gateway.dir.path(), "draining");
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", gateway.port)).is_ok() {
        assert!(Instant::now() < deadline, "it still takes connections");
    }
    write!(stream, "\r\n").unwrap();
    let (status, body) = answer(stream);
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert_eq!(body["state"], "draining");
    let (_, (result, lines)) = gateway.end();
    assert_eq!(result.unwrap(), 1);
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn connections_without_a_request_do_not_hold_up_the_end() {
    let mut gateway = start(TempDir::new().unwrap(), PATIENCE);
    let idle: Vec<_> = (0..31).map(|_| gateway.connect()).collect();
    // Connections are taken in order: behind these they are all waited on.
    gateway.get("/");
    gateway.stop();
    for stream in idle {
        // Who is waited for is told in the end that it took too long.
        assert_eq!(read_to_string(stream).unwrap(), "");
    }
    let (_, (result, lines)) = gateway.end();
    assert_eq!(result.unwrap(), 1);
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn a_request_that_takes_too_long_is_cut_off() {
    let mut gateway = start(TempDir::new().unwrap(), Duration::ZERO);
    let mut stream = gateway.connect();
    write!(stream, "GET /health HTTP/1.1\r\n").unwrap();
    gateway.get("/");
    gateway.stop();
    let (_, (result, lines)) = gateway.end();
    assert_eq!(result.unwrap(), 1);
    assert!(lines[1].contains("cut off"), "{lines:?}");
}

#[test]
fn a_stop_during_the_drain_for_a_restart_counts() {
    let mut gateway = start(TempDir::new().unwrap(), PATIENCE);
    let mut stream = gateway.connect();
    write!(stream, "GET /health HTTP/1.1\r\n").unwrap();
    gateway.get("/");
    gateway.senders.restart.write_all(b"X").unwrap();
    wait_state(gateway.dir.path(), "draining");
    want_stopped(gateway.dir.path());
    gateway.stop();
    write!(stream, "\r\n").unwrap();
    let (dir, (result, _)) = gateway.end();
    assert_eq!(result.unwrap(), 0);
    assert_eq!(state(dir.path())["gateway_state"], "stopped");
}

#[test]
fn too_many_at_once_are_turned_away() {
    let mut gateway = start(TempDir::new().unwrap(), Duration::ZERO);
    let idle: Vec<_> = (0..32).map(|_| gateway.connect()).collect();
    let (status, _) = answer(gateway.connect());
    assert_eq!(status, "HTTP/1.1 503 Service Unavailable");
    drop(idle);
    gateway.stop();
    gateway.end().1.0.unwrap();
}

#[test]
fn a_volume_that_takes_no_writes_does_not_stop_it() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("gateway_state.json")).unwrap();
    fs::create_dir(dir.path().join("gateway.pid")).unwrap();
    fs::write(dir.path().join("state"), "").unwrap();
    let (signals, mut senders) = Signals::pipes().unwrap();
    let (mut ready, writer) = pipe().unwrap();
    let fd = writer.as_raw_fd().to_string();
    let notification = Notification::parse(OsStr::new(&fd)).unwrap();
    let gateway = embedded(dir.path(), Some(notification), PATIENCE);
    let thread = thread::spawn(move || run(&gateway, &signals));
    wait_ready(&mut ready);
    drop(writer);
    senders.stop.write_all(b"X").unwrap();
    let (result, lines) = thread.join().unwrap();
    assert_eq!(result.unwrap(), 1);
    assert!(
        lines
            .iter()
            .filter(|line| line.starts_with("coder: cannot record what it does: "))
            .count()
            >= 3,
        "{lines:?}"
    );
}

#[test]
fn a_planted_lock_is_not_followed() {
    let dir = TempDir::new().unwrap();
    std::os::unix::fs::symlink("elsewhere", dir.path().join(LOCK)).unwrap();
    let (signals, _senders) = Signals::pipes().unwrap();
    let (result, _) = run(&embedded(dir.path(), None, PATIENCE), &signals);
    assert!(matches!(
        result,
        Err(EmbeddedError::Lock(VolumeError::Symlink { .. }))
    ));
    assert!(!dir.path().join("elsewhere").exists());
}
