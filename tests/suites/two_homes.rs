//! Two homes on one scan directory: what belongs to the other one is left alone.

use hermes_tests::{Container, Options, Test, Tree, eventually, require};

const OTHER: &str = "/data/other";

/// Coder runs, and another home has a coder as well.
fn start() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    container.write(&format!("{OTHER}/profiles/coder/SOUL.md"), "x\n");
    container
}

#[test]
fn no_verb_reaches_a_gateway_of_another_home() {
    require!(Root, S6, Namespaces);
    let container = start();
    let pid = container.gateway_pid("coder");
    for verb in ["start", "stop", "restart"] {
        Test::within(&container)
            .args(&format!("--home {OTHER} gateway {verb} -p coder"))
            .stderr(
                "
                error: coder: its name is taken: the supervisor has a gateway of /data under it
                  hint: hermes-host --home /data works on that one; here, choose another name for the profile, or give this home a supervisor of its own
                ",
            )
            .status(1)
            .run();
    }
    let status = container.hermes(&format!("--home {OTHER} gateway status -p coder"));
    assert_ne!(status.status, 0, "{status:#?}");
    container
        .hermes(&format!("--home {OTHER} profile delete coder --yes"))
        .success();
    assert_eq!(container.gateway_pid("coder"), pid);
    assert_eq!(container.intent("coder").as_deref(), Some("running"));
}

#[test]
fn reconcile_removes_nothing_of_another_home() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.write(&format!("{OTHER}/profiles/writer/SOUL.md"), "x\n");
    let output = container.hermes(&format!("--home {OTHER} reconcile"));
    assert_eq!(output.status, 1, "{output:#?}");
    assert!(
        output.stderr.contains("a gateway of /data under it"),
        "{output:#?}"
    );
    assert!(output.stdout.contains("writer: registered"), "{output:#?}");
    assert!(!output.stdout.contains("unregistered"), "{output:#?}");
    container.hermes("gateway status -p coder").success();
    // Nor does the first home take away what the other one has.
    container.hermes("reconcile");
    assert!(container.svstat("writer").is_some());
}

#[test]
fn a_service_of_somebody_elses_is_left_alone() {
    require!(Root, S6, Namespaces);
    let container = start();
    let slot = format!("{}/gateway-api", container.scandir());
    container.sh(&format!(
        "mkdir -p {slot}/data; printf '#!/bin/sh\nexec sleep 1000\n' >{slot}/run
         chmod +x {slot}/run; echo kept >{slot}/data/db; chown -R hermes: {slot}
         s6-svscanctl -a {0}; s6-svwait -u -t 5000 {slot} || {{ sleep 1; s6-svwait -u -t 5000 {slot}; }}",
        container.scandir()
    ));
    Test::within(&container)
        .args("profile create api")
        .stderr(
            "
            error: api: its name is taken: the supervisor has a service that hermes-host has not made under it
              hint: choose another name for the profile
            ",
        )
        .status(1)
        .run();
    assert!(!container.exists("/data/profiles/api"));
    let reconciled = container.hermes("reconcile");
    assert!(!reconciled.stdout.contains("api"), "{reconciled:#?}");
    assert!(container.is_up("api"));
    assert_eq!(container.read(&format!("{slot}/data/db")), "kept\n");
}

#[test]
fn a_home_by_another_path_is_the_same_home() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.sh("ln -s /data /tmp/link");
    for (home, words) in [
        ("/tmp/link", "coder: stopped\n"),
        ("/tmp/../data", "coder: already stopped\n"),
    ] {
        Test::within(&container)
            .args(&format!("--home {home} gateway stop -p coder"))
            .stdout(words)
            .run();
    }
}

#[test]
fn what_a_supervisor_of_another_scan_directory_runs_is_left_to_it() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.create_profiles(&["coder"]);
    container.sh("mkdir -p /tmp/other && chown 10000:10000 /tmp/other
         setsid setpriv --reuid 10000 --regid 10000 --clear-groups \
             s6-svscan /tmp/other </dev/null >/dev/null 2>&1 &
         until test -p /tmp/other/.s6-svscan/control; do sleep 0.01; done; sleep 0.2");
    let other = |arguments: &str| {
        Test::within(&container)
            .env("HERMES_S6_SCANDIR", "/tmp/other")
            .args(arguments)
    };
    other("gateway start -p coder")
        .stdout("coder: running, ready after [DURATION], pid [PID], port 9570\n")
        .run();
    container.sh("rm -r /run/hermes/service/gateway-coder; s6-svscanctl -an /run/hermes/service");
    for (verb, all) in [
        ("stop -p coder", ""),
        ("stop --all", "error: 1 of 2 gateways did not stop\n"),
    ] {
        let expected = "error: coder: its gateway runs under a supervisor that does not say so, pid [PID]\n  \
             hint: what is killed comes up again: HERMES_S6_SCANDIR=/tmp/other hermes-host gateway stop -p coder ends it\n";
        Test::within(&container)
            .args(&format!("gateway {verb}"))
            .stdout(match all {
                "" => "",
                _ => "default: not registered, left alone\n",
            })
            .stderr(&format!("{expected}{all}"))
            .status(1)
            .run();
        assert_eq!(container.intent("coder").as_deref(), Some("running"));
    }
    other("gateway stop -p coder")
        .stdout("coder: stopped\n")
        .run();
}

#[test]
fn the_name_of_a_home_that_is_gone_can_be_freed() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.hermes("gateway stop -p coder").success();
    container.sh("rm -r /data/profiles/coder; mv /data/other /data/third; mkdir /data/other; chown 10000:10000 /data/other");
    container.hermes("reconcile").success();
    container
        .hermes("--home /data/other profile create coder")
        .success();
    // Its logger makes its directory, and would make it anew.
    eventually("it logs", || {
        container.exists("/data/other/logs/gateways/coder/current")
    });
    container.sh("rm -r /data/other");
    let make = || Test::within(&container).args("profile create coder");
    make()
        .stderr(
            "
            error: coder: its name is taken: the supervisor has a gateway of /data/other under it
              hint: that home is gone: choose another name, or make a profile NAME there and delete it: mkdir -p /data/other/profiles/NAME; touch /data/other/profiles/NAME/SOUL.md; hermes-host --home /data/other profile delete NAME --yes
            ",
        )
        .status(1)
        .run();
    container.exec_as(
        hermes_tests::GATEWAY_UID,
        ["sh", "-euc", "mkdir -p /data/other/profiles/coder; touch /data/other/profiles/coder/SOUL.md; hermes-host --home /data/other profile delete coder --yes"],
    )
    .success();
    make()
        .stdout("coder: created at /data/profiles/coder, port 9570, registered with s6 (down)\n")
        .run();
}
