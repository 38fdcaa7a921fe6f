//! Supervisors that are stuck, and commands that are killed: what a verb says then
//! is what was seen.

use hermes_tests::{Container, GATEWAY_UID, Options, Output, Test, Tree, eventually, require};
use serde_json::{Value, json};

fn with_coder() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container
}

const SUPERVISOR: &str = "s6-supervise gateway-coder";
const SVSCAN: &str = "/run/hermes/service";

/// Has somebody else say what the gateway is to be.
fn intend(container: &Container, desired: &str) {
    let intent = json!({ "desired": desired, "generation": 7, "by": "test", "at": "" });
    container.write(
        "/data/profiles/coder/gateway_intent.json",
        &intent.to_string(),
    );
}

/// The numbers of the effects in the last trace of which `wanted` holds.
fn numbered(container: &Container, wanted: impl Fn(&Value) -> bool) -> Vec<u64> {
    let trace = container.read("/tmp/trace");
    let lines = trace
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["number"].is_u64() && wanted(line))
        .map(|line| line["number"].as_u64().unwrap())
        .collect()
}

#[test]
fn reconcile_does_not_call_started_what_its_supervisor_does_not_start() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    intend(&container, "running");
    let thaw = container.freeze(SUPERVISOR);
    let output = container.hermes("reconcile");
    assert_eq!(output.status, 1, "{output:#?}");
    assert!(!output.stdout.contains("coder"), "{output:#?}");
    assert!(
        output
            .stderr
            .contains("error: coder: its s6-supervise does not answer"),
        "{output:#?}"
    );
    container.sh(&thaw);
    eventually("it has been told", || container.is_up("coder"));
}

#[test]
fn a_stop_that_nobody_came_to_does_not_win_over_a_later_start() {
    require!(Root, S6, Namespaces);
    // What is to end is not taken for what is to run.
    for (start, exit) in [
        ("gateway start -p coder --timeout 300ms", 5),
        ("reconcile", 0),
    ] {
        let container = with_coder();
        container.hermes("gateway start -p coder").success();
        let old = container.gateway_pid("coder");
        let thaw = container.freeze(SUPERVISOR);
        Test::within(&container)
            .args("gateway stop -p coder --timeout 300ms")
            .stderr(
                "
                error: coder: still running after [DURATION], pid [PID], and its s6-supervise has not taken the stop
                  hint: hermes-host gateway stop -p coder --timeout [DURATION], or set stop_timeout in hermes-host.json
                coder: recorded all the same: it will not come back at the next boot
                ",
            )
            .status(5)
            .run();
        intend(&container, "running");
        let started = container.hermes(start);
        assert_eq!(started.status, exit, "{started:#?}");
        assert!(!started.stdout.contains("already"), "{started:#?}");
        container.sh(&thaw);
        eventually(&format!("it was stopped, and runs again: {start}"), || {
            let status = container.svstat("coder").unwrap();
            status.wanted_up && status.pid.is_some_and(|pid| pid != old)
        });
    }
}

#[test]
fn reconcile_says_of_what_it_cannot_see_that_it_cannot() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.hermes("gateway start -p coder").success();
    intend(&container, "stopped");
    let status = format!("{}/supervise/status", container.slot("coder"));
    container.sh(&format!("rm {status}; mkdir {status}"));
    let output = container.hermes("reconcile");
    assert_eq!(output.status, 1, "{output:#?}");
    let unseen = "error: coder: told to stop, but cannot read gateway-coder/supervise/status";
    assert!(output.stderr.contains(unseen), "{output:#?}");
    eventually("it has been stopped", || container.count("sleep") == 0);
    container.sh(&format!("rmdir {status}"));
    container.hermes("gateway stop -p coder").success();
    container.hermes("reconcile").success();
}

#[test]
fn reconcile_stops_what_is_between_two_runs() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    let restart = json!({ "max_deaths": 1000, "max_delay": "0s" });
    container.configure(&json!({ "command": ["/bin/false"], "restart": restart }));
    container.hermes("gateway start -p coder --no-wait");
    for _ in 0..5 {
        intend(&container, "running");
        container.hermes("gateway start -p coder --no-wait");
        eventually("it is between two runs", || {
            let status = container.svstat("coder").unwrap();
            status.wanted_up && !status.up
        });
        intend(&container, "stopped");
        container.hermes("reconcile").success();
        assert!(container.is_down("coder"));
    }
}

