//! What is refused to a profile leaves it and its gateway as they were, or nothing at all.

use hermes_tests::{Container, Options, Test, Tree, require};
use serde_json::json;

#[test]
fn profiles_that_stay_where_they_are_keep_their_gateways() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    let pid = container.gateway_pid("coder");
    for shut in [
        "chmod 555 /data/profiles",
        "mount --bind /data /data; mount -o remount,bind,ro /data",
    ] {
        container.sh(shut);
        for verb in ["profile delete coder --yes", "profile rename coder author"] {
            let refused = container.hermes(verb);
            assert_eq!(refused.status, 1, "{shut}, {verb}: {refused:#?}");
            assert_eq!(refused.stdout, "", "{shut}, {verb}");
            assert_eq!(container.gateway_pid("coder"), pid, "{shut}, {verb}");
        }
    }
}

#[test]
fn what_is_in_the_place_of_a_slot_leaves_no_profile() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    for (place, words) in [
        ("touch", "not a directory"),
        ("ln -s /nowhere", "it leads out of the scan directory"),
    ] {
        container.sh(&format!("{place} /run/hermes/service/gateway-coder"));
        let refused = container.hermes("profile create coder");
        assert_eq!(refused.status, 1, "{refused:#?}");
        assert!(refused.stderr.contains(words), "{refused:#?}");
        assert!(!container.exists("/data/profiles/coder"), "{place}");
        container.sh("rm /run/hermes/service/gateway-coder");
    }
    container.hermes("profile create coder").success();
}

#[test]
fn a_start_waits_for_the_end_of_what_was_told_to_stop() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    for stop in [
        "gateway stop -p coder --no-wait",
        "gateway stop -p coder --timeout 100ms",
    ] {
        let old = container.gateway_pid("coder");
        let thaw = container.freeze("s6-supervise gateway-coder");
        container.hermes(stop);
        container.sh(&format!("(sleep 0.3; {thaw}) >&- 2>&- &"));
        let said = container.hermes("gateway start -p coder").success();
        let new = container.gateway_pid("coder");
        assert_ne!(new, old, "{stop}: {said}");
        assert!(said.contains(&format!(", pid {new}")), "{stop}: {said}");
    }
}

#[test]
fn what_ends_by_a_kill_of_its_own_has_not_been_killed_by_a_stop() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    let script = "trap 'kill -9 $$' TERM; while :; do sleep 0.05; done";
    container.configure(&json!({ "command": ["/bin/sh", "-c", script] }));
    container.hermes("gateway restart -p coder").success();
    Test::within(&container)
        .args("gateway stop -p coder")
        .stdout("coder: stopped, by SIGKILL\n")
        .run();
}
