//! What `--trace` writes down, on real s6.

use std::fs::{File, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::Path;

use hermes_tests::{Container, Options, Test, Tree, require};
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};
use serde_json::Value;

const TRACE: &str = "/data/trace";

/// The effects in the trace of a command as the gateway account.
fn trace(container: &Container, arguments: &str) -> Vec<Value> {
    let mut lines = recording(container, arguments);
    lines.retain(|line| line.get("effect").is_some());
    lines
}

/// The trace of a command as the gateway account, a value for each line.
fn recording(container: &Container, arguments: &str) -> Vec<Value> {
    let output = container.hermes(&format!("{arguments} --trace {TRACE}"));
    assert!([0, 3].contains(&output.status), "{output:#?}");
    let text = container.read(TRACE);
    assert!(text.ends_with('\n'), "{text}");
    let mut lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let end = lines.pop().unwrap();
    let count = |field: &str| {
        lines
            .iter()
            .filter(|line| line.get(field).is_some())
            .count()
    };
    assert_eq!(
        end,
        serde_json::json!({ "end": { "calls": count("call"), "effects": count("effect") } })
    );
    lines
}

fn with_a_running_gateway() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    container
}

/// A gateway that is gone only after a while: its end has to be waited for.
fn with_a_slow_gateway() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.configure(
        &serde_json::json!({ "command": ["/gateways/ignores-term"], "stop_timeout": "300ms" }),
    );
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    container
}

/// The number of the first effect on a path like this one.
#[track_caller]
fn first(lines: &[Value], what: &str, matches: impl Fn(&Value) -> bool) -> u64 {
    let line = lines.iter().find(|line| matches(line));
    let line = line.unwrap_or_else(|| panic!("no {what} in {lines:#?}"));
    line["number"].as_u64().unwrap()
}

fn is_signal(line: &Value, bytes: &str) -> bool {
    line["action"] == "signal"
        && line["path"] == "gateway-coder/supervise/control"
        && line["bytes"] == bytes
}

#[test]
fn every_effect_is_one_line_with_its_outcome_and_duration() {
    require!(Root, S6, Namespaces);
    let container = with_a_running_gateway();
    for arguments in [
        "gateway status -p coder",
        "gateway restart -p coder",
        "reconcile",
        "profile create writer",
        "profile rename writer author",
        "profile delete author --yes",
        "gateway stop --all",
    ] {
        let lines = trace(&container, arguments);
        assert!(!lines.is_empty(), "{arguments}");
        for line in &lines {
            assert_eq!(line["backend"], "s6", "{arguments}: {line}");
            assert!(line["number"].is_u64(), "{arguments}: {line}");
            assert!(line["effect"].is_string(), "{arguments}: {line}");
            assert!(line["duration_ns"].is_u64(), "{arguments}: {line}");
            let outcome = line["outcome"].as_object().unwrap();
            assert!(
                outcome.contains_key("Ok") || outcome.contains_key("Err"),
                "{line}"
            );
            // A built-in backend asks for nothing that it is not granted.
            assert!(
                !line["outcome"].to_string().contains("denied"),
                "{arguments}: {line}"
            );
        }
        let numbers: Vec<_> = lines
            .iter()
            .map(|line| line["number"].as_u64().unwrap())
            .collect();
        assert!(
            numbers.is_sorted_by(|a, b| a < b),
            "{arguments}: {numbers:?}"
        );
    }
}

#[test]
fn a_stop_listens_before_it_signals_and_waits_after() {
    require!(Root, S6, Namespaces);
    let container = with_a_slow_gateway();
    let lines = trace(&container, "gateway stop -p coder");
    let order = [
        first(&lines, "listener", |line| line["action"] == "listen"),
        first(&lines, "published listener", |line| {
            line["action"] == "create-link"
                && line["new_path"]
                    .as_str()
                    .is_some_and(|path| path.starts_with("gateway-coder/event/"))
        }),
        first(&lines, "stop", |line| is_signal(line, "d")),
        first(&lines, "wait", |line| line["effect"] == "wait"),
        first(&lines, "event", |line| line["effect"] == "receive"),
    ];
    assert!(order.is_sorted_by(|a, b| a < b), "{order:?} in {lines:#?}");
}

#[test]
fn a_restart_goes_down_before_it_goes_up() {
    require!(Root, S6, Namespaces);
    let container = with_a_slow_gateway();
    let lines = trace(&container, "gateway restart -p coder");
    let down = first(&lines, "stop", |line| is_signal(line, "du"));
    // That its run has ended wakes, and that it is down may be seen before it is heard.
    let seen = first(&lines, "d or D", |line| {
        line["effect"] == "receive"
            && line["outcome"]["Ok"]["bytes"]
                .as_str()
                .is_some_and(|bytes| bytes.contains(['d', 'D']))
    });
    let up = first(&lines, "start", |line| is_signal(line, "u"));
    assert!(down < seen && seen < up, "{down} {seen} {up} in {lines:#?}");
}

#[test]
fn status_changes_nothing() {
    require!(Root, S6, Namespaces);
    let container = with_a_running_gateway();
    for line in trace(&container, "gateway status --all") {
        let action = line["action"].as_str().unwrap_or("read");
        let empty = action == "signal" && line["bytes"] == "";
        assert!(
            empty || ["read", "metadata", "entries"].contains(&action),
            "{line}"
        );
    }
}

