use hermes_tests::{Container, GATEWAY_UID, require};
use serde_json::json;

use super::machine;

/// A machine with a manager of its own for the account that owns the home.
fn two_managers() -> Container {
    let container = machine();
    container.enable_linger();
    container.plant_profile("coder");
    container
}

/// What one manager runs the other one does not run as well, and says so.
fn refuses(container: &Container, uid: u32, words: &str) {
    for verb in [
        "gateway start -p coder",
        "gateway stop -p coder",
        "gateway restart -p coder",
        "gateway install --now -p coder",
        "gateway uninstall -p coder",
        "profile rename coder author",
        "profile delete coder --yes",
    ] {
        let before = container.intent("coder");
        let refused = container.hermes_as(uid, verb);
        assert_eq!(refused.status, 1, "{verb}: {refused:?}");
        assert!(
            refused
                .stderr
                .starts_with(&format!("error: coder: {words}\n")),
            "{verb}: {refused:?}"
        );
        assert!(!refused.stderr.contains("reconcile"), "{verb}: {refused:?}");
        assert_eq!(container.intent("coder"), before, "{verb}");
    }
    // Nor does a stop of all touch what the operator wants of it.
    let stop = container.hermes_as(uid, "gateway stop --all");
    assert_eq!(
        (stop.status, stop.stdout.as_str(), stop.stderr.as_str()),
        (
            0,
            format!("default: not registered, left alone\ncoder: {words}, left alone\n").as_str(),
            ""
        )
    );
    assert_eq!(container.intent("coder").as_deref(), Some("running"));
    assert!(container.exists("/data/profiles/coder/SOUL.md"));
    let status = container.hermes_as(uid, "gateway status -p coder");
    assert_eq!(status.status, 3, "{status:?}");
    assert!(
        status.stdout.contains(&format!("not registered; {words}")),
        "{status:?}"
    );
    assert_eq!(container.unit(uid, "coder").active, "inactive");
}

#[test]
fn a_user_does_not_start_a_second_one_beside_the_machines() {
    require!(Root, Systemd, Namespaces);
    let container = two_managers();
    container.hermes_as(0, "gateway start -p coder").success();
    refuses(
        &container,
        GATEWAY_UID,
        "the machine's systemd has hermes-gateway@coder.service for it",
    );
    assert_eq!(container.unit(0, "coder").active, "active");
    container
        .hermes_as(0, "gateway uninstall -p coder")
        .success();
    container.hermes("gateway start -p coder").success();
    assert_eq!(container.unit(GATEWAY_UID, "coder").active, "active");
}

#[test]
fn root_does_not_start_a_second_one_beside_the_owners() {
    require!(Root, Systemd, Namespaces);
    let container = two_managers();
    container.hermes("gateway start -p coder").success();
    refuses(
        &container,
        0,
        "the systemd of its owner has hermes-gateway@coder.service for it",
    );
    assert_eq!(container.unit(GATEWAY_UID, "coder").active, "active");
}

#[test]
fn what_a_systemd_out_of_reach_runs_is_seen_and_left_alone() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    container.hermes_as(0, "gateway start -p coder").success();
    let status = container.hermes("gateway status -p coder --json").json();
    assert_eq!(
        (&status["phase"], &status["note"]),
        (
            &json!("running"),
            &json!("runs as hermes-gateway@coder.service of a systemd that is not in charge here")
        ),
        "{status:#}"
    );
    let pid = &status["pid"];
    for command in [
        "profile delete coder --yes",
        "profile rename coder author",
        "gateway run -p coder",
    ] {
        let refused = container.hermes(command);
        assert_eq!(
            (refused.status, refused.stderr),
            (
                1,
                format!(
                    "error: coder: its gateway runs as hermes-gateway@coder.service of a systemd \
                     that is not in charge here, pid {pid}\n  \
                     hint: do it as root, or as the account whose systemd it is\n"
                )
            ),
            "{command}"
        );
    }
    assert_eq!(container.count("sleep"), 1);
}
