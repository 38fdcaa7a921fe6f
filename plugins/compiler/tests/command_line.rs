//! What `hermes-plugin` answers, to a person and to `hermes-host`.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use hermes_bundle::ArtefactHeader;

/// The smallest component.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn plugin(arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hermes-plugin"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end without having read.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

#[test]
fn the_header_says_what_follows_it() {
    let output = plugin(&["compile", "-"], COMPONENT);
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty());
    let end = output
        .stdout
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap();
    let header: ArtefactHeader = serde_json::from_slice(&output.stdout[..end]).unwrap();
    assert_eq!(header, ArtefactHeader::of(&output.stdout[end + 1..]));
    assert!(header.size > 0);
}

#[test]
fn an_error_is_one_line_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.wasm");
    std::fs::write(&file, b"\0asm\x01\0\0\0").unwrap();
    let file = file.to_str().unwrap();
    for (arguments, stdin, stderr) in [
        (
            ["compile", "-"],
            &b"nonsense"[..],
            "error: it is no WebAssembly\n  \
             hint: a backend is a component of WebAssembly, in its binary format\n"
                .to_owned(),
        ),
        (
            ["compile", file],
            b"",
            format!(
                "error: {file}: it is a core module and not a component\n  \
                 hint: make a component of it: wasm-tools component new MODULE -o COMPONENT\n"
            ),
        ),
        (
            ["compile", "/nonexistent"],
            b"",
            "error: /nonexistent: it cannot be read: No such file or directory (os error 2)\n"
                .to_owned(),
        ),
    ] {
        let output = plugin(&arguments, stdin);
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        assert_eq!(String::from_utf8(output.stderr).unwrap(), stderr);
    }
}
