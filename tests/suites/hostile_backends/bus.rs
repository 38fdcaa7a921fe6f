use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread::JoinHandle;

use hermes_host::dbus::calls;
use tempfile::TempDir;

/// The other side of a socket that a backend is granted: takes what it is sent.
pub(crate) struct Bus {
    folder: TempDir,
    thread: JoinHandle<Vec<u8>>,
}

impl Bus {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let listener = UnixListener::bind(folder.path().join("bus")).expect("a socket");
        let thread = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a connection");
            serve(stream)
        });
        Self { folder, thread }
    }

    /// Where the socket is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// All calls that came through, once the backend is gone.
    pub(crate) fn got(self) -> String {
        // For a backend that never connected.
        drop(UnixStream::connect(self.folder.path().join("bus")));
        let bytes = self.thread.join().expect("it only reads");
        let calls = calls(&bytes);
        match (bytes.len(), calls.len()) {
            (0, _) => "nothing".to_owned(),
            (bytes, 0) => format!("{bytes} bytes"),
            _ => calls.join(", "),
        }
    }
}

/// Lets anybody in and answers nothing else.
fn serve(mut stream: UnixStream) -> Vec<u8> {
    const BEGIN: &[u8] = b"BEGIN\r\n";
    let mut byte = [0];
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => line.extend(byte),
            _ => return Vec::new(),
        }
    }
    stream
        .write_all(b"OK 0123456789abcdef\r\n")
        .expect("an answer");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("all of it");
    rest.strip_prefix(BEGIN).map(<[u8]>::to_vec).unwrap_or(rest)
}