#[test]
fn a_trace_says_who_was_asked_what_and_what_came_of_it() {
    require!(Root, S6, Namespaces);
    let container = with_a_running_gateway();
    let lines = recording(&container, "gateway stop -p coder");
    let header = &lines[0];
    assert_eq!(header["recording"], 1);
    assert_eq!(header["backend"], "s6");
    assert_eq!(header["digest"].as_str().unwrap().len(), 64);
    assert_eq!(header["contract"], "hermes:backend@0.3.0");
    assert_eq!(header["redacted"], false);

    // Each call is followed by its effects and then by its result.
    let calls = lines[1..]
        .split_inclusive(|line| line.get("result").is_some())
        .map(|lines| {
            let [call, effects @ .., result] = lines else {
                panic!("{lines:#?}");
            };
            assert!(effects.iter().all(|line| line["effect"].is_string()));
            assert!(result["result"].get("Ok").is_some(), "{result}");
            assert!(result["duration_ns"].is_u64(), "{result}");
            call["call"].as_str().unwrap()
        });
    let calls: Vec<_> = calls.collect();
    assert_eq!(calls, ["detect", "control", "status"]);

    let control = lines.iter().find(|line| line["call"] == "control");
    assert_eq!(
        control.unwrap()["arguments"],
        serde_json::json!({
            "home": "/data", "action": "Stop", "services": ["gateway-coder"], "wait": 35_000_000_000_u64,
        })
    );
    let last = lines.last().unwrap();
    assert_eq!(last["result"]["Ok"][0]["Ok"]["phase"], "Down");
}

#[test]
fn a_redacted_trace_has_no_secret_and_is_replayed() {
    require!(Root, S6, Namespaces);
    let container = with_a_running_gateway();
    let secret = "sk-planted-0123456789";
    container.write("/data/profiles/coder/.env", &format!("KEY={secret}\n"));
    // What an earlier registration may have left, at the length of this one.
    let plant = format!(
        "printf {secret} | dd bs=1 seek=9 conv=notrunc status=none \
         of=/run/hermes/service/gateway-coder/run"
    );
    let arguments = "gateway restart -p coder --trace /data/trace";
    for (redact, planted) in [("", true), (" --redact", false)] {
        container.sh(&plant);
        container.hermes(&format!("{arguments}{redact}")).success();
        assert_eq!(container.read(TRACE).contains(secret), planted, "{redact}");
        let replayed = container.hermes("replay /data/trace").success();
        assert!(replayed.starts_with("s6: as recorded, "), "{replayed}");
    }
    // Not even what the slot's own script says.
    assert!(!container.read(TRACE).contains("max_delay="));
}

#[test]
fn a_trace_that_is_lost_half_way_is_told_and_fails_nothing() {
    Test::new()
        .args("--backend noop gateway list --trace /dev/full")
        .stdout(
            "
            PROFILE  STATE  PID  UPTIME  RESTARTS  WANTED  PORT  NOTE
            default  down  -  -  -  stopped  -  not supervised
            Manager: none (manual process)
            ",
        )
        .stderr(
            "warning: /dev/full: the trace is incomplete: \
             no space left on device\n",
        )
        .run();

    // A pipe that is full, with a reader that does not read.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0).unwrap();
    let mut pipe = File::options()
        .read(true)
        .write(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(&path)
        .unwrap();
    while pipe.write(&[0; 4096]).is_ok() {}
    let output = Test::new()
        .args("--backend noop gateway list --trace")
        .arg(&path)
        .output();
    assert_eq!(output.status, 0, "{output:#?}");
    let lost = "the trace is incomplete: resource temporarily unavailable";
    assert_eq!(
        output.stderr,
        format!("warning: {}: {lost}\n", path.display())
    );
}

#[test]
fn a_trace_is_made_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mode = |name: &str| path(name).metadata().unwrap().permissions().mode() & 0o7777;
    let trace = |to: &Path| {
        let output = Test::new()
            .args("--backend noop gateway list --trace")
            .arg(to)
            .output();
        assert_eq!((output.status, output.stderr.as_str()), (0, ""));
        output.stdout
    };
    // Wherever the operator's own link leads, there is the file.
    symlink("linked", path("link")).unwrap();
    for name in ["new", "link"] {
        trace(&path(name));
    }
    assert_eq!([mode("new"), mode("linked")], [0o600, 0o600]);

    // What is there has been made as somebody wanted it.
    let earlier = File::create(path("earlier")).unwrap();
    earlier
        .set_permissions(Permissions::from_mode(0o644))
        .unwrap();
    trace(&path("earlier"));
    assert_eq!(mode("earlier"), 0o644);
    assert!(earlier.metadata().unwrap().len() > 0);

    let printed = trace(Path::new("/dev/stdout"));
    assert!(printed.contains("{\"recording\":1,"), "{printed}");
}

#[test]
fn only_a_trace_can_be_redacted() {
    Test::new()
        .args("gateway list --redact")
        .stderr("error: --redact needs --trace FILE\n")
        .status(2)
        .run();
}

#[test]
fn a_trace_that_cannot_be_written_fails_before_anything_happens() {
    let home = tempfile::tempdir().unwrap();
    Test::home(home.path())
        .args("profile create coder --trace /nonexistent/trace")
        .stderr(
            "error: /nonexistent/trace: cannot write the trace: \
             no such file or directory\n",
        )
        .status(1)
        .run();
    assert!(!home.path().join("profiles").exists());
}
