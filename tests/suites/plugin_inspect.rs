//! The whole output of `plugin inspect`: of backends that fit, of those that do
//! not, and of files that are none.

use std::path::{Path, PathBuf};
use std::process::Command;

use hermes_bundle::sha256;
use hermes_tests::{Output, Test, host_binary, install_program, plugin_binary};
use tempfile::TempDir;

/// A directory with these components.
fn with(names: &[&str]) -> TempDir {
    // `inspect` needs it and finds it beside hermes-host.
    plugin_binary();
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let file = format!("{name}.wasm");
        std::fs::copy(
            Path::new(env!("OUT_DIR")).join(&file),
            folder.path().join(&file),
        )
        .unwrap();
    }
    folder
}

/// What differs from build to build: bytes and digest.
fn facts(folder: &TempDir, file: &str) -> (usize, String) {
    let bytes = std::fs::read(folder.path().join(file)).unwrap();
    (bytes.len(), sha256(&bytes))
}

#[test]
fn it_shows_what_a_backend_is_and_asks_for() {
    let folder = with(&["hostile"]);
    let (bytes, digest) = facts(&folder, "hostile.wasm");
    Test::home(folder.path())
        .args("plugin inspect hostile.wasm")
        .stdout(&format!(
            "
            id  hostile
            name  hostile
            version  6.6.6
            file  hostile.wasm, {bytes} bytes
            digest  sha256:{digest}
            contract  hermes:backend@0.3.0
            imports  hermes:backend/clock@0.3.0, hermes:backend/commands@0.3.0, \
             hermes:backend/files@0.3.0, hermes:backend/log@0.3.0, \
             hermes:backend/sockets@0.3.0, hermes:backend/types@0.3.0
            foreign  none
            features  runtime-registration
            grant  site: write-directory $HERMES_S6_SCANDIR
                      because: you would not want to know
            grant  library: read-directory $HERMES_S6_SCANDIR
                      because: you would not want to know
            grant  device: read-file /dev/zero
                      because: you would not want to know
            grant  bus: dbus $XDG_RUNTIME_DIR/bus
                      call: org.freedesktop.systemd1.Manager.StartUnit
                      call: org.freedesktop.systemd1.Manager.ListUnitsByPatterns
                      call: org.freedesktop.DBus.Properties.Get
                      unit: hermes-gateway@*.service
                      because: you would not want to know
            grant  units: write-names $HERMES_S6_SCANDIR
                      only: ours*
                      only: boot.wants/ours*
                      because: you would not want to know
            grant  shell: command /bin/sh
                      because: you would not want to know
            "
        ))
        .stderr(
            "error: backend hostile does not fit this host: its grant shell is a command, \
             which this version does not grant\n",
        )
        .status(1)
        .run();
}

#[test]
fn it_shows_the_same_as_json() {
    let folder = with(&["noop"]);
    let (bytes, digest) = facts(&folder, "noop.wasm");
    let output = Test::home(folder.path())
        .args("plugin inspect noop.wasm --json")
        .output();
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
    assert_eq!(
        output.json(),
        serde_json::json!({
            "id": "noop",
            "name": "none (manual process)",
            "version": env!("CARGO_PKG_VERSION"),
            "file": "noop.wasm",
            "size": bytes,
            "digest": digest,
            "contract": "hermes:backend@0.3.0",
            "imports": ["hermes:backend/types@0.3.0"],
            "foreign": [],
            "features": [],
            "grants": [],
            "problems": [],
        })
    );
}

#[test]
fn it_shows_what_does_not_fit_and_what_to_do() {
    let folder = with(&["wasi", "loop-in-start"]);
    let (bytes, digest) = facts(&folder, "wasi.wasm");
    Test::home(folder.path())
        .args("plugin inspect wasi.wasm")
        .stdout(&format!(
            "
            file  wasi.wasm, {bytes} bytes
            digest  sha256:{digest}
            contract  none
            imports  wasi:cli/environment@0.2.0
            foreign  wasi:cli/environment@0.2.0
            "
        ))
        .stderr(
            "
            error: backend wasi.wasm imports wasi:cli/environment@0.2.0, which this host does not offer
              hint: build it without WASI: in Rust for wasm32-unknown-unknown, in Python with componentize-py --stub-wasi
            ",
        )
        .status(1)
        .run();
    let (bytes, digest) = facts(&folder, "loop-in-start.wasm");
    Test::home(folder.path())
        .args("plugin inspect loop-in-start.wasm")
        .stdout(&format!(
            "
            file  loop-in-start.wasm, {bytes} bytes
            digest  sha256:{digest}
            contract  hermes:backend@0.3.0
            imports  hermes:backend/types@0.3.0
            foreign  none
            "
        ))
        .stderr("error: backend loop-in-start.wasm computed too long in `start`\n")
        .status(1)
        .run();
}

