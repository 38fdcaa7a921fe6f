//! Gateways that outlive their s6-supervise, killed while a verb waits for its end: what the
//! next one says of them is no proof.

use hermes_tests::{Container, GATEWAY_UID, Options, Output, Test, Tree, eventually, require};
use serde_json::json;

const SUPERVISOR: &str = "s6-supervise gateway-coder";

const LEFT: &str =
    "error: coder: its gateway runs without a supervisor, left behind by one that is dead, pid";

/// Coder runs and ignores SIGTERM.
fn running() -> (Container, u32) {
    running_for("20s")
}

fn running_for(stop_timeout: &str) -> (Container, u32) {
    let container = Container::ignoring_sigterm(stop_timeout);
    let pid = container.gateway_pid("coder");
    (container, pid)
}

/// What a verb says whose supervisor dies while it waits for the gateway; `also`: what else
/// happens then.
fn interrupted(container: &Container, arguments: &str, also: &str) -> Output {
    let verb = container.begin_as(GATEWAY_UID, arguments);
    let supervisor = || {
        let processes = container.processes();
        processes
            .into_iter()
            .find(|it| it.command.trim_end().ends_with(SUPERVISOR))
    };
    eventually("it waits", || {
        container.is_being_stopped("coder") && supervisor().is_some()
    });
    std::thread::sleep(std::time::Duration::from_millis(300));
    let supervisor = supervisor().expect("it was there").pid;
    container.sh(&format!("kill -KILL {supervisor} {also}"));
    verb.wait_with_output().unwrap().into()
}

#[track_caller]
fn refuses(container: &Container, arguments: &str, pid: u32, note: &str) {
    let output = container.hermes(arguments);
    assert_eq!(
        left(&output),
        expected(pid, note),
        "{arguments}: {output:#?}"
    );
}

fn left(output: &Output) -> (i32, &str, &str) {
    (output.status, &output.stdout, &output.stderr)
}

fn expected(pid: u32, note: &str) -> (i32, &'static str, &'static str) {
    let stderr = format!(
        "{LEFT} {pid}\n  hint: end it: kill {pid}, or kill -9 {pid} where it ignores that\n{note}"
    );
    (1, "", stderr.leak())
}

const RECORDED: &str = "coder: recorded all the same: it will not come back at the next boot\n";

#[test]
fn a_stop_does_not_take_the_word_of_the_next_supervisor() {
    require!(Root, S6, Namespaces);
    let (container, pid) = running();
    let stop = interrupted(&container, "gateway stop -p coder", "");
    assert_eq!(left(&stop), expected(pid, RECORDED), "{stop:#?}");
    assert_eq!(container.count("sleep"), 1);

    let status = container.hermes("gateway status -p coder --json").json();
    assert_eq!(
        (&status["phase"], &status["pid"], &status["note"]),
        (
            &json!("down"),
            &json!(null),
            &json!(format!("runs without a supervisor, pid {pid}"))
        ),
        "{status:#}"
    );
    refuses(&container, "gateway stop -p coder", pid, "");
    refuses(&container, "gateway start -p coder", pid, "");
    // Nor does its next supervisor start it.
    assert!(container.exists(&format!("{}/down", container.slot("coder"))));
    refuses(&container, "gateway restart -p coder", pid, "");
    refuses(&container, "profile rename coder author", pid, "");
    refuses(&container, "profile delete coder --yes", pid, "");
    assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
    assert_eq!(container.count("sleep"), 1);

    container.sh(&format!("kill -KILL {pid}"));
    Test::within(&container)
        .args("gateway stop -p coder")
        .stdout("coder: already stopped\n")
        .run();
    container.hermes("gateway start -p coder").success();
    eventually("another one runs", || container.count("sleep") == 1);
    assert_ne!(container.gateway_pid("coder"), pid);
}

#[test]
fn a_stop_whose_gateway_ends_with_its_supervisor_has_happened() {
    require!(Root, S6, Namespaces);
    let (container, pid) = running();
    let stop = interrupted(&container, "gateway stop -p coder", &pid.to_string());
    assert_eq!((stop.status, stop.stderr.as_str()), (0, ""), "{stop:#?}");
    // How long it took is said from some time on.
    assert!(stop.stdout.starts_with("coder: stopped"), "{stop:#?}");
    assert_eq!(container.count("sleep"), 0);
}

