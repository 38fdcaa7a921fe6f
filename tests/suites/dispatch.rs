//! From the command line to one gateway, or to all of them.

use hermes_tests::{Container, Options, Output, Test, Tree, require};
use serde_json::json;

fn with_profiles(names: &[&str]) -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(names);
    container
}

/// A failure has one line of error and no trace of a crash.
#[track_caller]
fn assert_friendly(output: &Output) {
    let errors = output
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "))
        .count();
    assert_eq!(errors, 1, "{output:#?}");
    assert!(!output.stderr.contains("panicked"), "{output:#?}");
}

#[test]
fn the_profile_may_be_named_before_or_after_the_verb() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    for arguments in [
        "-p coder gateway start",
        "--profile coder gateway restart",
        "gateway -p coder stop",
        "gateway start --profile coder",
        "gateway stop --profile=coder",
    ] {
        container.hermes(arguments).success();
    }
    assert!(container.is_down("coder"));
}

#[test]
fn without_a_name_the_default_profile_is_meant() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    container.hermes("gateway start").success();
    assert!(container.is_up("default") && container.is_down("coder"));
    container.hermes("gateway stop -p default").success();
    assert!(container.is_down("default"));
}

#[test]
fn all_means_every_profile_and_says_one_line_for_each() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder", "writer"]);
    for (verb, up) in [("start", true), ("restart", true), ("stop", false)] {
        let stdout = container.hermes(&format!("gateway {verb} --all")).success();
        for profile in ["coder", "writer"] {
            let lines = stdout
                .lines()
                .filter(|line| line.starts_with(&format!("{profile}: ")));
            assert_eq!(lines.count(), 1, "{verb}: {stdout}");
            assert_eq!(container.is_up(profile), up);
        }
    }
}

#[test]
fn all_continues_past_a_failure_and_exits_with_the_worst() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder", "writer"]);
    container.configure(&json!({ "command": ["/gateways/ignores-term"], "stop_timeout": "1h" }));
    container.hermes("gateway start -p coder").success();
    container.run_gateway("sleeps");
    container.hermes("gateway start -p writer").success();
    let output = container.hermes("gateway stop --all --timeout 300ms");
    assert_eq!(output.status, 5, "{output:#?}");
    assert!(container.is_down("writer"), "{output:#?}");
    assert!(output.stderr.contains("coder"), "{output:#?}");
}

#[test]
fn all_and_a_name_contradict_each_other() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    let output = container.hermes("gateway stop --all -p coder");
    assert_eq!(output.status, 2, "{output:#?}");
}

#[test]
fn an_unknown_verb_is_a_usage_error_that_suggests_the_nearest() {
    let output = Test::new().args("gateway strat").output();
    assert_eq!(output.status, 2, "{output:#?}");
    assert!(output.stderr.contains("start"), "{output:#?}");
}

#[test]
fn an_unknown_profile_is_named_with_the_nearest_one() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    Test::within(&container)
        .args("gateway start -p codr")
        .stderr(
            "
            error: no profile named codr in /data
              hint: did you mean coder? hermes-host profile list shows all
            ",
        )
        .status(4)
        .run();
}

#[test]
fn errors_of_a_supervisor_are_one_line_and_no_traceback() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    container.sh(&format!(
        "chmod 0 {}/supervise/control",
        container.slot("coder")
    ));
    let denied = container.hermes_as(65534, "gateway stop -p coder");
    assert_ne!(denied.status, 0);
    assert_friendly(&denied);
}

#[test]
fn no_wait_returns_at_once_and_the_supervisor_does_the_rest() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    container.configure(&json!({ "command": ["/gateways/ignores-term"], "stop_timeout": "1s" }));
    container.hermes("gateway start -p coder").success();
    container
        .hermes("gateway stop -p coder --no-wait")
        .success();
    hermes_tests::eventually("it is killed in the end", || container.is_down("coder"));
}

#[test]
fn install_under_s6_says_that_there_is_nothing_to_install() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    let install = container.hermes("gateway install").success();
    assert!(install.contains("profile create"), "{install}");
    let uninstall = container.hermes("gateway uninstall").success();
    assert!(uninstall.contains("profile delete"), "{uninstall}");
    assert!(container.is_down("coder"));
}

#[test]
fn run_becomes_the_gateway_in_the_foreground() {
    let home = tempfile::tempdir().unwrap();
    let create = Test::home(home.path())
        .args("profile create coder")
        .output();
    assert_eq!(create.status, 0, "{create:#?}");
    let config = json!({ "gateway": { "command": ["/bin/sh", "-c", "echo $0 $HERMES_HOME $API_SERVER_PORT; exit 7", "{profile}"] } });
    std::fs::write(home.path().join("hermes-host.json"), config.to_string()).unwrap();
    Test::home(home.path())
        .args("gateway run -p coder")
        .stdout("coder [HOME]/profiles/coder 9570\n")
        .status(7)
        .run();
}

#[test]
fn every_command_explains_itself() {
    for command in [
        "",
        "profile",
        "profile create",
        "profile delete",
        "profile rename",
        "profile list",
        "profile show",
        "gateway",
        "gateway start",
        "gateway stop",
        "gateway restart",
        "gateway status",
        "gateway list",
        "gateway run",
        "gateway install",
        "gateway uninstall",
        "reconcile",
    ] {
        let output = Test::new().args(command).arg("--help").output();
        assert_eq!(
            (output.status, output.stderr.as_str()),
            (0, ""),
            "{command}"
        );
        assert!(
            output.stdout.contains("hermes-host"),
            "{command}: {output:#?}"
        );
    }
}
