//! Hostile, damaged and missing things: one clear line, the right exit code and
//! no change on disk.

use hermes_tests::{Container, GATEWAY_UID, Options, Output, Test, Tree, eventually, require};
use serde_json::json;

fn with_coder() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container
}

/// It failed with this code, and says so in one line and at most hints.
#[track_caller]
fn assert_refused(output: &Output, status: i32) {
    assert_eq!(output.status, status, "{output:#?}");
    let mut lines = output.stderr.lines();
    assert!(
        lines.next().is_some_and(|line| line.starts_with("error: ")),
        "{output:#?}"
    );
    assert!(
        lines.all(|line| line.starts_with("  hint: ")),
        "{output:#?}"
    );
    assert_no_control_characters(output);
}

#[track_caller]
fn assert_no_control_characters(output: &Output) {
    let harmless = |c: char| c == '\n' || !c.is_control();
    assert!(
        output
            .stdout
            .chars()
            .chain(output.stderr.chars())
            .all(harmless),
        "{output:#?}"
    );
}

#[test]
fn an_invalid_name_is_refused_before_anything_is_touched() {
    let home = tempfile::tempdir().unwrap();
    let long = "x".repeat(65);
    for name in [
        "",
        "Coder",
        "foo/bar",
        "../escape",
        "_leading",
        "two words",
        "dot.ted",
        "newline\nx",
        "esc\x1b[2J",
        "ö",
        &long,
    ] {
        let output = Test::home(home.path())
            .args("profile create")
            .arg(name)
            .output();
        assert_refused(&output, 2);
        let output = Test::home(home.path())
            .args("gateway start -p")
            .arg(name)
            .output();
        assert_refused(&output, 2);
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_name_that_looks_like_an_option_is_a_usage_error() {
    Test::new().args("profile create -- -leading").output();
    let output = Test::new().args("profile create -leading").output();
    assert_eq!(output.status, 2, "{output:#?}");
}

#[test]
fn a_reserved_name_is_refused() {
    let home = tempfile::tempdir().unwrap();
    for name in ["hermes", "default", "test", "tmp", "root", "sudo"] {
        let output = Test::home(home.path())
            .args("profile create")
            .arg(name)
            .output();
        assert_refused(&output, 2);
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_profile_directory_that_is_a_link_or_a_file_is_refused() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container
        .sh("cd /data/profiles; ln -s coder linked; echo x >file; chown -h hermes: linked file");
    // Not the logs: coder's logger may only now come up.
    let before = container.snapshot("/data/profiles");
    for name in ["linked", "file"] {
        for verb in ["gateway start", "gateway stop"] {
            let output = container.hermes(&format!("{verb} -p {name}"));
            assert!([1, 4].contains(&output.status), "{output:#?}");
            assert_refused(&output, output.status);
        }
        assert!(!container.exists(&container.slot(name)));
    }
    assert_eq!(container.snapshot("/data/profiles"), before);
}

#[test]
fn a_damaged_intent_is_named_and_never_overwritten_unseen() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    let file = "/data/profiles/coder/gateway_intent.json";
    for make in [
        "echo '{\"desired\":\"runn' >",
        "echo '[1,2]' >",
        "echo nonsense >",
        ": >",
        "head -c 100M /dev/zero >",
        "mkfifo ",
        "mkdir ",
        "ln -s /etc/passwd ",
    ] {
        container.sh(&format!(
            "rm -rf {file}; {make}{file}; chown -h hermes: {file}"
        ));
        let status = container.hermes("gateway status -p coder");
        assert!([1, 3].contains(&status.status), "{make}: {status:#?}");
        let shown = format!("{}{}", status.stdout, status.stderr);
        assert!(shown.contains("gateway_intent.json"), "{make}: {status:#?}");
        assert_no_control_characters(&status);
    }
}

#[test]
fn a_start_that_cannot_be_recorded_takes_no_port() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.plant_profile("writer");
    container.sh("mkdir /data/profiles/writer/gateway_intent.json");
    let before = container.snapshot("/data/profiles");
    let output = container.hermes("gateway start -p writer");
    assert_refused(&output, 1);
    assert_eq!(
        output.stderr,
        "error: writer: /data/profiles/writer/gateway_intent.json: is not a regular file\n  \
         hint: move it out of the way\n"
    );
    assert_eq!(container.snapshot("/data/profiles"), before);
}

#[test]
fn a_configuration_with_an_unknown_key_names_it() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    for (config, named) in [
        (json!({ "comand": ["/bin/true"] }), "comand"),
        (json!({ "stop_timeout": "soon" }), "stop_timeout"),
        (json!({ "command": [] }), "command"),
        (json!({ "restart": { "max_death": 1 } }), "max_death"),
    ] {
        container.configure(&config);
        let output = container.hermes("gateway start -p coder");
        assert_refused(&output, 1);
        assert!(
            output.stderr.contains(named) && output.stderr.contains("hermes-host.json"),
            "{output:#?}"
        );
        assert!(container.is_down("coder"));
    }
    container.write("/data/hermes-host.json", "{");
    assert_refused(&container.hermes("gateway start -p coder"), 1);
    // Only root has a choice of accounts.
    container.configure(&json!({ "user": "nobody-at-all" }));
    let output = container.hermes_as(0, "gateway start -p coder");
    assert_refused(&output, 1);
    assert!(output.stderr.contains("nobody-at-all"), "{output:#?}");
}