#[test]
fn a_restart_starts_none_beside_the_one_that_is_left_behind() {
    require!(Root, S6, Namespaces);
    let (container, pid) = running();
    let restart = interrupted(&container, "gateway restart -p coder", "");
    assert_eq!(left(&restart), expected(pid, ""), "{restart:#?}");
    assert_eq!(container.count("sleep"), 1);
    refuses(&container, "gateway restart -p coder", pid, "");
    let reconcile = container.hermes("reconcile");
    assert_eq!(reconcile.status, 1, "{reconcile:#?}");
    let says = format!("{LEFT} {pid}\n  hint: end it: kill {pid}, or kill -9 {pid} where");
    assert!(reconcile.stderr.contains(&says), "{reconcile:#?}");
    assert_eq!(container.count("sleep"), 1);

    container.sh(&format!("kill -KILL {pid}"));
    container.hermes("reconcile").success();
    eventually("another one runs", || container.count("sleep") == 1);
    assert!(!container.exists(&format!("{}/down", container.slot("coder"))));
}

#[test]
fn a_restart_whose_gateway_ends_with_its_supervisor_goes_on() {
    require!(Root, S6, Namespaces);
    let (container, pid) = running();
    let restart = interrupted(&container, "gateway restart -p coder", &pid.to_string());
    assert_eq!(
        (restart.status, restart.stderr.as_str()),
        (0, ""),
        "{restart:#?}"
    );
    eventually("another one runs", || container.count("sleep") == 1);
    let new = container.gateway_pid("coder");
    assert_ne!(new, pid);
    assert!(
        restart.stdout.contains(&format!("pid {new}")),
        "{restart:#?}"
    );
}

#[test]
fn a_profile_stays_whose_gateway_is_left_behind_by_its_removal() {
    require!(Root, S6, Namespaces);
    for (arguments, done) in [
        ("profile delete coder --yes", "coder: deleted\n"),
        (
            "profile rename coder author",
            "coder: renamed to author, at /data/profiles/author, running\n",
        ),
    ] {
        let (container, pid) = running_for("5s");
        let output = interrupted(&container, arguments, "");
        assert_eq!(left(&output), expected(pid, ""), "{output:#?}");
        assert!(container.exists("/data/profiles/coder/SOUL.md"));
        assert_eq!(container.count("sleep"), 1, "{:#?}", container.processes());
        refuses(&container, arguments, pid, "");
        let status = container.hermes("gateway status -p coder");
        assert!(
            status
                .stdout
                .contains(&format!("runs without a supervisor, pid {pid}")),
            "{status:#?}"
        );

        container.sh(&format!("kill -KILL {pid}"));
        Test::within(&container).args(arguments).stdout(done).run();
        assert!(!container.exists("/data/profiles/coder"));
        assert!(!container.exists("/run/hermes/service/.gone-gateway-coder"));
    }
}

/// The gateways that run, with a supervisor or without.
fn gateways(container: &Container) -> Vec<u32> {
    let processes = container.processes().into_iter();
    let gateways = processes.filter(|it| it.command.trim_end() == "sleep infinity");
    gateways.map(|it| it.pid).collect()
}

/// Its supervisor dies while nobody waits for anything.
fn abandoned(gateway: &str, stop_timeout: &str) -> (Container, u32) {
    let container = Container::start(Options::new(Tree::Nested));
    let command = [format!("/gateways/{gateway}")];
    container.configure(&json!({ "command": command, "stop_timeout": stop_timeout }));
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    eventually("it runs", || gateways(&container).len() == 1);
    let pid = container.gateway_pid("coder");
    container.kill_one(SUPERVISOR);
    (container, pid)
}

fn await_its_end(container: &Container) {
    eventually("its end is waited for", || {
        let status = container.hermes("gateway status -p coder");
        status.stdout.contains("is ended first")
    });
}

