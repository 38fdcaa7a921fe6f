//! The whole output of reconcile on real s6.

use hermes_tests::{Container, GATEWAY_UID, Options, Test, Tree, eventually, require};
use serde_json::json;

/// A boot on a volume with one gateway that ran, one that was stopped and one
/// that never started; and a slot whose profile is gone.
fn after_a_boot(tree: Tree) -> Container {
    let container = Container::start(Options::new(tree));
    container.run_gateway("sleeps");
    for name in ["coder", "writer", "fresh"] {
        container.plant_profile(name);
    }
    for (name, state) in [("coder", "running"), ("writer", "stopped")] {
        let home = container.home_of(name);
        container.write(
            &format!("{home}/gateway_state.json"),
            &json!({ "gateway_state": state }).to_string(),
        );
    }
    container.write("/data/profiles/coder/gateway.pid", "{\"pid\": 1}");
    container
}

/// What a dry run prints above its plan.
fn decisions(container: &Container, uid: u32) -> String {
    let printed = container.hermes_as(uid, "reconcile --dry-run").success();
    let (decisions, plan) = printed.split_once("plan: ").expect("a plan");
    assert!(plan.contains(" steps, not performed\n"), "{printed}");
    decisions.to_owned()
}

#[test]
fn a_dry_run_says_what_then_happens_and_changes_nothing() {
    require!(Root, S6, Namespaces);
    for (tree, uid) in [(Tree::Nested, GATEWAY_UID), (Tree::Root, 0)] {
        let container = after_a_boot(tree);
        let before = container.snapshot("/data");
        assert_eq!(
            decisions(&container, uid),
            "default: would be registered (down), was never started\n\
             coder: would be started, was running, stale gateway.pid would be removed\n\
             fresh: would be registered (down), was never started\n\
             writer: would be registered (down), was stopped\n"
        );
        assert_eq!(container.snapshot("/data"), before);
        assert!(container.svstat("coder").is_none());
        Test::within_as(&container, uid)
            .args("reconcile")
            .stdout(
                "
                default: registered (down), was never started
                coder: started, was running, stale gateway.pid removed
                fresh: registered (down), was never started
                writer: registered (down), was stopped
                ",
            )
            .run();
        eventually("coder runs", || container.is_up("coder"));
        assert!(container.is_down("writer") && container.is_down("fresh"));
        assert!(!container.exists("/data/profiles/coder/gateway.pid"));
    }
}

#[test]
fn json_has_documented_fields_and_a_dry_run_has_the_same() {
    require!(Root, S6, Namespaces);
    let container = after_a_boot(Tree::Nested);
    let profile = |name: &str, action: &str, state: Option<&str>, stale: &[&str]| {
        json!({
            "profile": name, "action": action, "already": false, "updated": false,
            "prior_state": state, "prior_exit": "unknown", "stale_files": stale,
        })
    };
    for (arguments, dry_run) in [
        ("reconcile --dry-run --json", true),
        ("reconcile --json", false),
    ] {
        let output = container.hermes(arguments);
        assert_eq!((output.status, output.stderr.as_str()), (0, ""));
        let mut fields = output.json();
        let plan = fields.as_object_mut().unwrap().remove("plan");
        assert_eq!(plan.is_some(), dry_run, "{plan:?}");
        assert_eq!(
            fields,
            json!({
                "manager": "s6 (container supervisor)", "dry_run": dry_run, "dashboard": false,
                "profiles": [
                    profile("default", "registered", None, &[]),
                    profile("coder", "started", Some("running"), &["gateway.pid"]),
                    profile("fresh", "registered", None, &[]),
                    profile("writer", "registered", Some("stopped"), &[]),
                ],
                "removed": [], "problems": [],
            })
        );
    }
}

#[test]
fn a_service_without_a_profile_goes() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container.sh("rm -r /data/profiles/coder");
    assert_eq!(
        decisions(&container, GATEWAY_UID),
        "default: would be registered (down), was never started\n\
         gateway-coder: would be unregistered, it has no profile\n"
    );
    Test::within(&container)
        .args("reconcile")
        .stdout(
            "default: registered (down), was never started\n\
             gateway-coder: unregistered, it has no profile\n",
        )
        .run();
    assert!(!container.exists(&container.slot("coder")));
}

#[test]
fn a_bad_profile_is_named_and_the_others_are_reconciled() {
    require!(Root, S6, Namespaces);
    let container = after_a_boot(Tree::Nested);
    container.write("/data/profiles/Bad/SOUL.md", "A soul.\n");
    let output = container.hermes("reconcile --json");
    assert_eq!(output.status, 1, "{output:#?}");
    let problems = &output.json()["problems"];
    assert_eq!(problems.as_array().unwrap().len(), 1, "{problems:#}");
    assert_eq!(problems[0]["profile"], "Bad", "{problems:#}");
    assert!(output.stderr.contains("error: Bad: "), "{output:#?}");
    assert!(container.svstat("writer").is_some());
}

#[test]
fn what_cannot_be_looked_into_takes_no_gateway_along() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    let pid = container.gateway_pid("coder");
    for (spoil, repair, says) in [
        (
            "mv /data/profiles /data/aside",
            "mv /data/aside /data/profiles",
            "profiles: /data/profiles cannot be looked into",
        ),
        (
            "mv /data/profiles /data/aside; ln -s aside /data/profiles",
            "rm /data/profiles; mv /data/aside /data/profiles",
            "profiles: /data/profiles cannot be looked into",
        ),
        (
            "cp /data/profiles/coder/gateway_intent.json /run/kept
             echo '[]' >/data/profiles/coder/gateway_intent.json",
            "cp /run/kept /data/profiles/coder/gateway_intent.json",
            "is not a JSON object, so it is left as it is",
        ),
    ] {
        container.sh(spoil);
        let output = container.hermes("reconcile");
        assert_eq!(output.status, 1, "{output:#?}");
        assert!(output.stderr.contains(says), "{output:#?}");
        assert_eq!(container.gateway_pid("coder"), pid, "{output:#?}");
        container.sh(repair);
    }
    container.hermes("reconcile").success();
    assert_eq!(container.gateway_pid("coder"), pid);
}

#[test]
fn it_is_about_all_profiles() {
    Test::home("/")
        .args("reconcile -p coder")
        .stderr(
            "
            error: reconcile is about all profiles
              hint: leave --profile out
            ",
        )
        .status(2)
        .run();
}
