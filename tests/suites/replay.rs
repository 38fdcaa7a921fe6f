//! `hermes-host replay`, on what was recorded under a real s6: without any
//! supervisor.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use hermes_tests::{FLOWS, Output, Test, host_binary, install_program, recordings};
use tempfile::TempDir;

/// `nobody`, who may do nothing.
const NOBODY: u32 = 65534;

#[test]
fn the_backends_do_what_they_did_when_they_were_recorded() {
    for flow in FLOWS {
        let path = recordings().join(format!("{flow}.jsonl"));
        let output = Test::new().args("replay --current").arg(&path).output();
        assert_eq!(
            output.status, 0,
            "{flow}: `make recordings` records anew what is meant to differ\n{output:#?}"
        );
        assert!(output.stdout.contains(": as recorded, "), "{output:#?}");
        assert_eq!(output.stderr, "");
    }
}

#[test]
fn every_recording_is_of_a_flow() {
    let mut names: Vec<String> = fs::read_dir(recordings())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut expected: Vec<String> = FLOWS.iter().map(|flow| format!("{flow}.jsonl")).collect();
    expected.sort();
    assert_eq!(names, expected);
}

/// A recording of this binary, in a file of its own.
fn recorded(arguments: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recording");
    let output = Test::new()
        .args("--backend noop --trace")
        .arg(&file)
        .args(arguments)
        .output();
    assert_eq!(output.status, 0, "{output:#?}");
    (folder, file)
}

/// Changes what a file says.
fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from}: {text}");
    fs::write(file, text.replace(from, to)).unwrap();
}

#[test]
fn it_takes_no_supervisor_no_rights_and_no_home() {
    let (folder, file) = recorded("profile create coder");
    // Where nobody comes to, whoever builds this.
    let binary = folder.path().join("hermes-host");
    install_program(host_binary(), &binary);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    // Handed on by the one whose trace it was.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let mut command = Command::new(&binary);
    command
        .env_clear()
        .current_dir("/")
        .arg("replay")
        .arg(&file);
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output: Output = command.output().unwrap().into();
    assert_eq!(
        output,
        Output {
            stdout: "noop: as recorded, 1 call, 0 effects\n".into(),
            stderr: String::new(),
            status: 0,
        }
    );
}

#[test]
fn a_difference_is_shown_and_is_a_failure() {
    let (_folder, file) = recorded("gateway list");
    edit(&file, r#""phase":"Down""#, r#""phase":"Up""#);
    Test::new()
        .args("replay")
        .arg(&file)
        .stdout(
            r#"
            noop: status: the result differs
              expected: {"Ok":[{"Ok":{"last_exit":null,"note":"not supervised","phase":"Up","pid":null,"restarts":null,"since":null,"wanted":"Down"}}]}
              got:  {"Ok":[{"Ok":{"last_exit":null,"note":"not supervised","phase":"Down","pid":null,"restarts":null,"since":null,"wanted":"Down"}}]}
            "#,
        )
        .status(1)
        .run();
    let json = Test::new().args("replay --json").arg(&file).output();
    assert_eq!(json.status, 1);
    let json = json.json();
    assert_eq!(json["same"], false);
    assert_eq!(json["difference"]["call"], "status");
    assert_eq!(json["difference"]["effect"], serde_json::Value::Null);
}

#[test]
fn an_effect_that_differs_is_shown_around_the_difference() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recording");
    fs::copy(recordings().join("s6-create.jsonl"), &file).unwrap();
    edit(&file, "max_delay=30", "max_delay=40");
    let output = Test::new().args("replay --current").arg(&file).output();
    assert_eq!(output.status, 1, "{output:#?}");
    let lines: Vec<&str> = output.stdout.lines().collect();
    let [title, expected, got] = lines.as_slice() else {
        panic!("{output:#?}");
    };
    assert!(title.starts_with("s6: register: effect "), "{title}");
    assert!(title.ends_with(" (create-file run) differs"), "{title}");
    assert!(expected.starts_with("  expected: …") && expected.contains("max_delay=40"));
    assert!(got.starts_with("  got:      …") && got.contains("max_delay=30"));
}

