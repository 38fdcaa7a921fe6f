//! What s6 does behind a command's back: supervisors that die, scans that are
//! aborted, directories that are full.

use hermes_tests::{
    Container, GATEWAY_UID, Options, Output, Tree, eventually, has_reader, require,
};
use serde_json::json;

fn start() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container
}

/// Kills a process and waits until all that it held open is closed.
fn kill(container: &Container, what: &str) {
    let process = container
        .processes()
        .into_iter()
        .find(|process| process.command.trim_end().ends_with(what));
    let pid = process
        .unwrap_or_else(|| panic!("no {what}: {:#?}", container.processes()))
        .pid;
    container.sh(&format!("kill -KILL {pid}"));
    eventually("the killed process is gone", || {
        !container
            .processes()
            .iter()
            .any(|process| process.pid == pid)
    });
}

/// Freezes the nested `s6-svscan`: it lives, and does nothing.
fn freeze_svscan(container: &Container) -> u32 {
    let svscan = container
        .processes()
        .into_iter()
        .find(|process| process.name == "s6-svscan" && process.uid == GATEWAY_UID);
    let pid = svscan.unwrap().pid;
    container.sh(&format!("kill -STOP {pid}"));
    pid
}

#[test]
fn a_stale_status_of_a_dead_supervisor_is_not_believed() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    let svscan = freeze_svscan(&container);
    kill(&container, "s6-supervise gateway-coder");
    let control = container.path(&format!("{}/supervise/control", container.slot("coder")));
    eventually("the supervisor is dead", || !has_reader(&control));
    let status = container.hermes("gateway status -p coder");
    assert_eq!(status.status, 1, "{status:#?}");
    assert!(status.stderr.contains("supervisor"), "{status:#?}");
    container.sh(&format!("kill -CONT {svscan}"));
}

#[test]
fn a_supervisor_that_dies_while_a_stop_waits_is_an_error_and_no_hang() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.configure(&json!({ "command": ["/gateways/ignores-term"], "stop_timeout": "1h" }));
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    eventually("it ignores what asks it to stop", || {
        let pid = container.gateway_pid("coder");
        container.read(&format!("/proc/{pid}/comm")) == "sleep\n"
    });
    let svscan = freeze_svscan(&container);
    let mut stop = container.command(
        GATEWAY_UID,
        "hermes-host gateway stop -p coder --timeout 20s".split(' '),
        &[],
    );
    let stop = stop
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    eventually("the stop waits", || {
        container
            .svstat("coder")
            .is_some_and(|status| !status.wanted_up)
    });
    kill(&container, "s6-supervise gateway-coder");
    let output = Output::from(stop.wait_with_output().unwrap());
    assert!([1, 5].contains(&output.status), "{output:#?}");
    assert!(output.stderr.contains("coder"), "{output:#?}");
    container.sh(&format!("kill -CONT {svscan}"));
}

#[test]
fn a_svscan_that_does_nothing_is_a_time_out_and_leaves_nothing_half_done() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.plant_profile("coder");
    let svscan = freeze_svscan(&container);
    let output = container.hermes("gateway start -p coder --timeout 500ms");
    assert!([1, 5].contains(&output.status), "{output:#?}");
    container.sh(&format!("kill -CONT {svscan}"));
    container.hermes("gateway start -p coder").success();
    assert!(container.is_up("coder"));
}

#[test]
fn commands_recover_after_svscan_itself_was_killed() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    kill(&container, "/run/hermes/service");
    let control = container.path("/run/hermes/service/.s6-svscan/control");
    eventually("the container's tree has started another", || {
        has_reader(&control)
    });
    container.hermes("reconcile").success();
    container.hermes("gateway restart -p coder").success();
    assert!(container.is_up("coder"));
    container.hermes("gateway stop -p coder").success();
    assert!(
        !container
            .processes()
            .iter()
            .any(|process| process.name == "sleep")
    );
}

#[test]
fn a_dangling_link_in_the_scan_directory_stops_nobody() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    let link = format!("ln -s /nonexistent {}/dangling", container.scandir());
    container
        .exec_as(GATEWAY_UID, ["sh", "-c", &link])
        .success();
    let output = container.hermes("profile create writer");
    container.hermes("gateway start -p coder").success();
    assert!(container.is_up("coder"), "{output:#?}");
    container.sh(&format!("rm {}/dangling", container.scandir()));
    container.hermes("reconcile").success();
    container.hermes("profile delete coder --yes").success();
    assert_eq!(container.svstat("coder"), None);
}

