//! A delete that was ended half way leaves a gateway that still has its supervisor:
//! every verb knows of it, and there is never a second one beside it.

use std::process::Stdio;

use hermes_tests::{Container, GATEWAY_UID, Options, Tree, eventually, require};
use serde_json::json;

const HIDDEN: &str = "/run/hermes/service/.gone-gateway-coder";

/// A container with a gateway that runs and ignores SIGTERM.
fn with_a_stubborn_gateway(stop_timeout: &str) -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.configure(&json!({
        "command": ["/gateways/ignores-term"], "stop_timeout": stop_timeout,
    }));
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    // What it executes ignores the signal, not the shell before.
    eventually("it ignores SIGTERM", || gateways(&container).len() == 1);
    container
}

/// The processes that are gateways.
fn gateways(container: &Container) -> Vec<u32> {
    let processes = container.processes();
    let sleeping = processes.iter().filter(|process| process.name == "sleep");
    sleeping.map(|process| process.pid).collect()
}

fn entries(container: &Container) -> String {
    container.sh(&format!("ls -A {} | sort", container.scandir()))
}

/// Kills a delete while it waits for the gateway. The gateway's pid.
fn interrupt_a_delete(container: &Container) -> u32 {
    let pid = container.gateway_pid("coder");
    let delete = "hermes-host profile delete coder --yes".split(' ');
    let mut delete = container
        .command(GATEWAY_UID, delete, &[])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the delete waits", || {
        let wanted = container.exec(["s6-svstat", "-o", "wantedup", HIDDEN]);
        wanted.stdout.trim() == "false"
    });
    let host = container
        .processes()
        .into_iter()
        .find(|process| process.name == "hermes-host");
    container.sh(&format!("kill -KILL {}", host.unwrap().pid));
    delete.wait().unwrap();
    assert_eq!(gateways(container), [pid], "it lives on");
    pid
}

#[test]
fn status_shows_it_and_says_who_goes_on() {
    require!(Root, S6, Namespaces);
    let container = with_a_stubborn_gateway("1h");
    let pid = interrupt_a_delete(&container);
    let status = container.hermes("gateway status -p coder --json");
    assert_eq!(status.status, 3, "{status:#?}");
    let one = status.json();
    assert_eq!(one["phase"], "stopping", "{one:#}");
    assert_eq!(one["pid"], json!(pid), "{one:#}");
    assert!(
        one["note"]
            .as_str()
            .unwrap()
            .starts_with("its removal is not finished: ")
    );
}

#[test]
fn a_stop_finishes_the_removal_and_waits_for_it() {
    require!(Root, S6, Namespaces);
    let container = with_a_stubborn_gateway("3s");
    interrupt_a_delete(&container);
    let stop = container.hermes("gateway stop -p coder").success();
    assert!(stop.starts_with("coder: stopped"), "{stop}");
    assert_eq!(gateways(&container), [0; 0]);
    assert!(!container.exists(HIDDEN));
    // Of what the kill left the rest goes with the next change of slots.
    container.hermes("profile delete coder --yes").success();
    assert_eq!(entries(&container), ".s6-svscan\n");
}

#[test]
fn a_stop_in_too_short_a_time_says_what_still_runs() {
    require!(Root, S6, Namespaces);
    let container = with_a_stubborn_gateway("1h");
    let pid = interrupt_a_delete(&container);
    let stop = container.hermes("gateway stop -p coder --timeout 300ms");
    assert_eq!(stop.status, 5, "{stop:#?}");
    assert!(
        stop.stderr.contains(&format!("pid {pid} still runs")),
        "{stop:#?}"
    );
    container
        .hermes("gateway stop -p coder --no-wait")
        .success();
    assert_eq!(gateways(&container), [pid]);
}