#[test]
fn a_restart_that_is_killed_leaves_nothing_down() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.hermes("gateway start -p coder").success();
    container
        .hermes("gateway restart -p coder --trace /tmp/trace")
        .success();
    let told = numbered(&container, |line| {
        line["action"] == "signal"
            && line["path"] == "gateway-coder/supervise/control"
            && line["bytes"] != ""
    });
    let old = container.gateway_pid("coder");
    Test::within(&container)
        .args(&format!(
            "gateway restart -p coder --fault {}:kill-after",
            told[0]
        ))
        .status(137)
        .run();
    eventually("it runs again", || {
        let status = container.svstat("coder").unwrap();
        status.wanted_up && status.pid.is_some_and(|pid| pid != old)
    });
}

#[test]
fn a_start_after_a_restart_that_is_killed_waits_for_the_new_run() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.configure(&json!({ "command": ["/gateways/ignores-term"], "stop_timeout": "3s" }));
    container.hermes("gateway start -p coder").success();
    eventually("it ignores SIGTERM", || container.count("sleep") == 1);
    let old = container.gateway_pid("coder");
    container
        .hermes("gateway restart -p coder --dry-run --trace /tmp/trace")
        .success();
    let told = numbered(&container, |line| {
        line["action"] == "signal" && line["bytes"] == "du"
    });
    Test::within(&container)
        .args(&format!(
            "gateway restart -p coder --fault {}:kill-after",
            told[0]
        ))
        .status(137)
        .run();
    let start = container.hermes("gateway start -p coder").success();
    let new = container.gateway_pid("coder");
    assert_ne!(new, old);
    assert!(start.contains(&format!(", pid {new}, ")), "{start}");
}

#[test]
fn what_is_wanted_and_down_says_who_starts_it() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.hermes("gateway start -p coder").success();
    container.sh(&format!("s6-svc -d {}", container.slot("coder")));
    eventually("it is down", || container.is_down("coder"));
    let status = container.hermes("gateway status -p coder");
    assert_eq!(status.status, 3, "{status:#?}");
    assert!(
        status
            .stdout
            .contains("wanted, but down: gateway start or reconcile starts it"),
        "{status:#?}"
    );
    container.hermes("reconcile").success();
    assert!(container.is_up("coder"));
}

#[test]
fn a_svscan_that_is_stuck_does_not_answer() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.plant_profile("writer");
    let thaw = container.freeze(SVSCAN);
    let output = container.hermes("gateway start -p writer");
    assert_eq!(output.status, 1, "{output:#?}");
    assert!(
        output.stderr.contains("s6-svscan does not answer"),
        "{output:#?}"
    );
    let entries = container.sh(&format!("ls -A {}", container.scandir()));
    assert_eq!(entries, ".s6-svscan\ngateway-coder\n");
    container.sh(&thaw);
    container.hermes("gateway start -p writer").success();
}

#[test]
fn a_svscan_of_another_user_is_said_to_be_one() {
    require!(Root, S6, Namespaces);
    // PID 1 is no s6-svscan, so that nothing else tells.
    let init = "s6-svscan /run/service & while :; do wait; done";
    let container = Container::start(Options::new(Tree::Root).init(&["sh", "-c", init]));
    let mut command = container.command(
        GATEWAY_UID,
        ["hermes-host", "profile", "create", "coder"],
        &[("HERMES_S6_SCANDIR".into(), "/run/service".into())],
    );
    let output = Output::from(command.output().unwrap());
    assert_eq!(output.status, 1, "{output:#?}");
    assert!(
        output
            .stderr
            .contains("this user may not ask its s6-svscan, which belongs to another one"),
        "{output:#?}"
    );
}

#[test]
fn a_stop_during_a_boot_wins_and_says_so() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.plant_profile("coder");
    let state = json!({ "gateway_state": "running" }).to_string();
    container.write("/data/profiles/coder/gateway_state.json", &state);
    Test::within(&container)
        .args("gateway stop -p coder")
        .stdout("coder: not registered yet, and will not be started\n")
        .run();
    container.hermes("reconcile").success();
    assert!(container.is_down("coder"));
}

#[test]
fn a_stop_of_what_cannot_be_seen_is_sent_and_says_so() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.hermes("gateway start -p coder").success();
    let status = format!("{}/supervise/status", container.slot("coder"));
    container.sh(&format!("rm {status}; mkdir {status}"));
    let stop = container.hermes("gateway stop -p coder");
    assert_eq!(stop.status, 1, "{stop:#?}");
    let unseen = "error: coder: told to stop, but cannot read gateway-coder/supervise/status";
    assert!(stop.stderr.contains(unseen), "{stop:#?}");
    eventually("it has been stopped", || container.count("sleep") == 0);
}

