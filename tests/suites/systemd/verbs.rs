use hermes_tests::{Container, Test, eventually, require};

use super::machine;

#[test]
fn every_verb_is_seen_by_systemctl() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    let created = container.hermes_as(0, "profile create coder").success();
    assert!(
        created.ends_with("registered with systemd (down)\n"),
        "{created}"
    );
    let unit = || container.unit(0, "coder");
    assert_eq!(
        (unit().active.as_str(), unit().at_boot.as_str()),
        ("inactive", "disabled")
    );

    let started = container.hermes_as(0, "gateway start -p coder").success();
    let first = unit();
    assert_eq!(
        (first.active.as_str(), first.at_boot.as_str()),
        ("active", "enabled")
    );
    let pid = first.pid.expect("it runs");
    assert!(
        started.contains(&format!(", pid {pid}, port 9570")),
        "{started}"
    );
    let again = container.hermes_as(0, "gateway start -p coder").success();
    assert!(again.starts_with("coder: already running"), "{again}");
    assert_eq!(unit(), first);

    container.hermes_as(0, "gateway restart -p coder").success();
    let second = unit();
    assert_eq!(second.active, "active");
    assert_ne!(second.pid, first.pid);

    container.sh(&format!("kill -KILL {}", second.pid.expect("it runs")));
    eventually("it is restarted", || {
        unit().pid.is_some_and(|pid| Some(pid) != second.pid)
    });
    eventually("its status says so", || {
        let status = container
            .hermes_as(0, "gateway status -p coder --json")
            .json();
        status["restarts"] == 1
            && status["phase"] == "running"
            && status["manager"] == "systemd (system)"
            && status["note"] == "restarted"
            && status["pid"].as_u64() == unit().pid.map(u64::from)
    });

    let stopped = container.hermes_as(0, "gateway stop -p coder").success();
    assert_eq!(stopped, "coder: stopped\n");
    assert_eq!(
        (unit().active.as_str(), unit().at_boot.as_str()),
        ("inactive", "disabled")
    );
    let stopped = container.hermes_as(0, "gateway stop -p coder").success();
    assert_eq!(stopped, "coder: already stopped\n");

    container.hermes_as(0, "gateway start -p coder").success();
    container
        .hermes_as(0, "profile rename coder author")
        .success();
    assert_eq!(container.unit(0, "author").active, "active");
    assert_eq!(unit().active, "inactive");
    container
        .hermes_as(0, "profile delete author --yes")
        .success();
    let left =
        container.sh("ls -A /etc/systemd/system /etc/systemd/system/*.wants | grep hermes || :");
    assert_eq!(left, "");
    assert!(
        container
            .processes()
            .iter()
            .all(|process| process.name != "sleep")
    );
}

#[test]
fn the_words_are_those_of_every_init_system() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    Test::within_as(&container, 0)
        .args("profile create coder")
        .stdout(
            "coder: created at /data/profiles/coder, port 9570, registered with systemd (down)\n",
        )
        .run();
    Test::within_as(&container, 0)
        .args("gateway status --all")
        .stdout(
            "
            PROFILE  STATE  PID  UPTIME  RESTARTS  WANTED  PORT  NOTE
            default  down  -  -  -  stopped  -  not registered
            coder  down  -  -  0  stopped  9570
            Manager: systemd (system), system units /etc/systemd/system
            ",
        )
        .run();
    Test::within_as(&container, 0)
        .args("gateway restart -p default")
        .stderr(
            "
            error: default: not registered with the supervisor
              hint: hermes-host gateway start -p default registers and starts it
            ",
        )
        .status(4)
        .run();
    let detected = container.hermes_as(0, "gateway detect --json").json();
    assert_eq!(detected[1]["backend"], "systemd");
    assert_eq!(detected[1]["chosen"], true);
    assert_eq!(
        detected[1]["evidence"],
        "the machine's systemd answers, it is running"
    );
    assert_eq!(detected[0]["detected"], false);
}

