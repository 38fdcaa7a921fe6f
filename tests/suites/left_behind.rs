//! Gateways that outlive their s6-supervise, killed while a verb waits for its end: what the
//! next one says of them is no proof.

use std::process::{Child, Stdio};

use hermes_tests::{Container, GATEWAY_UID, Options, Output, Test, Tree, eventually, require};
use serde_json::json;

const SUPERVISOR: &str = "s6-supervise gateway-coder";

const LEFT: &str =
    "error: coder: its gateway runs without a supervisor, left behind by one that is dead, pid";

/// Coder runs and ignores SIGTERM.
fn running() -> (Container, u32) {
    let container = Container::start(Options::new(Tree::Nested));
    container.configure(&json!({ "command": ["/gateways/ignores-term"], "stop_timeout": "20s" }));
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    eventually("it ignores SIGTERM", || container.count("sleep") == 1);
    let pid = container.gateway_pid("coder");
    (container, pid)
}

fn spawn(container: &Container, arguments: &str) -> Child {
    let command = std::iter::once("hermes-host").chain(arguments.split(' '));
    let mut command = container.command(GATEWAY_UID, command, &[]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// What a verb says whose supervisor dies while it waits for the gateway; `also`: what else
/// happens then.
fn interrupted(container: &Container, arguments: &str, also: &str) -> Output {
    let verb = spawn(container, arguments);
    let planned = format!("{}/data/planned", container.slot("coder"));
    let hidden = "/run/hermes/service/.gone-gateway-coder";
    let supervisor = || {
        let processes = container.processes();
        processes
            .into_iter()
            .find(|it| it.command.trim_end().ends_with(SUPERVISOR))
    };
    eventually("it waits", || {
        let stops = container.exists(hidden)
            || std::fs::metadata(container.path(&planned)).is_ok_and(|file| file.len() > 0);
        stops && supervisor().is_some()
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
    assert!(
        reconcile.stderr.contains(&format!("{LEFT} {pid}\n")),
        "{reconcile:#?}"
    );
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
        let (container, pid) = running();
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
