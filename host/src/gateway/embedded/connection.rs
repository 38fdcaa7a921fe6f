//! One connection: one request, one answer.

use super::response::Response;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;
use serde_json::Value;
use std::io::{self, ErrorKind, PipeReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// Bytes of a request's head.
const MAX_HEAD: usize = 8 * 1024;

/// Reads a request and answers it, within `patience` each. A request that has
/// not begun when `closing` is at its end never will.
pub(super) fn answer(
    stream: &mut TcpStream,
    closing: &PipeReader,
    patience: Duration,
    health: impl FnOnce() -> Value,
) -> io::Result<()> {
    let deadline = Instant::now() + patience;
    if !begins(stream, closing, deadline)? {
        return Ok(());
    }
    let Some(response) = read_head(stream, deadline)? else {
        return Ok(());
    };
    stream.set_write_timeout(Some(patience))?;
    stream.write_all(&response.to_bytes(health))?;
    // The end of the answer comes before the reset that closing with bytes
    // unread would send.
    stream.shutdown(Shutdown::Write)
}

/// Turns a connection away without waiting for its request.
pub(super) fn refuse(mut stream: &TcpStream) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    stream.write_all(&Response::Busy.to_bytes(|| Value::Null))?;
    stream.shutdown(Shutdown::Write)
}

/// Waits for the first byte, at most until the deadline; `false`: the gateway
/// ends before it came.
fn begins(stream: &TcpStream, closing: &PipeReader, deadline: Instant) -> io::Result<bool> {
    let left = deadline.saturating_duration_since(Instant::now());
    let left = Timespec::try_from(left).map_err(io::Error::other)?;
    let mut fds = [
        PollFd::new(stream, PollFlags::IN),
        PollFd::new(closing, PollFlags::IN),
    ];
    retry_on_intr(|| poll(&mut fds, Some(&left)))?;
    let [stream, closing] = fds.map(|fd| !fd.revents().is_empty());
    Ok(stream || !closing)
}

/// `None`: the other side left without a word.
fn read_head(stream: &mut TcpStream, deadline: Instant) -> io::Result<Option<Response>> {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let count = match read(stream, &mut buffer, deadline) {
            Ok(0) if head.is_empty() => return Ok(None),
            Ok(0) => return Ok(Some(Response::BadRequest)),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                return Ok(Some(Response::RequestTimeout));
            }
            Err(error) => return Err(error),
        };
        head.extend(buffer.iter().take(count));
        if let Some(response) = Response::to(&head) {
            return Ok(Some(response));
        }
        if head.len() >= MAX_HEAD {
            return Ok(Some(Response::HeadTooLarge));
        }
    }
}

fn read(stream: &mut TcpStream, buffer: &mut [u8], deadline: Instant) -> io::Result<usize> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(buffer) {
            // What an expired timeout is reported as; the clock has the say.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::TimedOut
                ) => {}
            result => return result,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::net::TcpListener;
    use std::thread;

    /// What comes back for `request`, the rest of which never comes.
    fn exchange(request: &[u8], patience: Duration) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        let (closing, open) = std::io::pipe().unwrap();
        let server = thread::spawn(move || {
            answer(&mut server, &closing, patience, || json!("healthy")).unwrap();
        });
        client.write_all(request).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        drop(client);
        server.join().unwrap();
        drop(open);
        answer
    }

    #[test]
    fn every_request_has_its_answer() {
        let long = format!("GET /health HTTP/1.1\r\na: {}", "b".repeat(MAX_HEAD));
        let posted = format!("POST /health HTTP/1.1\r\n\r\n{}", "b".repeat(MAX_HEAD));
        for (request, status) in [
            ("GET /health HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK"),
            ("GET / HTTP/1.1\r\n\r\n", "404 Not Found"),
            (&posted, "405 Method Not Allowed"),
            ("nonsense\u{1}\r\n\r\n", "400 Bad Request"),
            (&long, "431 Request Header Fields Too Large"),
        ] {
            let answer = exchange(request.as_bytes(), Duration::from_mins(1));
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}\r\n")),
                "{answer}"
            );
            assert_eq!(answer.ends_with("\r\n\"healthy\"\n"), status == "200 OK");
        }
    }

    #[test]
    fn a_slow_request_is_not_waited_for() {
        let answer = exchange(b"GET /health HTT", Duration::from_millis(1));
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }

    #[test]
    fn a_client_that_leaves_is_no_error() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        for request in ["", "GET /hea"] {
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut server, _) = listener.accept().unwrap();
            client.write_all(request.as_bytes()).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            let (closing, _open) = std::io::pipe().unwrap();
            answer(&mut server, &closing, Duration::from_mins(1), || {
                Value::Null
            })
            .unwrap();
            drop(server);
            let mut answer = String::new();
            client.read_to_string(&mut answer).unwrap();
            assert_eq!(answer.is_empty(), request.is_empty(), "{answer}");
        }
    }
}