#[test]
fn a_full_scan_directory_is_an_error_that_says_so_and_goes_away_with_the_cause() {
    require!(Root, S6, Namespaces);
    // On s6 2.11 a gateway with its logger counts once, later twice.
    let container = Container::start(Options::new(Tree::Nested).env("HERMES_S6_SLOTS", "4"));
    container.run_gateway("sleeps");
    let names = ["a", "b", "c", "d", "e", "f"];
    let outputs: Vec<_> = names
        .iter()
        .map(|name| container.hermes(&format!("profile create {name}")))
        .collect();
    let full = outputs
        .iter()
        .find(|output| output.status != 0 || !output.stderr.is_empty());
    let full = full.expect("six do not fit into four");
    assert!(
        full.stderr.contains("HERMES_S6_SLOTS") || full.stderr.contains("slot"),
        "{full:#?}"
    );
    container.hermes("gateway start -p a").success();
    assert!(container.is_up("a"), "those that fitted work on");
}

#[test]
fn a_boot_of_more_than_fit_says_which_and_runs_the_others() {
    require!(Root, S6, Namespaces);
    let slots = 12;
    let container =
        Container::start(Options::new(Tree::Nested).env("HERMES_S6_SLOTS", &slots.to_string()));
    container.run_gateway("sleeps");
    let names: Vec<String> = (0..30).map(|number| format!("p{number:02}")).collect();
    for name in &names {
        container.plant_profile(name);
    }
    let output = container.hermes("reconcile");
    assert_eq!(output.status, 1, "{output:#?}");
    let registered: Vec<&str> = output
        .stdout
        .lines()
        .filter_map(|line| line.split_once(": registered (down)"))
        .map(|(name, _)| name)
        .collect();
    let refused = output
        .stderr
        .matches("all of its slots may be in use")
        .count();
    assert_eq!(registered.len() + refused, names.len() + 1, "{output:#?}");
    // From 2.12 on it takes none of those that do not all fit.
    let takes_some = output.stderr.contains("does not take it over");
    let fitting = if takes_some { 1..=slots } else { 0..=0 };
    assert!(fitting.contains(&registered.len()), "{output:#?}");
    for name in names.iter().map(String::as_str).chain(["default"]) {
        let is_there = container.svstat(name).is_some();
        assert_eq!(is_there, registered.contains(&name), "{name}");
    }
}

#[test]
fn what_a_killed_command_left_behind_is_cleaned_up_by_the_next() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    let leave = format!(
        "cd {}; mkdir -p .stage-gateway-coder/event .stage-gateway-writer; echo x >.stage-gateway-writer/run",
        container.scandir()
    );
    container
        .exec_as(GATEWAY_UID, ["sh", "-euc", &leave])
        .success();
    container.hermes("profile create writer").success();
    container.hermes("reconcile").success();
    let entries = container.sh(&format!("ls -A {} | sort", container.scandir()));
    assert_eq!(
        entries,
        ".s6-svscan\ngateway-coder\ngateway-default\ngateway-writer\n"
    );
}

#[test]
fn a_command_killed_at_any_moment_leaves_what_the_next_one_repairs() {
    require!(Root, S6, Namespaces);
    let container = start();
    for milliseconds in [1, 2, 4, 8, 16, 32, 64] {
        let killed =
            format!("timeout -s KILL 0.{milliseconds:03} hermes-host profile create coder || :");
        container.exec_as(GATEWAY_UID, ["sh", "-c", &killed]);
        container.hermes("reconcile");
        let created = container.exists("/data/profiles/coder/SOUL.md");
        assert_eq!(
            container.is_down("coder"),
            created,
            "after {milliseconds} ms"
        );
        let left = container.sh("ls -A /data/profiles 2>/dev/null || :");
        let whole = if created { "coder\n" } else { "" };
        assert_eq!(left, whole, "after {milliseconds} ms");
        if !created {
            container.hermes("profile create coder").success();
        }
        container.hermes("profile delete coder --yes").success();
        let left = container.sh("ls -A /data/profiles");
        assert_eq!(left, "", "after {milliseconds} ms");
    }
    container.create_profiles(&["coder"]);
}

