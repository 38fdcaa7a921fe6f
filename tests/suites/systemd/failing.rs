use hermes_tests::{Container, Test, eventually, require};
use serde_json::json;

use super::{machine, starts};

fn dying(how: &str, max_deaths: u32) -> Container {
    let container = machine();
    let restart = json!({ "max_deaths": max_deaths, "window": "60s" });
    container.configure(&json!({ "command": ["/gateways/does-as-told"], "restart": restart }));
    container.hermes_as(0, "profile create coder").success();
    container.write("/data/profiles/coder/exit", how);
    container
        .hermes_as(0, "gateway start -p coder --no-wait")
        .success();
    container
}

#[test]
fn what_ends_a_gateway_decides_whether_it_comes_back() {
    require!(Root, Systemd, Namespaces);
    for (how, comes_back) in [
        ("0", false),
        ("78", false),
        ("1", true),
        ("75", true),
        ("KILL", true),
        ("TERM", true),
    ] {
        let container = dying(how, 5);
        if comes_back {
            eventually(&format!("it came back after {how}"), || {
                starts(&container, "coder") >= 2
            });
        } else {
            let expected = if how == "0" { "inactive" } else { "failed" };
            eventually(&format!("it stays down after {how}"), || {
                starts(&container, "coder") == 1 && container.unit(0, "coder").active == expected
            });
        }
    }
}

#[test]
fn a_final_exit_code_and_too_many_deaths_are_told_apart() {
    require!(Root, Systemd, Namespaces);
    for (how, times, note) in [
        (
            "78",
            1,
            "exit 78 is final: not restarted; journalctl -u hermes-gateway@coder",
        ),
        (
            "1",
            3,
            "quarantined: died 3 times in 60 s, last with exit 1; journalctl -u hermes-gateway@coder",
        ),
    ] {
        let container = dying(how, 3);
        eventually(&format!("it is given up after {how}"), || {
            container.unit(0, "coder").active == "failed"
        });
        assert_eq!(starts(&container, "coder"), times);
        let status = container.hermes_as(0, "gateway status -p coder --json");
        assert_eq!(status.json()["phase"], "failed");
        assert_eq!(status.json()["note"], note);
        assert_eq!(status.json()["restarts"], times - 1);
        assert_eq!(status.status, 3);
        // An operator's start begins anew, and a stop ends the failure.
        container.sh("rm /data/profiles/coder/exit");
        container.hermes_as(0, "gateway start -p coder").success();
        assert_eq!(container.unit(0, "coder").active, "active");
        container.write("/data/profiles/coder/exit", how);
        container
            .hermes_as(0, "gateway restart -p coder --no-wait")
            .success();
        eventually("it is given up again", || {
            container.unit(0, "coder").active == "failed"
        });
        container.hermes_as(0, "gateway stop -p coder").success();
        assert_eq!(container.unit(0, "coder").active, "inactive");
    }
}

/// As long as a target wants a unit, systemd keeps how it has ended.
#[test]
fn what_ends_by_itself_is_told_from_what_was_stopped() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.configure(&json!({ "command": ["/gateways/does-as-told"] }));
    container.hermes_as(0, "profile create coder").success();
    let note = || {
        let status = container.hermes_as(0, "gateway status -p coder --json");
        status.json()["note"].clone()
    };
    container.write("/data/profiles/coder/exit", "0");
    let start = "systemctl enable hermes-gateway@coder; systemctl daemon-reload; \
                 systemctl start hermes-gateway@coder || :";
    container.sh(start);
    eventually("it ends", || note() == "ended by itself, with exit 0");
    let stopped = container.hermes_as(0, "gateway stop -p coder").success();
    assert_eq!(stopped, "coder: already stopped\n");
    assert_eq!(note(), json!(null));

    let by_hand = "is down, and is enabled: a start, or the next boot, brings it up";
    // One dies of the signal, the other one says that all is well.
    for gateway in ["sleeps", "drains"] {
        container.run_gateway(gateway);
        container.hermes_as(0, "gateway start -p coder").success();
        container.sh("systemctl daemon-reload; systemctl stop hermes-gateway@coder");
        assert_eq!(note(), by_hand, "{gateway}");
        container.hermes_as(0, "gateway start -p coder").success();
        container.hermes_as(0, "gateway stop -p coder").success();
        assert_eq!(note(), json!(null), "{gateway}");
    }
}

#[test]
fn what_it_needs_is_told_from_what_is_wrong_with_it() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.sh(
        "printf '[Service]\\nType=oneshot\\nExecStart=/bin/false\\n' \
         >/etc/systemd/system/fails.service",
    );
    container.hermes_as(0, "profile create coder").success();
    for (setting, says) in [
        (
            "Requires=nope.service",
            "hermes-gateway@coder.service needs something that is not there, systemd says: Unit \
             nope.service not found.",
        ),
        (
            "Requires=fails.service\\nAfter=fails.service",
            "something that hermes-gateway@coder.service needs did not start; \
             journalctl -u hermes-gateway@coder",
        ),
    ] {
        container.sh(&format!(
            "printf '[Unit]\\n{setting}\\n' \
             >/etc/systemd/system/hermes-gateway@coder.service.d/own.conf; systemctl daemon-reload"
        ));
        let failed = container.hermes_as(0, "gateway start -p coder");
        assert_eq!(failed.status, 1, "{failed:?}");
        assert_eq!(
            failed.stderr.lines().next(),
            Some(&*format!("error: coder: {says}"))
        );
    }
}