#[test]
fn a_second_command_on_the_same_profile_is_told_who_is_at_it() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.configure(&json!({ "command": ["/gateways/ignores-term"], "stop_timeout": "1h" }));
    container.hermes("gateway start -p coder").success();
    let mut first = container
        .command(
            GATEWAY_UID,
            "hermes-host gateway stop -p coder --timeout 60s".split(' '),
            &[],
        )
        .spawn()
        .unwrap();
    eventually("the first is waiting", || {
        container
            .svstat("coder")
            .is_some_and(|status| !status.wanted_up)
    });
    let second = container.hermes("gateway restart -p coder");
    assert_refused(&second, 1);
    assert!(
        second.stderr.contains("coder") && second.stderr.contains("stop"),
        "{second:#?}"
    );
    assert_eq!(
        container.intent("coder").as_deref(),
        Some("stopped"),
        "the second changed nothing"
    );
    container.sh(&format!("kill -KILL {}", container.gateway_pid("coder")));
    assert!(first.wait().unwrap().success());
}

#[test]
fn a_missing_scan_directory_is_named() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    let environment = [("HERMES_S6_SCANDIR".into(), "/run/nowhere".into())];
    let command = "hermes-host gateway start -p coder".split(' ');
    let output = Output::from(
        container
            .command(GATEWAY_UID, command, &environment)
            .output()
            .unwrap(),
    );
    assert_ne!(output.status, 0, "{output:#?}");
    assert_refused(&output, 1);
    assert_eq!(container.intent("coder"), None);
}

#[test]
fn a_scan_directory_that_may_not_be_written_is_named() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.plant_profile("writer");
    container.sh(&format!("chown root: {}", container.scandir()));
    let output = container.hermes("gateway start -p writer");
    assert_refused(&output, 1);
    assert!(output.stderr.contains(container.scandir()), "{output:#?}");
    assert_eq!(container.intent("writer"), None);
}

#[test]
fn a_status_file_of_unknown_size_is_an_unsupported_s6() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    let status = format!("{}/supervise/status", container.slot("coder"));
    for size in [0, 18, 34, 36, 44, 4096] {
        container.sh(&format!("head -c {size} /dev/zero >{status}"));
        let output = container.hermes("gateway status -p coder");
        assert_eq!(output.status, 1, "{size}: {output:#?}");
        assert!(
            output.stderr.contains("unsupported s6"),
            "{size}: {output:#?}"
        );
    }
}