#[test]
fn a_file_that_is_no_component_is_one_line() {
    let folder = with(&[]);
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("module.wasm", b"\0asm\x01\0\0\0");
    write("text.wasm", b"(component)");
    write("cut.wasm", b"\0asm");
    std::fs::create_dir(folder.path().join("folder.wasm")).unwrap();
    for (file, stderr) in [
        (
            "module.wasm",
            "
            error: module.wasm: it is a core module and not a component
              hint: make a component of it: wasm-tools component new MODULE -o COMPONENT
            ",
        ),
        (
            "text.wasm",
            "
            error: text.wasm: it is no WebAssembly
              hint: a backend is a component of WebAssembly, in its binary format
            ",
        ),
        (
            "cut.wasm",
            "
            error: cut.wasm: it ends too early: this is not all of it
              hint: build or fetch it again
            ",
        ),
        ("folder.wasm", "error: folder.wasm: is not a file\n"),
        (
            "missing.wasm",
            "error: missing.wasm: no such file or directory\n",
        ),
    ] {
        Test::home(folder.path())
            .args("plugin inspect")
            .arg(file)
            .stderr(stderr)
            .status(1)
            .run();
    }
}

#[test]
fn a_fifo_does_not_hold_it_up() {
    let folder = with(&[]);
    let fifo = folder.path().join("fifo.wasm");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    Test::home(folder.path())
        .args("plugin inspect fifo.wasm")
        .stderr("error: fifo.wasm: is not a file\n")
        .status(1)
        .run();
}

/// A copy of hermes-host alone in a directory.
fn alone() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let host = folder.path().join("hermes-host");
    install_program(host_binary(), &host);
    (folder, host)
}

fn inspect(host: &Path, folder: &TempDir, path: &Path) -> Output {
    let mut command = Command::new(host);
    command
        .env_clear()
        .env("PATH", path)
        .env("HERMES_HOME", folder.path());
    command
        .args(["plugin", "inspect", "noop.wasm"])
        .current_dir(folder.path());
    command.output().unwrap().into()
}

#[test]
fn without_the_compiler_it_says_where_to_put_it() {
    let folder = with(&["noop"]);
    let (place, host) = alone();
    let output = inspect(&host, &folder, place.path());
    assert_eq!(
        (
            output.stdout.as_str(),
            output.stderr.as_str(),
            output.status
        ),
        (
            "",
            "error: hermes-plugin, which compiles backends, is not installed\n  \
             hint: put it beside hermes-host or on the PATH; make build makes both\n",
            1
        )
    );
}

#[test]
fn the_compiler_may_be_on_the_path_and_has_to_be_of_this_build() {
    let folder = with(&["noop"]);
    let (_place, host) = alone();
    let path = tempfile::tempdir().unwrap();
    let compiler = path.path().join("hermes-plugin");
    install_program(plugin_binary(), &compiler);
    assert_eq!(inspect(&host, &folder, path.path()).status, 0);
    let header = r#"{"version":"0.0.1","size":0,"digest":""}"#;
    let script = path.path().join("script");
    std::fs::write(&script, format!("#!/bin/sh\necho '{header}'\n")).unwrap();
    install_program(&script, &compiler);
    let output = inspect(&host, &folder, path.path());
    assert_eq!(
        (
            output.stdout.as_str(),
            output.stderr.as_str(),
            output.status
        ),
        (
            "",
            "error: noop.wasm: hermes-plugin is version 0.0.1, and this is 0.1.0\n  \
             hint: install hermes-host and hermes-plugin from the same build\n",
            1
        )
    );
}
