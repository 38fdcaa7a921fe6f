//! Starts that wait for another unit.

use hermes_tests::{Container, require};

use super::machine;

/// Coder comes after a unit that takes its time.
fn waiting() -> Container {
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    container.sh(
        "printf '[Service]\\nType=oneshot\\nExecStart=/bin/sleep infinity\\n' \
         >/etc/systemd/system/slow.service
         printf '[Unit]\\nAfter=slow.service\\n' \
         >/etc/systemd/system/hermes-gateway@coder.service.d/own.conf
         systemctl daemon-reload; systemctl start --no-block slow.service",
    );
    container
        .hermes_as(0, "gateway start -p coder --no-wait")
        .success();
    container
}

/// What was waited for is there, and coder does not come up.
fn stays_down(container: &Container) {
    container.sh("systemctl stop slow.service");
    assert_eq!(container.sh("systemctl list-jobs --no-legend"), "");
    let unit = container.unit(0, "coder");
    assert_eq!(
        (unit.active.as_str(), unit.at_boot.as_str()),
        ("inactive", "disabled")
    );
}

#[test]
fn a_start_that_waits_for_its_turn_is_shown_and_a_stop_takes_it_back() {
    require!(Root, Systemd, Namespaces);
    let container = waiting();
    let status = container
        .hermes_as(0, "gateway status -p coder --json")
        .json();
    assert_eq!(status["phase"], "starting", "{status}");
    assert_eq!(
        status["note"], "waits for its turn: systemctl list-jobs",
        "{status}"
    );
    let late = container.hermes_as(0, "gateway start -p coder --timeout 300ms");
    assert_eq!(late.status, 5, "{late:?}");
    assert!(
        late.stderr
            .contains("hermes-gateway@coder.service waits for its turn: systemctl list-jobs"),
        "{late:?}"
    );
    let stopped = container.hermes_as(0, "gateway stop -p coder").success();
    assert_eq!(stopped, "coder: stopped\n");
    stays_down(&container);
}

#[test]
fn nor_does_one_of_a_whole_home_or_a_reconcile_let_it_come() {
    require!(Root, Systemd, Namespaces);
    let container = waiting();
    let stopped = container.hermes_as(0, "gateway stop --all").success();
    assert!(stopped.contains("coder: stopped\n"), "{stopped}");
    stays_down(&container);

    let container = waiting();
    container.sh("sed -i s/running/stopped/ /data/profiles/coder/gateway_intent.json");
    container.hermes_as(0, "reconcile").success();
    stays_down(&container);
}