#[test]
fn a_status_that_is_none_is_written_anew_by_a_stop() {
    require!(Root, S6, Namespaces);
    for stop in ["gateway stop -p coder", "reconcile"] {
        let container = with_coder();
        container.hermes("gateway start -p coder").success();
        intend(&container, "stopped");
        let status = format!("{}/supervise/status", container.slot("coder"));
        container.write(&status, "?");
        container.hermes(stop).success();
        assert!(container.is_down("coder"), "{stop}");
    }
}

#[test]
fn a_verb_that_fails_removes_what_it_made() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.plant_profile("coder");
    container
        .hermes("gateway start -p coder --trace /tmp/trace")
        .success();
    let writing = [
        "listen",
        "create-directory",
        "create-file",
        "create-link",
        "rename",
    ];
    let steps = numbered(&container, |line| {
        let action = line["action"].as_str().unwrap_or_default();
        writing.contains(&action)
    });
    let mut failed = 0;
    for step in steps {
        container.hermes("profile delete coder --yes").success();
        container.plant_profile("coder");
        let start = format!("gateway start -p coder --fault {step}:no-space");
        failed += usize::from(container.hermes(&start).status != 0);
        let entries = container.sh(&format!("ls -A {}", container.scandir()));
        for left in [".stage-", ".events-", ".gone-"] {
            assert!(!entries.contains(left), "{step}: {entries}");
        }
    }
    assert!(failed > 10, "{failed} times");
}

#[test]
fn a_stop_of_what_was_never_taken_over_has_nothing_to_do() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    let slot = container.slot("coder");
    container.sh(&format!(
        "mv {slot} /tmp/slot; s6-svscanctl -an {}",
        container.scandir()
    ));
    eventually("its supervisor has ended", || {
        let processes = container.processes();
        !processes.iter().any(|it| it.command.ends_with(SUPERVISOR))
    });
    container.sh(&format!(
        "rm -r /tmp/slot/supervise /tmp/slot/log/supervise; rm -f /tmp/slot/down; cp -a /tmp/slot {slot}"
    ));
    let status = container.hermes("gateway status -p coder --json").json();
    let note = status["note"].as_str().unwrap();
    assert!(
        note.starts_with(
            "s6-svscan has not taken it over: gateway start or reconcile registers it anew"
        ),
        "{note}"
    );
    let stop = container.hermes("gateway stop --all").success();
    assert!(
        stop.contains("coder: not registered, left alone\n"),
        "{stop}"
    );
    // Nor does it come up by itself once it is found.
    assert!(container.exists(&format!("{slot}/down")));
    container.hermes("gateway start -p coder").success();
    assert!(container.is_up("coder"));
}

#[test]
fn a_start_without_time_says_no_more_than_it_has_seen() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    // Whether it is ready at once nobody can tell beforehand: this one never is.
    let thaw = container.freeze(SUPERVISOR);
    let start = container.hermes("gateway start -p coder --timeout 0s");
    assert_eq!(start.status, 5, "{start:#?}");
    assert!(
        start
            .stderr
            .starts_with("error: coder: told to start, and not seen ready in 0 "),
        "{start:#?}"
    );
    container.sh(&thaw);
}

#[test]
fn a_restart_says_whether_its_supervisor_has_taken_it() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.configure(&json!({ "command": ["/gateways/ignores-term"] }));
    container.hermes("gateway start -p coder").success();
    eventually("it ignores SIGTERM", || container.count("sleep") == 1);
    let restart = || container.hermes("gateway restart -p coder --timeout 300ms");
    let thaw = container.freeze(SUPERVISOR);
    let stuck = restart();
    assert_eq!(stuck.status, 5, "{stuck:#?}");
    assert!(
        stuck.stderr.contains("has not taken the stop"),
        "{stuck:#?}"
    );
    container.sh(&thaw);
    let taken = restart();
    assert_eq!(taken.status, 5, "{taken:#?}");
    assert!(taken.stderr.contains("still running after"), "{taken:#?}");
    assert!(!taken.stderr.contains("has not taken"), "{taken:#?}");
}

#[test]
fn a_verb_that_does_not_see_what_came_of_it_fails() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.hermes("gateway start -p coder").success();
    let command = "gateway start -p coder";
    container
        .hermes(&format!("{command} --trace /tmp/trace"))
        .success();
    // The last look: whether anybody supervises it.
    let looks = numbered(&container, |line| {
        line["path"] == "gateway-coder/supervise/control"
    });
    let last = looks.last().unwrap();
    let output = container.hermes(&format!("{command} --fault {last}:no-reader"));
    assert_eq!(
        (output.status, output.stdout.as_str()),
        (1, ""),
        "{output:#?}"
    );
    let told = "error: coder: told to start, but what came of it could not be seen: ";
    assert!(output.stderr.starts_with(told), "{output:#?}");
}
