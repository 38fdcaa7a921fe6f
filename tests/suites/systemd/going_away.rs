//! A systemd that gives no answer any more while a verb waits for it, and verbs that meet.

use hermes_tests::{Container, Options, Tree, eventually, require};
use serde_json::json;

use super::machine;

const MANAGER: &str = "systemd --user --unit=default.target";

/// With a systemd of its own, and a profile.
fn account() -> Container {
    let container = Container::start(Options::new(Tree::SystemdUser));
    container.run_gateway("sleeps");
    container.plant_profile("coder");
    container
}

#[test]
fn a_start_that_was_told_stays_recorded() {
    require!(Root, Systemd, Namespaces);
    let container = account();
    // It never says that it is ready.
    container.configure(&json!({ "command": ["/gateways/sleeps"], "ready_timeout": "60s" }));
    let operator = container.operator();
    let mut start = container.begin_as(operator, "gateway start -p coder --timeout 3s");
    eventually("it is starting", || {
        container.unit(operator, "coder").active == "activating"
    });
    let thaw = container.freeze(MANAGER);
    let ended = start.wait().unwrap();
    assert_eq!(ended.code(), Some(1));
    assert_eq!(container.intent("coder").as_deref(), Some("running"));
    container.sh(&thaw);
    container.hermes("gateway stop -p coder").success();
}

#[test]
fn an_uninstallation_that_fails_says_that_it_stays_recorded() {
    require!(Root, Systemd, Namespaces);
    let container = account();
    container.hermes("gateway start -p coder").success();
    let thaw = container.freeze(MANAGER);
    let refused = container.hermes("gateway uninstall -p coder");
    assert_eq!(refused.status, 1, "{refused:#?}");
    assert!(
        refused.stderr.ends_with(
            "coder: recorded all the same: no reconcile starts it, but its supervisor may at the \
             next boot\n"
        ),
        "{refused:#?}"
    );
    container.sh(&thaw);
    assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
}

#[test]
fn nothing_is_installed_while_it_is_uninstalled() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.configure(&json!({ "command": ["/gateways/ignores-term"], "stop_timeout": "3s" }));
    container.plant_profile("coder");
    container.hermes_as(0, "gateway start -p coder").success();
    let mut uninstall = container.begin_as(0, "gateway uninstall -p coder");
    eventually("it is being stopped", || {
        container.unit(0, "coder").active == "deactivating"
    });
    let refused = container.hermes_as(0, "gateway install -p coder");
    assert_eq!(refused.status, 1, "{refused:#?}");
    assert!(
        refused
            .stderr
            .starts_with("error: coder: another command is at work on it: pid "),
        "{refused:#?}"
    );
    assert!(uninstall.wait().unwrap().success());
    let status = container.hermes_as(0, "gateway status -p coder");
    assert!(status.stdout.contains("not registered"), "{status:#?}");
}

#[test]
fn a_stop_that_nobody_waits_for_is_no_failure() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.configure(&json!({ "command": ["/gateways/ignores-term"], "stop_timeout": "1s" }));
    container.plant_profile("coder");
    container.hermes_as(0, "gateway start -p coder").success();
    container
        .hermes_as(0, "gateway stop -p coder --no-wait")
        .success();
    eventually("systemd has killed it", || {
        container.unit(0, "coder").active == "failed"
    });
    let status = container.hermes_as(0, "gateway status -p coder --json");
    assert_eq!(status.status, 3, "{status:#?}");
    let status = status.json();
    assert_eq!(
        (&status["phase"], &status["note"]),
        (&json!("down"), &json!(null)),
        "{status:#}"
    );
}
