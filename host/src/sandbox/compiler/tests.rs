#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;

fn component() -> ComponentFile {
    ComponentFile {
        name: "x.wasm".into(),
        bytes: vec![0; 1 << 20],
        digest: String::new(),
    }
}

/// A program that behaves like this instead of compiling.
fn failing(script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let [text, program] = ["script", "hermes-plugin"].map(|name| folder.path().join(name));
    std::fs::write(&text, format!("#!/bin/sh\n{script}\n")).unwrap();
    // What a process that is started meanwhile holds open for writing cannot be run.
    let mut install = std::process::Command::new("install");
    let installed = install.arg("-m755").args([&text, &program]).status();
    assert!(installed.unwrap().success());
    match Compiler::new(program).compile(&component()) {
        Ok(_) => panic!("{script} compiled"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_compiler_that_fails_is_one_line() {
    let garbled = "what hermes-plugin answered is damaged";
    for (script, expected) in [
        ("echo 'error: it is bad\nmore' >&2; exit 1", "it is bad"),
        (
            "exit 3",
            "hermes-plugin ended with exit status: 3 and without a word",
        ),
        (
            "kill -XCPU $$",
            "it was not compiled within 60s of processor time",
        ),
        (
            "echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$",
            "it was not compiled within 2048 MiB of memory",
        ),
        ("cat >/dev/null", garbled),
        ("cat >/dev/null; echo nonsense", garbled),
        (
            r#"echo '{"version":"9.9.9","size":0,"digest":""}'"#,
            "hermes-plugin is version 9.9.9, and this is 0.1.0",
        ),
    ] {
        assert_eq!(failing(script), expected, "{script}");
    }
}

#[test]
fn an_artefact_that_is_not_the_announced_one_is_refused() {
    let artefact = b"native code";
    let whole = |artefact: &[u8]| {
        let mut output = serde_json::to_vec(&ArtefactHeader::of(b"native code")).unwrap();
        output.push(b'\n');
        output.extend_from_slice(artefact);
        Compiler::unpack(output)
    };
    assert_eq!(whole(artefact).unwrap(), artefact);
    for length in 0..artefact.len() {
        assert!(matches!(
            whole(&artefact[..length]),
            Err(CompileError::Garbled)
        ));
    }
    for place in 0..artefact.len() * 8 {
        let mut flipped = artefact.to_vec();
        flipped[place / 8] ^= 1 << (place % 8);
        assert!(matches!(whole(&flipped), Err(CompileError::Garbled)));
    }
}
