use hermes_tests::{Container, eventually, require};
use serde_json::json;

use super::machine;

#[test]
fn a_hundred_gateways_start_and_stop_at_once() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    for number in 0..100 {
        container.plant_profile(&format!("p{number}"));
    }
    container.hermes_as(0, "reconcile").success();
    let started = container.hermes_as(0, "gateway start --all").success();
    assert_eq!(started.lines().count(), 101, "{started}");
    assert!(
        started
            .lines()
            .all(|line| line.contains(": running, ready after ")),
        "{started}"
    );
    let active =
        "systemctl list-units --plain --no-legend --state=active 'hermes-gateway@*' | wc -l";
    assert_eq!(container.sh(active), "101\n");
    let status = container.hermes_as(0, "gateway status --all").success();
    assert_eq!(
        status
            .lines()
            .filter(|line| line.contains(" running "))
            .count(),
        101,
        "{status}"
    );
    container.hermes_as(0, "gateway stop --all").success();
    assert_eq!(container.sh(active), "0\n");
}

/// Gateways that are ready after so many seconds.
fn machine_of_41(ready_after: &str) -> Container {
    let container = machine();
    let gateway = format!("sleep {ready_after}; echo >&$HERMES_NOTIFY_FD; exec sleep infinity");
    container.configure(&json!({ "command": ["sh", "-c", gateway], "ready_timeout": "1m" }));
    for number in 0..40 {
        container.plant_profile(&format!("p{number}"));
    }
    container.hermes_as(0, "reconcile").success();
    container
}

#[test]
fn all_of_many_are_told_however_long_each_takes_and_whatever_the_time() {
    require!(Root, Systemd, Namespaces);
    let container = machine_of_41("3");
    let started = container.hermes_as(0, "gateway start --all --timeout 200ms");
    assert_eq!(started.status, 5, "{started:#?}");
    let running = "systemctl list-units --plain --no-legend 'hermes-gateway@*' | grep -c running";
    eventually("all are up", || {
        container.sh(&format!("{running} || :")) == "41\n"
    });
    container.hermes_as(0, "gateway stop --all").success();

    let started = container.hermes_as(0, "gateway start --all").success();
    assert_eq!(started.lines().count(), 41, "{started}");
}

#[test]
fn a_restart_of_many_restarts_each_though_systemd_executes_itself_anew() {
    require!(Root, Systemd, Namespaces);
    let container = machine_of_41("0.2");
    container.hermes_as(0, "gateway start --all").success();
    let pids = || {
        let show = "systemctl show --property MainPID --value 'hermes-gateway@*' | grep .";
        let pids = container.sh(show);
        let pids: std::collections::BTreeSet<String> = pids.lines().map(str::to_owned).collect();
        pids
    };
    let before = pids();
    assert_eq!(before.len(), 41, "{before:?}");
    let restart = "(sleep 0.3; systemctl daemon-reexec) & \
                   hermes-host --home /data gateway restart --all; code=$?; wait; exit $code";
    let restarted = container.sh(restart);
    assert_eq!(restarted.lines().count(), 41, "{restarted}");
    let after = pids();
    assert_eq!(after.len(), 41, "{after:?}");
    assert!(before.is_disjoint(&after), "{before:?}, {after:?}");
}