#[test]
fn an_interrupted_verb_ends_at_once_and_leaves_its_word_to_the_next() {
    require!(Root, S6, Namespaces);
    for (signal, status) in [("INT", 130), ("TERM", 143)] {
        let container = start();
        // It never says that it is ready, and never ends.
        container.configure(&json!({
            "command": ["/gateways/ignores-term"], "ready_timeout": "1h", "stop_timeout": "1h",
        }));
        container.create_profiles(&["coder"]);
        for (verb, up, desired) in [("start", true, "running"), ("stop", false, "stopped")] {
            let command = format!("hermes-host gateway {verb} -p coder");
            let waiting = container
                .command(GATEWAY_UID, command.split(' '), &[])
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap();
            eventually("it waits", || {
                let status = container.svstat("coder").unwrap();
                // Not the shell before, which does not ignore the signal yet.
                let comm = |pid| container.read(&format!("/proc/{pid}/comm"));
                status.wanted_up == up && status.pid.is_some_and(|pid| comm(pid) == "sleep\n")
            });
            let intent = container.read("/data/profiles/coder/gateway_intent.json");
            let process = container.processes().into_iter();
            let pid = process.rev().find(|it| it.command == command).unwrap().pid;
            container.sh(&format!("kill -{signal} {pid}"));
            let output = Output::from(waiting.wait_with_output().unwrap());
            let told = (output.stdout.as_str(), output.stderr.as_str());
            assert_eq!((output.status, told), (status, ("", "")), "{verb}");
            assert_eq!(container.intent("coder").as_deref(), Some(desired));
            assert_eq!(
                container.read("/data/profiles/coder/gateway_intent.json"),
                intent
            );
        }
        let stop = container.hermes("gateway stop -p coder --timeout 300ms");
        assert_eq!(stop.status, 5, "{stop:#?}");
        container.sh(&format!("kill -KILL {}", container.gateway_pid("coder")));
        container.run_gateway("sleeps");
        container.hermes("gateway start -p coder").success();
        let left = container.sh(&format!(
            "ls -A {} {}/event",
            container.scandir(),
            container.slot("coder")
        ));
        assert!(
            !left.contains("events-") && !left.contains("ftrig"),
            "{left}"
        );
    }
}

#[test]
fn many_commands_at_once_leave_one_state() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    let storm = "for i in 1 2 3 4 5 6 7 8; do hermes-host gateway start -p coder & hermes-host gateway stop -p coder & done; wait";
    container.exec_as(GATEWAY_UID, ["sh", "-c", storm]);
    let wanted = container.intent("coder") == Some("running".to_owned());
    eventually("the gateway is as the last command wanted it", || {
        if wanted {
            container.is_up("coder")
        } else {
            container.is_down("coder")
        }
    });
    container.hermes("gateway restart -p coder").success();
    assert!(container.is_up("coder"));
}

#[test]
fn profiles_created_at_once_share_no_port() {
    require!(Root, S6, Namespaces);
    let container = start();
    // The names of one port, by the arithmetic of the allocator.
    let storm = "for i in 1 2 3 4 5 6 7 8; do hermes-host profile create p$i & done; wait";
    container.exec_as(GATEWAY_UID, ["sh", "-c", storm]);
    let ports = container.sh("cat /data/profiles/*/gateway_port | sort");
    let mut distinct: Vec<_> = ports.lines().collect();
    assert_eq!(distinct.len(), 8, "{ports}");
    distinct.dedup();
    assert_eq!(distinct.len(), 8, "{ports}");
}

#[test]
fn a_leftover_slot_whose_supervisor_never_came_is_taken_over() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    // The orderly end of a supervisor whose directory stays, with nobody rescanning.
    let svscan = freeze_svscan(&container);
    container.sh(&format!("s6-svc -xd {}", container.slot("coder")));
    let control = container.path(&format!("{}/supervise/control", container.slot("coder")));
    eventually("nobody supervises it", || !has_reader(&control));
    container.sh(&format!("kill -CONT {svscan}"));
    container.hermes("reconcile").success();
    container.hermes("gateway start -p coder").success();
    assert!(container.is_up("coder"));
}

#[test]
fn a_reconcile_beside_a_deletion_leaves_no_service_of_what_is_gone() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    for round in 0..6 {
        container.hermes("profile create coder").success();
        container.sh("hermes-host --home /data reconcile >/dev/null & \
             hermes-host --home /data profile delete coder --yes >/dev/null && wait");
        assert!(!container.exists("/data/profiles/coder"), "{round}");
        assert!(!container.exists(&container.slot("coder")), "{round}");
    }
}