#[test]
fn a_start_that_systemd_skips_is_no_end_of_the_gateway() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    // What a target wants systemd keeps in mind.
    let condition = "printf '[Unit]\\nConditionPathExists=/nowhere\\n' \
         >/etc/systemd/system/hermes-gateway@coder.service.d/own.conf; \
         systemctl enable hermes-gateway@coder; systemctl daemon-reload";
    container.sh(condition);
    let skipped = "systemd has skipped it, a condition is not met: \
                   journalctl -u hermes-gateway@coder";
    let failed = container.hermes_as(0, "gateway start -p coder");
    assert_eq!(failed.status, 1, "{failed:?}");
    assert_eq!(
        failed.stderr.lines().next(),
        Some(&*format!("error: coder: {skipped}"))
    );
    let status = container.hermes_as(0, "gateway status -p coder --json");
    assert_eq!(status.json()["note"], skipped);

    // Nor is the run before it its end, whatever that one ended with.
    container.sh(
        "rm /etc/systemd/system/hermes-gateway@coder.service.d/own.conf; systemctl daemon-reload",
    );
    let script = "trap 'exit 1' TERM; while :; do sleep 0.05; done";
    container.configure(&json!({ "command": ["/bin/sh", "-c", script] }));
    container.hermes_as(0, "gateway start -p coder").success();
    container.sh(condition);
    let failed = container.hermes_as(0, "gateway restart -p coder");
    assert_eq!(failed.status, 1, "{failed:?}");
    assert_eq!(
        failed.stderr.lines().next(),
        Some(&*format!("error: coder: {skipped}"))
    );
}

#[test]
fn a_gateway_that_dies_as_it_starts_is_no_success() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.configure(&json!({ "command": ["/gateways/no-such-gateway"] }));
    container.hermes_as(0, "profile create coder").success();
    let failed = container.hermes_as(0, "gateway start -p coder");
    assert_eq!(failed.status, 1, "{failed:?}");
    assert_eq!(
        failed.stderr,
        "error: coder: exited with 78 before it was ready\n  \
         hint: read what it says: journalctl -u hermes-gateway@coder\n"
    );
    let log = container.sh("journalctl -u hermes-gateway@coder --no-pager");
    assert!(log.contains("/gateways/no-such-gateway"), "{log}");
}

#[test]
fn a_gateway_tells_when_it_is_ready_and_has_only_so_long() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.configure(&json!({ "command": ["/gateways/ready-later"], "ready_timeout": "20s" }));
    container.hermes_as(0, "profile create coder").success();
    container
        .hermes_as(0, "gateway start -p coder --no-wait")
        .success();
    let status = container
        .hermes_as(0, "gateway status -p coder --json")
        .json();
    assert_eq!(status["phase"], "starting", "{status}");
    let started = container.hermes_as(0, "gateway start -p coder").success();
    assert!(
        started.starts_with("coder: running, ready after "),
        "{started}"
    );
    eventually("nothing is left of what has told it", || {
        let mut processes = container.processes().into_iter();
        processes.all(|process| process.name != "hermes-host")
    });

    container.configure(&json!({ "command": ["/gateways/sleeps"], "ready_timeout": "500ms" }));
    let late = container.hermes_as(0, "gateway restart -p coder");
    assert_eq!(late.status, 5, "{late:?}");
    assert!(
        late.stderr
            .contains("hermes-gateway@coder.service was not ready in time"),
        "{late:?}"
    );
}

/// Coder's gateway runs and ignores SIGTERM.
fn ignoring_term(stop_timeout: &str) -> Container {
    let container = machine();
    container.configure(&json!({
        "command": ["/gateways/ignores-term"],
        "stop_timeout": stop_timeout,
    }));
    container.hermes_as(0, "profile create coder").success();
    container.hermes_as(0, "gateway start -p coder").success();
    eventually("it ignores SIGTERM", || {
        container
            .processes()
            .iter()
            .any(|process| process.command == "sleep infinity")
    });
    container
}

#[test]
fn a_gateway_that_ignores_term_is_killed_and_counts_as_stopped() {
    require!(Root, Systemd, Namespaces);
    let container = ignoring_term("300ms");
    let stopped = container.hermes_as(0, "gateway stop -p coder").success();
    assert!(stopped.starts_with("coder: killed"), "{stopped}");
    assert_eq!(container.unit(0, "coder").active, "inactive");
    assert!(
        container
            .processes()
            .iter()
            .all(|process| process.name != "sleep")
    );
}

#[test]
fn a_start_that_waits_for_the_end_of_the_old_process_says_so() {
    require!(Root, Systemd, Namespaces);
    let container = ignoring_term("4s");
    let pid = container.unit(0, "coder").pid.expect("it runs");
    for verb in ["restart", "start"] {
        let late = container.hermes_as(0, &format!("gateway {verb} -p coder --timeout 300ms"));
        assert_eq!(late.status, 5, "{verb}: {late:?}");
        let said = format!("error: coder: the process before it is still stopping (pid {pid})\n");
        assert!(late.stderr.starts_with(&said), "{verb}: {late:?}");
    }
}

#[test]
fn a_stop_that_is_not_waited_out_says_that_no_boot_brings_it_back() {
    require!(Root, Systemd, Namespaces);
    let container = ignoring_term("30s");
    Test::within_as(&container, 0)
        .args("gateway stop -p coder --timeout 1s")
        .stderr(
            "
            error: coder: still running after SIGTERM, pid [PID]
              hint: hermes-host gateway stop -p coder --timeout [DURATION], or set stop_timeout in hermes-host.json
            coder: recorded all the same: it will not come back at the next boot
            ",
        )
        .status(5)
        .run();
    assert_eq!(container.unit(0, "coder").at_boot, "disabled");
}