#[test]
fn a_read_only_home_is_named_and_nothing_is_started() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    // The volume's own mount is busy: the logger writes to it.
    container.sh("mkdir /run/ro; mount --bind /data /run/ro; mount -o remount,bind,ro /run/ro");
    for arguments in [
        "--home /run/ro gateway start -p coder",
        "--home /run/ro profile create writer",
        "--home /run/ro profile delete coder --yes",
    ] {
        let output = container.hermes(arguments);
        assert_refused(&output, 1);
        assert!(output.stderr.contains("read-only"), "{output:#?}");
    }
    assert!(container.is_down("coder"));
    assert_eq!(
        container
            .hermes("--home /run/ro gateway status -p coder")
            .status,
        3,
        "looking still works"
    );
}

#[test]
fn a_full_home_is_named_and_nothing_is_started() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.sh(
        "cp -a /data /tmp/copy; mount -t tmpfs -o size=64k,uid=10000,gid=10000 tmpfs /data
         cp -a /tmp/copy/. /data; cat /dev/zero >/data/filler 2>/dev/null || :",
    );
    for arguments in ["gateway start -p coder", "profile create writer"] {
        let output = container.hermes(arguments);
        assert_refused(&output, 1);
        assert!(
            output.stderr.contains("full") || output.stderr.contains("space"),
            "{output:#?}"
        );
    }
    assert!(container.is_down("coder"));
    assert!(
        !container.exists("/data/profiles/writer"),
        "no half-created profile is left"
    );
    assert_eq!(container.sh("ls -A /data/profiles"), "coder\n");
}

#[test]
fn control_characters_in_files_never_reach_the_terminal() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    let evil = "\u{1b}[2J\u{7}\u{9b}31m\r";
    container.write(
        "/data/profiles/coder/gateway_intent.json",
        &json!({
            "desired": "running", "generation": 1, "by": evil, "at": evil,
        })
        .to_string(),
    );
    container.write(
        "/data/profiles/coder/gateway_state.json",
        &json!({
            "gateway_state": evil, "exit_reason": evil,
        })
        .to_string(),
    );
    container.write("/data/profiles/coder/gateway_port", evil);
    container.write(&format!("{}/data/verdict", container.slot("coder")), evil);
    container.write(&format!("/data/profiles/{evil}/SOUL.md"), "x");
    for arguments in [
        "gateway status --all",
        "gateway status -p coder",
        "gateway status -p coder --json",
        "gateway list",
        "profile list",
        "profile show coder",
        "reconcile --dry-run",
        "reconcile",
    ] {
        assert_no_control_characters(&container.hermes(arguments));
    }
    assert!(
        !container
            .read("/data/logs/container-boot.log")
            .contains('\u{1b}')
    );
}

#[test]
fn a_home_that_is_missing_is_named() {
    let output = Test::home("/")
        .args("--home /nonexistent/home gateway start")
        .output();
    assert!([1, 4].contains(&output.status), "{output:#?}");
    assert_refused(&output, output.status);
    assert!(output.stderr.contains("/nonexistent/home"), "{output:#?}");
}

#[test]
fn a_relative_home_in_a_directory_that_is_gone_is_none() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    let script = "mkdir /tmp/gone; cd /tmp/gone; rmdir /tmp/gone; \
                  hermes-host --home place profile create author";
    let refused = container.exec_as(0, ["sh", "-c", script]);
    assert_eq!(
        (refused.status, refused.stderr.as_str()),
        (
            2,
            "error: place: is relative to a directory that is gone\n  \
             hint: name the home by its whole path: --home DIR, or HERMES_HOME=DIR\n"
        )
    );
    assert!(!container.exists("/place"));
}

#[test]
fn a_closed_standard_output_is_no_crash() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    assert!(!container.hermes("gateway status --all").stdout.is_empty());
    let output = container.exec_as(
        GATEWAY_UID,
        ["sh", "-c", "hermes-host gateway status --all | true"],
    );
    assert!(!output.stderr.contains("panicked"), "{output:#?}");
}
