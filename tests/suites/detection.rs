//! Which supervisor is in charge, and what is left where none is.

use hermes_tests::{Container, GATEWAY_UID, Options, Test, Tree, eventually, require};
use serde_json::json;

#[test]
fn s6_is_recognised_by_its_scan_directory_whoever_asks() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.create_profiles(&["coder"]);
    // The profile itself is its owner's alone.
    for (uid, command) in [
        (0, "gateway status -p coder"),
        (GATEWAY_UID, "gateway status -p coder"),
        (65534, "gateway status"),
    ] {
        let status = container.hermes_as(uid, command);
        assert!(
            status.stdout.contains("Manager: s6"),
            "as {uid}: {status:#?}"
        );
    }
}

#[test]
fn s6_is_not_recognised_where_nobody_reads_its_control_fifo() {
    require!(Root, S6, Namespaces);
    // PID 1 is no s6-svscan: only the FIFO is left to tell.
    let container = Container::start(Options::new(Tree::Root).init(&[
        "sh",
        "-c",
        "s6-svscan /run/service & while :; do wait; done",
    ]));
    // Root's FIFO does not tell anybody else.
    let manager = || container.hermes_as(0, "gateway status").stdout;
    eventually("s6-svscan is recognised", || manager().contains("s6"));
    container.sh("s6-svscanctl -t /run/service");
    eventually("s6-svscan is gone", || {
        !container
            .processes()
            .iter()
            .any(|process| process.name == "s6-svscan")
    });
    assert!(!manager().contains("s6"), "{}", manager());
}

#[test]
fn a_scan_directory_that_was_named_and_that_nobody_reads_is_not_passed_over() {
    let home = tempfile::tempdir().unwrap();
    Test::home(home.path())
        .env("HERMES_S6_SCANDIR", "/nowhere")
        .args("gateway detect")
        .stdout(
            "
            BACKEND  CONFIDENCE  USED  EVIDENCE
            s6  -  -  its supervisor is not in charge here
            systemd  -  -  its supervisor is not in charge here
            noop  0  -  no supervisor was found
            ",
        )
        .stderr(
            "
            error: HERMES_S6_SCANDIR=/nowhere: no s6-svscan answers there
              hint: start one as this user, or unset HERMES_S6_SCANDIR
            ",
        )
        .status(1)
        .run();
}

#[test]
fn without_a_supervisor_start_says_how_to_go_on() {
    let home = tempfile::tempdir().unwrap();
    Test::home(home.path())
        .args("profile create coder")
        .stdout("coder: created at [HOME]/profiles/coder, port 9570\n")
        .run();
    let output = Test::home(home.path())
        .args("gateway start -p coder")
        .output();
    assert_eq!(output.status, 1, "{output:#?}");
    assert!(
        output.stderr.contains("hermes-host gateway run -p coder"),
        "{output:#?}"
    );
}

#[test]
fn without_a_supervisor_status_still_knows_the_profile() {
    let home = tempfile::tempdir().unwrap();
    let create = Test::home(home.path())
        .args("profile create coder")
        .output();
    assert_eq!(create.status, 0, "{create:#?}");
    let status = Test::home(home.path())
        .args("gateway status -p coder --json")
        .output();
    assert_eq!(status.status, 3, "{status:#?}");
    assert_eq!(status.json()["port"], json!(9570));
}
