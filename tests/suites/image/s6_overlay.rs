use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;

use hermes_tests::{ImageHost, ImageOptions, Volume};
use tempfile::TempDir;

const TAG: &str = "hermes-host:tests-s6-overlay";

/// What stands in for the two archives: the same layout, and programs that do as much
/// as shows that they are used.
const ARCHIVES: &str = r#"
    mkdir -p noarch/command arch/command
    printf '#!/bin/sh\necho "the init of s6-overlay"\nexec "$@"\n' >noarch/init
    printf '#!/bin/sh\nexec "$@"\n' >noarch/command/with-contenv
    printf '#!/bin/sh\nshift\nexec setpriv --reuid=10000 --regid=10000 --clear-groups "$@"\n' >arch/command/s6-setuidgid
    chmod +x noarch/init noarch/command/* arch/command/*
    mkdir v9.9.9.9
    tar -C noarch -cJf v9.9.9.9/s6-overlay-noarch.tar.xz .
    tar -C arch -cJf "v9.9.9.9/s6-overlay-$(uname -m).tar.xz" .
    sha256sum v9.9.9.9/s6-overlay-noarch.tar.xz v9.9.9.9/s6-overlay-"$(uname -m)".tar.xz | cut -d ' ' -f 1
"#;

/// There is no network to the real ones in a test: they are served here.
pub(crate) fn the_other_init_is_downloaded_and_compared(host: ImageHost) {
    let archives = TempDir::new().expect("a temporary directory");
    let made = Command::new("sh")
        .args(["-euc", ARCHIVES])
        .current_dir(archives.path())
        .output()
        .expect("sh starts");
    let digests = hermes_tests::Output::from(made).success();
    let digests: Vec<&str> = digests.lines().collect();
    let [noarch, arch] = digests[..] else {
        panic!("{digests:?}")
    };
    let port = serve(archives.path());
    let build = |noarch: &str, arch: &str| {
        let arguments = [
            "INIT=s6-overlay".to_owned(),
            format!("S6_OVERLAY_URL=http://127.0.0.1:{port}"),
            "S6_OVERLAY_VERSION=9.9.9.9".to_owned(),
            format!("S6_OVERLAY_NOARCH_SHA256={noarch}"),
            format!("S6_OVERLAY_ARCH_SHA256={arch}"),
        ];
        let options = arguments.map(|argument| format!("--build-arg={argument}"));
        ImageHost::build(TAG, &options)
    };
    let missing = build("", arch);
    assert_ne!(missing.status, 0);
    let said = missing.stdout + &missing.stderr;
    assert!(
        said.contains("needs --build-arg S6_OVERLAY_NOARCH_SHA256"),
        "{said}"
    );
    assert_ne!(build(noarch, noarch).status, 0, "one is another file");
    build(noarch, arch).success();

    let volume = Volume::new();
    let command = ImageOptions::words(&["sh", "-c", "id -u; exit 42"]).image(TAG);
    let mut container = host.run(&volume, command);
    assert_eq!(container.wait(), 42);
    container.says("the init of s6-overlay\n10000");
    let mut container = host.run(&volume, ImageOptions::new().image(TAG).init());
    assert_eq!(container.wait(), 1);
    container.says("the init of s6-overlay has to be process 1");
}

/// Files below `directory` over HTTP, until the test process ends.
fn serve(directory: &Path) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let directory = directory.to_owned();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a connection");
            let mut request = String::new();
            let _ = BufReader::new(&connection).read_line(&mut request);
            let path = request.split(' ').nth(1).unwrap_or_default();
            let body = std::fs::read(directory.join(path.trim_start_matches('/')));
            let status = if body.is_ok() {
                "200 OK"
            } else {
                "404 Not Found"
            };
            let body = body.unwrap_or_default();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = connection.write_all(&[head.as_bytes(), &body].concat());
        }
    });
    port
}