#[test]
fn a_start_comes_after_the_end_of_what_is_removed_or_not_at_all() {
    require!(Root, S6, Namespaces);
    let container = with_a_stubborn_gateway("1h");
    let old = interrupt_a_delete(&container);
    for verb in ["start", "restart"] {
        let output = container.hermes(&format!("gateway {verb} -p coder"));
        assert_eq!(output.status, 5, "{output:#?}");
        assert!(
            output.stderr.contains(&format!("pid {old} still runs")),
            "{output:#?}"
        );
        assert!(
            output.stderr.contains("try again once it has ended"),
            "{output:#?}"
        );
        assert_eq!(gateways(&container), [old], "no second one: {verb}");
    }
    let reconcile = container.hermes("reconcile");
    assert_eq!(reconcile.status, 1, "{reconcile:#?}");
    assert!(!reconcile.stdout.contains("coder"), "{reconcile:#?}");
    assert!(
        reconcile.stderr.contains("error: coder: its removal"),
        "{reconcile:#?}"
    );
    assert_eq!(gateways(&container), [old]);

    container.sh(&format!("kill -KILL {old}"));
    container.hermes("gateway start -p coder").success();
    eventually("one runs", || gateways(&container).len() == 1);
    assert_ne!(container.gateway_pid("coder"), old);
    assert_eq!(
        entries(&container),
        ".s6-svscan\ngateway-coder\ngateway-default\n"
    );
}

#[test]
fn a_start_waits_for_what_is_killed_in_time() {
    require!(Root, S6, Namespaces);
    let container = with_a_stubborn_gateway("3s");
    let old = interrupt_a_delete(&container);
    container.hermes("gateway start -p coder").success();
    assert!(container.is_up("coder"));
    assert_ne!(container.gateway_pid("coder"), old);
    eventually("one runs", || gateways(&container).len() == 1);
}

#[test]
fn what_was_moved_and_never_told_to_end_is_finished_by_every_verb() {
    require!(Root, S6, Namespaces);
    // The verb, and whether a gateway runs then.
    for (verb, runs) in [
        ("gateway start -p coder", true),
        ("gateway restart -p coder", true),
        ("gateway stop -p coder", false),
        ("reconcile", true),
        ("profile delete coder --yes", false),
        ("profile create writer", false),
    ] {
        let container = Container::start(Options::new(Tree::Nested));
        container.run_gateway("sleeps");
        container.create_profiles(&["coder"]);
        container.hermes("gateway start -p coder").success();
        eventually("it runs", || gateways(&container).len() == 1);
        let old = gateways(&container);
        container.sh(&format!("mv {} {HIDDEN}", container.slot("coder")));
        let status = container.hermes("gateway status -p coder").success();
        assert!(status.contains("running"), "{status}");
        assert!(status.contains("its removal is not finished"), "{status}");

        container.hermes(verb).success();
        eventually(&format!("the old one has ended: {verb}"), || {
            !gateways(&container).contains(&old[0])
        });
        // Swept in passing, it ends in its own time.
        if verb == "profile create writer" {
            container.hermes("reconcile").success();
        }
        assert!(!container.exists(HIDDEN), "{verb}");
        let expected = usize::from(runs || verb == "profile create writer");
        eventually(&format!("{expected} run: {verb}"), || {
            gateways(&container).len() == expected
        });
        let supervisors = container.processes();
        let supervisors = supervisors
            .iter()
            .filter(|process| process.command.ends_with("s6-supervise gateway-coder"));
        assert_eq!(supervisors.count(), expected, "{verb}");
    }
}

#[test]
fn reconcile_finishes_the_removal_of_what_has_no_profile() {
    require!(Root, S6, Namespaces);
    let container = with_a_stubborn_gateway("2s");
    interrupt_a_delete(&container);
    container.sh("rm -r /data/profiles/coder");
    let output = container.hermes("reconcile").success();
    assert!(
        output.contains("gateway-coder: unregistered, it has no profile"),
        "{output}"
    );
    assert_eq!(gateways(&container), [0; 0]);
    assert_eq!(entries(&container), ".s6-svscan\ngateway-default\n");
}

#[test]
fn reconcile_removes_the_fifos_of_ended_commands() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container.hermes("reconcile").success();
    let before = entries(&container);
    let label = "000000006b04df1a1cda7068:ddb3b1";
    let make = format!(
        "cd {}; mkfifo -m 622 .events-{label}; mkfifo -m 600 ..events-{label}; \
         touch -d '-20 seconds' ..events-{label}",
        container.scandir()
    );
    container
        .exec_as(GATEWAY_UID, ["sh", "-c", make.as_str()])
        .success();
    container.hermes("reconcile").success();
    assert_eq!(entries(&container), before);
}
