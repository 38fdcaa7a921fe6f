//! Commands that wait for a gateway while another one decides otherwise.

use std::process::Child;

use hermes_tests::{Container, GATEWAY_UID, Output, eventually, require};

/// A command that has begun to stop coder.
fn begin(container: &Container, arguments: &str) -> Child {
    let begun = container.begin_as(GATEWAY_UID, arguments);
    eventually("it stops it", || container.is_being_stopped("coder"));
    begun
}

#[test]
fn a_stop_outlasts_a_restart_that_waits() {
    require!(Root, S6, Namespaces);
    let container = Container::ignoring_sigterm("10s");
    let restart = begin(&container, "gateway restart -p coder");
    let stop = container.hermes("gateway stop -p coder");
    assert_eq!(stop.status, 0, "{stop:#?}");
    let restart: Output = restart.wait_with_output().unwrap().into();
    assert_eq!(
        (restart.status, restart.stderr.as_str()),
        (
            1,
            "error: coder: another command has stopped it meanwhile\n"
        ),
        "{restart:#?}"
    );
    assert!(container.is_down("coder"));
    assert!(container.exists(&format!("{}/down", container.slot("coder"))));
    assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
}

#[test]
fn a_stop_of_what_is_renamed_meanwhile_stops_no_other() {
    require!(Root, S6, Namespaces);
    let container = Container::ignoring_sigterm("2s");
    let rename = begin(&container, "profile rename coder author");
    let stop = container.hermes("gateway stop -p coder");
    assert_eq!(
        (stop.status, stop.stderr.as_str()),
        (
            4,
            "error: coder: no profile named coder in /data\n  \
             hint: hermes-host profile list shows all\n"
        ),
        "{stop:#?}"
    );
    let rename: Output = rename.wait_with_output().unwrap().into();
    assert_eq!(rename.status, 0, "{rename:#?}");
    assert!(container.is_up("author"));
    assert_eq!(container.intent("author").as_deref(), Some("running"));
}