#[test]
fn a_gateway_gets_its_account_and_its_profile() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.run_gateway("shows-itself");
    container.hermes_as(0, "profile create coder").success();
    container.hermes_as(0, "gateway start -p coder").success();
    eventually("it has shown itself", || {
        container.exists("/data/profiles/coder/shown")
    });
    let shown = container.read("/data/profiles/coder/shown");
    assert!(
        shown.starts_with("10000\n/data/profiles/coder\n\n"),
        "{shown}"
    );
    for line in [
        "API_SERVER_PORT=9570",
        "HERMES_PROFILE=coder",
        "HERMES_SUPERVISED_CHILD=1",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    assert!(!shown.contains("NOTIFY_SOCKET"), "{shown}");
}

#[test]
fn a_dry_run_does_nothing_and_a_recording_plays_again() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    let before = container.snapshot("/etc/systemd");
    let planned = container
        .hermes_as(0, "gateway start -p coder --dry-run")
        .success();
    assert!(
        planned.starts_with("coder: would be started\n"),
        "{planned}"
    );
    assert!(
        planned.contains("StartUnit hermes-gateway@coder.service"),
        "{planned}"
    );
    assert_eq!(container.snapshot("/etc/systemd"), before);
    assert_eq!(container.unit(0, "coder").active, "inactive");

    container
        .hermes_as(0, "--trace /tmp/start.jsonl gateway start -p coder")
        .success();
    let replayed = container.hermes_as(0, "replay /tmp/start.jsonl").success();
    assert!(replayed.contains(": as recorded, "), "{replayed}");
}

#[test]
fn a_command_that_dies_at_any_effect_is_made_good_by_the_next_one() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    for effect in 1..200 {
        let fault = format!("--fault {effect}:kill-after gateway start -p coder");
        let died = container.hermes_as(0, &fault);
        container.hermes_as(0, "gateway start -p coder").success();
        assert_eq!(
            container.unit(0, "coder").at_boot,
            "enabled",
            "effect {effect}"
        );
        container.hermes_as(0, "gateway stop -p coder").success();
        container
            .hermes_as(0, "gateway uninstall -p coder")
            .success();
        if died.stderr.contains("no fault was injected") {
            return;
        }
    }
    panic!("a start has more effects than expected");
}

#[test]
fn a_redacted_trace_is_replayed() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    for command in [
        "gateway start -p coder",
        "gateway status -p coder",
        "gateway restart -p coder",
        "gateway stop -p coder",
    ] {
        let traced = format!("{command} --trace /data/trace --redact");
        container.hermes_as(0, &traced).success();
        let replayed = container.hermes_as(0, "replay /data/trace").success();
        assert!(
            replayed.starts_with("systemd: as recorded, "),
            "{command}: {replayed}"
        );
    }
}

/// How often a status has asked systemd something, its greeting apart.
fn questions(container: &Container) -> usize {
    container.hermes_as(0, "--trace /tmp/status.jsonl gateway status -p coder");
    let trace = container.read("/tmp/status.jsonl");
    let sent = trace
        .lines()
        .filter(|line| line.contains("\"effect\":\"send\""));
    sent.count() - 1
}

#[test]
fn a_status_asks_at_most_twice() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    assert_eq!(questions(&container), 1, "it is not loaded");
    container.hermes_as(0, "gateway start -p coder").success();
    assert_eq!(questions(&container), 1, "it runs");
    // As long as a target wants it, systemd keeps it, which a stop ends.
    container.sh("systemctl daemon-reload; systemctl stop hermes-gateway@coder");
    assert_eq!(questions(&container), 2, "it is down and enabled");
    container.hermes_as(0, "gateway start -p coder").success();
    container.hermes_as(0, "gateway stop -p coder").success();
    assert_eq!(questions(&container), 1, "it is down and disabled");
}

#[test]
fn the_plan_of_a_rename_starts_the_gateway_once() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    container.hermes_as(0, "gateway start -p coder").success();
    let plan = container
        .hermes_as(0, "profile rename coder author --dry-run")
        .success();
    assert_eq!(plan.matches("StartUnit").count(), 1, "{plan}");
    assert!(
        plan.starts_with("coder: would be renamed to author, at /data/profiles/author, and run\n"),
        "{plan}"
    );
}
