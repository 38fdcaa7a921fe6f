//! A unit directory that is not there is as an empty one, until something is written.

use hermes_tests::{Container, GATEWAY_UID, Options, Test, Tree, require};

use super::machine;

const DIRECTORY: &str = "/data/.config/systemd/user";

/// A user's systemd, and a profile.
fn user() -> Container {
    let container = Container::start(Options::new(Tree::SystemdUser));
    container.run_gateway("sleeps");
    container.plant_profile("coder");
    container
}

#[test]
fn nothing_is_registered_there_and_nothing_fails() {
    require!(Root, Systemd, Namespaces);
    let container = user();
    Test::within(&container)
        .args("gateway stop --all")
        .stdout(
            "
            default: not registered, left alone
            coder: not registered, left alone
            ",
        )
        .run();
    Test::within(&container)
        .args("gateway stop -p coder")
        .stderr(
            "
            error: coder: not registered with the supervisor
              hint: hermes-host gateway start -p coder registers and starts it
            ",
        )
        .status(4)
        .run();
    Test::within(&container)
        .args("gateway uninstall -p coder")
        .stdout("coder: not installed, nothing to uninstall\n")
        .run();
    Test::within(&container)
        .args("reconcile")
        .stdout(
            "
            default: not installed, was never started
            coder: not installed, was stopped
            ",
        )
        .run();
    assert!(!container.exists(DIRECTORY));
    container.hermes("gateway start -p coder").success();
    assert!(container.exists(DIRECTORY));
}

#[test]
fn what_runs_without_it_is_seen_and_stopped() {
    require!(Root, Systemd, Namespaces);
    let container = user();
    container.hermes("gateway start -p coder").success();
    container.sh(&format!("mv {DIRECTORY} /data/away"));
    let status = container.hermes("gateway status -p coder --json").json();
    assert_eq!(
        (status["phase"].as_str(), status["note"].as_str()),
        (
            Some("running"),
            Some("its unit files are gone: gateway start, or reconcile, writes them")
        ),
        "{status}"
    );
    Test::within(&container)
        .args("gateway stop -p coder")
        .stdout("coder: stopped\n")
        .run();
    assert_eq!(container.unit(GATEWAY_UID, "coder").active, "inactive");
}

#[test]
fn what_the_machines_systemd_has_is_said_all_the_same() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.enable_linger();
    container.plant_profile("coder");
    container.hermes_as(0, "gateway start -p coder").success();
    let status = container.hermes("gateway status -p coder --json").json();
    assert_eq!(
        status["note"],
        "not registered; the machine's systemd has hermes-gateway@coder.service for it",
        "{status}"
    );
    assert!(!container.exists(DIRECTORY));
}