#[test]
fn another_component_is_refused_unless_it_is_asked_for() {
    let (_folder, file) = recorded("gateway list");
    let text = fs::read_to_string(&file).unwrap();
    let header: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let digest = header["digest"].as_str().unwrap();
    edit(&file, digest, "0123456789abcdef");
    let (version, current) = (env!("CARGO_PKG_VERSION"), &digest[..12]);
    let path = file.display();
    Test::new()
        .args("replay")
        .arg(&file)
        .stderr(&format!(
            "error: {path}: recorded by hermes-host {version} with another noop: \
             its digest is 0123456789ab…, that of this host's {current}…\n  \
             hint: --current replays it with this host's noop\n"
        ))
        .status(1)
        .run();
    Test::new()
        .args("replay --current")
        .arg(&file)
        .stdout("noop: as recorded, 1 call, 0 effects\n")
        .run();
}

#[test]
fn what_is_no_recording_is_one_line_of_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recording");
    let not_one = "  hint: a recording is what --trace FILE writes\n";
    let ended = "  hint: record it again: the command that wrote it did not get to its end\n";
    let (_other, whole) = recorded("gateway list");
    let whole = fs::read_to_string(whole).unwrap();
    let call = whole.find("{\"backend\":\"noop\",\"call\"").unwrap();
    let call = call + whole[call..].find('\n').unwrap();
    for (text, error, hint) in [
        ("", "holds no recording", not_one),
        ("\u{1b}]0;x\u{7}\n", "line 1: expected value", not_one),
        (&whole[..40], "line 1: cut short", ended),
        (
            &whole[..whole.find("{\"end\"").unwrap()],
            "cut off: it may be incomplete; as recorded up to there",
            ended,
        ),
        (
            &whole[..=call],
            "ends within `status` of noop, after effect 0; as recorded up to there",
            ended,
        ),
    ] {
        fs::write(&file, text).unwrap();
        Test::new()
            .args("replay")
            .arg(&file)
            .stderr(&format!("error: {}: {error}\n{hint}", file.display()))
            .status(1)
            .run();
    }
    for (path, error) in [
        ("/nonexistent", "no such file or directory"),
        ("/dev/zero", "not a regular file"),
        ("/", "not a regular file"),
    ] {
        Test::new()
            .args("replay")
            .arg(path)
            .stderr(&format!("error: {path}: {error}\n"))
            .status(1)
            .run();
    }
}

#[test]
fn a_hostile_recording_costs_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recording");
    // As many values as fit into a line: each is many times its size once read.
    let many = "0,".repeat((8 << 20) / 2 - 100);
    let endless = "x".repeat(64 << 20);
    let numbers = format!("{{\"backend\":\"s6\",\"effect\":[{many}0]}}\n");
    for (text, error) in [
        (numbers.as_str(), "line 1: "),
        (endless.as_str(), "line 1: longer than 8 MiB\n"),
    ] {
        fs::write(&file, text).unwrap();
        // The limit is in KiB.
        let output: Output = Command::new("sh")
            .args(["-c", r#"ulimit -v 524288 && exec "$0" replay "$1""#])
            .arg(host_binary())
            .arg(&file)
            .output()
            .unwrap()
            .into();
        let expected = format!("error: {}: {error}", file.display());
        assert!(output.stderr.starts_with(&expected), "{output:#?}");
        assert_eq!(output.status, 1, "{output:#?}");
    }
}

#[test]
fn options_that_mean_nothing_to_it_are_refused() {
    for (option, value) in [
        ("--trace", Some("x")),
        ("--backend", Some("s6")),
        ("--home", Some("/")),
        ("--profile", Some("coder")),
        ("--redact", None),
    ] {
        let mut test = Test::new().args("replay x").arg(option);
        if let Some(value) = value {
            test = test.arg(value);
        }
        test.stderr(&format!(
            "error: {option} means nothing to a replay\n  hint: leave it out\n"
        ))
        .status(2)
        .run();
    }
}