/// There are never two.
fn await_another(container: &Container, old: u32) {
    eventually("another one runs", || {
        let gateways = gateways(container);
        assert!(gateways.len() <= 1, "{gateways:?}");
        gateways.iter().any(|pid| *pid != old)
    });
    assert_eq!(gateways(container), [container.gateway_pid("coder")]);
}

#[test]
fn the_next_supervisor_ends_what_the_last_one_left_behind_before_it_starts_another() {
    require!(Root, S6, Namespaces);
    let (container, old) = abandoned("sleeps", "1h");
    await_another(&container, old);
    let log = container.read("/data/logs/gateways/coder/current");
    let said = format!("pid {old} has lost its s6-supervise");
    assert!(log.contains(&said), "{log}");
    container.hermes("gateway status -p coder").success();
    container.hermes("gateway stop -p coder").success();
    assert!(gateways(&container).is_empty());
}

#[test]
fn what_is_left_behind_and_ignores_its_end_is_killed_in_time() {
    require!(Root, S6, Namespaces);
    let (container, old) = abandoned("ignores-term", "4s");
    let note = format!("its s6-supervise has died: what that ran as pid {old} is ended first");
    let mut status = json!(null);
    eventually("its end is waited for", || {
        status = container.hermes("gateway status -p coder --json").json();
        status["note"] == json!(note)
    });
    assert_eq!(status["phase"], "starting", "{status:#}");
    assert_eq!(gateways(&container), [old]);
    await_another(&container, old);
}

#[test]
fn a_stop_ends_what_is_left_behind() {
    require!(Root, S6, Namespaces);
    let (container, old) = abandoned("ignores-term", "3s");
    await_its_end(&container);
    assert_eq!(gateways(&container), [old]);
    container.hermes("gateway stop -p coder").success();
    assert!(gateways(&container).is_empty());
    let status = container.hermes("gateway status -p coder --json").json();
    assert_eq!(status["phase"], "down", "{status:#}");
}

#[test]
fn a_stop_gives_it_its_time() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    let gateway = "trap 'sleep 2; echo >/data/saved; exit' TERM; sleep infinity & wait";
    container.configure(&json!({ "command": ["sh", "-c", gateway] }));
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    eventually("it runs", || gateways(&container).len() == 1);
    container.kill_one(SUPERVISOR);
    await_its_end(&container);
    container.hermes("gateway stop -p coder").success();
    assert!(container.exists("/data/saved"));
    assert!(gateways(&container).is_empty());
}

#[test]
fn what_waits_for_its_end_starts_nothing_once_it_has_lost_its_supervisor_as_well() {
    require!(Root, S6, Namespaces);
    let (container, old) = abandoned("ignores-term", "4s");
    await_its_end(&container);
    container.kill_one(SUPERVISOR);
    await_another(&container, old);
    // As long as the one that has waited in vain takes to see it.
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(gateways(&container), [container.gateway_pid("coder")]);
}

#[test]
fn another_process_of_its_number_is_left_alone() {
    require!(Root, S6, Namespaces);
    let (container, old) = abandoned("sleeps", "1h");
    await_another(&container, old);
    let stranger = container.sh("sleep 1000 >/dev/null 2>&1 & echo $!");
    let stranger = stranger.trim();
    let slot = container.slot("coder");
    container.hermes("gateway stop -p coder").success();
    let boot = container.read("/proc/sys/kernel/random/boot_id");
    let boot = boot.trim();
    for known in [
        stranger.to_owned(),
        // Before it was started, after now, and of another boot.
        format!("{stranger} 1 {boot}"),
        format!("{stranger} 999999999999 {boot}"),
        format!("{stranger} 9999999 another"),
        format!("1 9999999 {boot}"),
    ] {
        container.write(&format!("{slot}/data/group"), &format!("{known}\n"));
        container.sh(&format!("s6-svc -u {slot}"));
        eventually("it runs", || gateways(&container).len() == 1);
        container.sh(&format!("kill -0 {stranger}"));
        container.hermes("gateway stop -p coder").success();
    }
    container.sh(&format!("kill {stranger}"));
}
