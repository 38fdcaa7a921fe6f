use hermes_tests::{Container, Options, Test, Tree, eventually, require};
use serde_json::json;

use super::{FILE, Holder};

const RECONCILE: &str = "-- hermes-host reconcile";

/// The first one runs coder and has the lease; the second one is on its volume.
fn two() -> (Container, Container) {
    let first = Container::start(Options::new(Tree::Nested).host("first"));
    first.run_gateway("sleeps");
    first.create_profiles(&["coder"]);
    first.hermes("gateway start -p coder").success();
    Holder::start(&first, RECONCILE).has_it();
    let second = Options::new(Tree::Nested).host("second").volume_of(&first);
    let second = Container::start(second);
    (first, second)
}

#[test]
fn the_second_starts_nothing_and_says_who_runs_it() {
    require!(Root, S6, Namespaces);
    let (first, second) = two();
    let before = second.snapshot("/data/profiles /run/hermes");
    for arguments in [
        "gateway start -p coder",
        "gateway start -p coder --dry-run",
        "gateway start -p coder --attach",
        "gateway start --all",
        "gateway restart -p coder",
        "gateway run -p coder",
        "reconcile",
        "profile rename coder author",
        "profile rename coder author --dry-run",
    ] {
        Test::within(&second)
            .args(arguments)
            .stderr(
                "
                error: the gateways of /data are run by another container (first, since [TIME])
                  hint: stop that container; hermes-host lease show looks again
                ",
            )
            .status(1)
            .run();
    }
    let rehearsed = second.hermes("reconcile --dry-run");
    assert_eq!(rehearsed.status, 1, "{rehearsed:#?}");
    assert!(rehearsed.stderr.contains("run by another container"));
    assert_eq!(second.snapshot("/data/profiles /run/hermes"), before);
    assert!(first.is_up("coder") && second.svstat("coder").is_none());
}

#[test]
fn what_starts_nothing_works_in_the_second() {
    require!(Root, S6, Namespaces);
    let (first, second) = two();
    let port = "gateway status --all";
    Test::within(&second)
        .args(port)
        .stdout(
            "
            PROFILE  STATE  PID  UPTIME  RESTARTS  WANTED  PORT  NOTE
            default  down  -  -  -  stopped  9449  not registered
            coder  down  -  -  -  running  9570  not registered
            Manager: s6 (container supervisor), scan directory /run/hermes/service
            Lease: held by another container (first, since [TIME])
            ",
        )
        .status(3)
        .run();
    let own = first.hermes(port).success();
    assert!(!own.contains("Lease:"), "{own}");
    second.hermes("profile create writer").success();
    second.hermes("profile rename writer author").success();
    second.hermes("profile delete author --yes").success();
    Test::within(&second)
        .args("gateway stop -p coder")
        .stdout("coder: not registered yet, and will not be started\n")
        .run();
    assert_eq!(first.intent("coder").as_deref(), Some("stopped"));
}

#[test]
fn show_says_whose_it_is() {
    require!(Root, S6, Namespaces);
    let (first, second) = two();
    for (container, uid, words, status) in [
        (&first, 10000, "held by this container", 0),
        (&first, 0, "held by this container", 0),
        (&second, 10000, "held by another container", 1),
    ] {
        Test::within_as(container, uid)
            .args("lease show")
            .stdout(&format!("Lease: {words} (first, since [TIME])\n"))
            .status(status)
            .run();
        let mut fields = container.hermes_as(uid, "lease show --json").json();
        let fields = fields.as_object_mut().unwrap();
        let pid = fields.remove("pid").unwrap().as_u64().unwrap();
        assert_eq!(u64::from(Holder(&first).runs().unwrap()), pid);
        assert!(
            fields
                .remove("since")
                .unwrap()
                .as_str()
                .unwrap()
                .ends_with('Z')
        );
        let expected = json!({
            "path": FILE, "state": "live", "ours": status == 0, "host": "first", "problem": null,
        });
        assert_eq!(&json!(fields), &expected);
    }
    Test::within(&first)
        .args("lease show -p coder")
        .stderr("error: a lease is about all profiles\n  hint: leave --profile out\n")
        .status(2)
        .run();
}

#[test]
fn the_second_gets_it_when_the_first_gives_it_back() {
    require!(Root, S6, Namespaces);
    let (first, second) = two();
    let waiter = Holder::start(&second, RECONCILE);
    waiter.is_waiting_for("first");
    let holder = Holder(&first);
    holder.signal("TERM");
    holder.ends_with("0");
    waiter.says("the lease is held by this container now\n");
    eventually("coder runs in the second", || second.is_up("coder"));
    let said = waiter.said();
    assert_eq!(said.matches("waiting").count(), 1, "{said}");
    Test::within(&first)
        .args("lease show")
        .stdout("Lease: held by another container (second, since [TIME])\n")
        .status(1)
        .run();
}

#[test]
fn a_killed_container_leaves_it_to_the_second() {
    require!(Root, S6, Namespaces);
    let (mut first, second) = two();
    let waiter = Holder::start(&second, RECONCILE);
    waiter.is_waiting_for("first");
    first.kill();
    waiter.says("the lease is held by this container now\n");
    eventually("coder runs in the second", || second.is_up("coder"));
    drop(second);
    // The second is gone now without a word, too.
    first.start_again();
    Test::within(&first)
        .args("lease show")
        .stdout("Lease: not held any more (second, since [TIME])\n")
        .status(3)
        .run();
    first.hermes("reconcile").success();
    eventually("coder runs in the first", || first.is_up("coder"));
}

#[test]
fn a_frozen_holder_keeps_it() {
    require!(Root, S6, Namespaces);
    let (first, second) = two();
    let holder = Holder(&first);
    let waiter = Holder::start(&second, RECONCILE);
    waiter.is_waiting_for("first");
    holder.signal("STOP");
    // As if it had been so for long.
    first.sh(&format!("touch -d '1 hour ago' {FILE}"));
    assert_eq!(second.hermes("lease show").status, 1);
    assert_eq!(second.hermes("gateway start -p coder").status, 1);
    holder.signal("CONT");
    eventually("it is renewed", || {
        first.sh(&format!("find {FILE} -mmin -30")).contains(FILE)
    });
    holder.signal("KILL");
    waiter.says("the lease is held by this container now\n");
}

#[test]
fn a_container_for_the_dashboard_has_nothing_to_wait_for() {
    require!(Root, S6, Namespaces);
    let (_first, second) = two();
    second.sh("printf '#!/bin/sh\\nsleep 1000\\n' >/opt/main-wrapper.sh
         chmod +x /opt/main-wrapper.sh
         /opt/main-wrapper.sh dashboard >&- 2>&- &");
    eventually("its command runs", || {
        let processes = second.processes();
        let dashboard = |command: &str| command.ends_with("main-wrapper.sh dashboard");
        processes.iter().any(|one| dashboard(&one.command))
    });
    Test::within(&second)
        .args("reconcile")
        .stdout("reconcile: skipped, this container only serves the dashboard\n")
        .run();
}
