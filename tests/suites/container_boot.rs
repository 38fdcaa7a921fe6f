//! What `hermes-host reconcile` makes of a volume when its container boots.

use hermes_tests::{Container, GATEWAY_UID, Options, Output, Tree, eventually, require};
use serde_json::json;

fn start() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container
}

fn reconcile(container: &Container) -> Output {
    container.hermes("reconcile")
}

fn plant(container: &Container, profile: &str, file: &str, contents: &str) {
    container.plant_profile(profile);
    container.write(&format!("{}/{file}", container.home_of(profile)), contents);
}

#[test]
fn the_stored_state_decides_which_gateways_start() {
    require!(Root, S6, Namespaces);
    let container = start();
    // A profile's name, its gateway_state.json, and whether its gateway starts.
    let table = [
        ("running", r#"{"gateway_state":"running"}"#, true),
        ("draining", r#"{"gateway_state":"draining"}"#, true),
        ("degraded", r#"{"gateway_state":"degraded"}"#, true),
        ("stopped", r#"{"gateway_state":"stopped"}"#, false),
        ("starting", r#"{"gateway_state":"starting"}"#, false),
        (
            "startup-failed",
            r#"{"gateway_state":"startup_failed"}"#,
            false,
        ),
        ("unheard-of", r#"{"gateway_state":"levitating"}"#, false),
        (
            "wanted",
            r#"{"gateway_state":"startup_failed","desired_state":"running"}"#,
            true,
        ),
        (
            "unwanted",
            r#"{"gateway_state":"running","desired_state":"stopped"}"#,
            false,
        ),
        (
            "undecided",
            r#"{"gateway_state":"running","desired_state":null}"#,
            true,
        ),
        ("no-object", r#"["running"]"#, false),
        ("no-json", "running", false),
        ("cut-short", r#"{"gateway_state":"runn"#, false),
    ];
    for (profile, state, _) in table {
        plant(&container, profile, "gateway_state.json", state);
    }
    container.plant_profile("fresh");
    reconcile(&container);
    for (profile, state, starts) in table.iter().chain(&[("fresh", "", false)]) {
        eventually(&format!("{profile} is as {state} wants it"), || {
            if *starts {
                container.is_up(profile)
            } else {
                container.is_down(profile)
            }
        });
    }
}

#[test]
fn the_operators_intent_beats_what_the_gateway_last_wrote() {
    require!(Root, S6, Namespaces);
    let container = start();
    for (profile, desired, state) in [
        ("wanted", "running", "stopped"),
        ("unwanted", "stopped", "running"),
    ] {
        let intent = json!({ "desired": desired, "generation": 1, "by": "test", "at": "2026-05-18T07:00:00Z" });
        plant(
            &container,
            profile,
            "gateway_intent.json",
            &intent.to_string(),
        );
        plant(
            &container,
            profile,
            "gateway_state.json",
            &json!({ "gateway_state": state }).to_string(),
        );
    }
    reconcile(&container).success();
    eventually("the wanted one is up", || container.is_up("wanted"));
    assert!(container.is_down("unwanted"));
}

#[test]
fn the_default_gateway_is_registered_even_on_an_empty_volume() {
    require!(Root, S6, Namespaces);
    let container = start();
    reconcile(&container).success();
    assert!(container.is_down("default"));
    assert_eq!(container.hermes("gateway list").status, 0);
}

#[test]
fn the_default_gateway_follows_the_state_of_the_home() {
    require!(Root, S6, Namespaces);
    for (state, starts) in [
        ("running", true),
        ("stopped", false),
        ("startup_failed", false),
    ] {
        let container = start();
        container.write(
            "/data/gateway_state.json",
            &json!({ "gateway_state": state }).to_string(),
        );
        reconcile(&container).success();
        eventually(state, || {
            if starts {
                container.is_up("default")
            } else {
                container.is_down("default")
            }
        });
    }
}

#[test]
fn a_restart_of_the_container_brings_back_exactly_what_was_meant_to_run() {
    require!(Root, S6, Namespaces);
    for hard in [false, true] {
        let mut container = start();
        container.create_profiles(&["coder", "writer", "idle"]);
        container.hermes("gateway start --all").success();
        container.hermes("gateway stop -p writer").success();
        container.hermes("gateway stop -p idle").success();
        if hard {
            container.kill();
            container.start_again();
        } else {
            container.restart();
        }
        assert_eq!(
            container.svstat("coder"),
            None,
            "/run is empty after a restart"
        );
        reconcile(&container).success();
        eventually("coder is back", || container.is_up("coder"));
        assert!(container.is_down("writer") && container.is_down("idle"));
        assert_eq!(container.intent("coder").as_deref(), Some("running"));
        assert_eq!(container.intent("writer").as_deref(), Some("stopped"));
    }
}

#[test]
fn what_an_ended_container_left_behind_is_removed() {
    require!(Root, S6, Namespaces);
    let container = start();
    for profile in ["default", "coder"] {
        plant(&container, profile, "gateway.pid", "4242");
        plant(&container, profile, "processes.json", "[]");
    }
    reconcile(&container).success();
    for file in ["gateway.pid", "processes.json"] {
        assert!(!container.exists(&format!("/data/{file}")));
        assert!(!container.exists(&format!("/data/profiles/coder/{file}")));
    }
}

#[test]
fn a_directory_without_soul_is_no_profile() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.write(
        "/data/profiles/scratch/gateway_state.json",
        r#"{"gateway_state":"running"}"#,
    );
    let output = reconcile(&container);
    assert_eq!(output.status, 0, "{output:#?}");
    assert!(!output.stdout.contains("scratch"), "{output:#?}");
    assert!(container.is_down("default"), "the pass did its work");
    assert_eq!(container.svstat("scratch"), None);
}

#[test]
fn a_dry_run_changes_nothing_and_tells_what_would_happen() {
    require!(Root, S6, Namespaces);
    let container = start();
    plant(
        &container,
        "coder",
        "gateway_state.json",
        r#"{"gateway_state":"running"}"#,
    );
    plant(&container, "coder", "gateway.pid", "4242");
    let before = (
        container.snapshot("/data"),
        container.snapshot("/run/hermes"),
    );
    let output = container.hermes("reconcile --dry-run");
    assert_eq!(output.status, 0, "{output:#?}");
    assert!(output.stdout.contains("coder"), "{output:#?}");
    assert_eq!(
        (
            container.snapshot("/data"),
            container.snapshot("/run/hermes")
        ),
        before
    );
}

#[test]
fn a_second_pass_leaves_running_gateways_alone() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    let pid = container.gateway_pid("coder");
    reconcile(&container).success();
    reconcile(&container).success();
    assert_eq!(container.gateway_pid("coder"), pid);
}

#[test]
fn slots_without_a_profile_and_half_built_ones_are_removed() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    container.sh("rm -r /data/profiles/coder");
    let stage = format!("{}/.stage-gateway-writer", container.scandir());
    container
        .exec_as(GATEWAY_UID, ["mkdir", "-p", &stage])
        .success();
    reconcile(&container).success();
    assert!(!container.exists(&container.slot("coder")));
    assert!(
        !container
            .processes()
            .iter()
            .any(|process| process.name == "sleep"),
        "nothing runs on"
    );
    let entries = container.sh(&format!("ls -A {}", container.scandir()));
    assert_eq!(entries, ".s6-svscan\ngateway-default\n");
}

#[test]
fn slots_of_other_programs_are_left_alone() {
    require!(Root, S6, Namespaces);
    let container = start();
    let scandir = container.scandir();
    let foreign =
        format!("mkdir {scandir}/other; touch {scandir}/other/down; s6-svscanctl -a {scandir}");
    container
        .exec_as(GATEWAY_UID, ["sh", "-euc", &foreign])
        .success();
    reconcile(&container).success();
    assert!(container.is_down("default"), "the pass did its work");
    assert!(container.exists(&format!("{scandir}/other/down")));
}

#[test]
fn one_bad_profile_is_reported_and_stops_none_of_the_others() {
    require!(Root, S6, Namespaces);
    let bad: [(&str, &str); 8] = [
        ("BadName", "mkdir BadName; echo x >BadName/SOUL.md"),
        (
            "linked",
            "mkdir /data/elsewhere; echo x >/data/elsewhere/SOUL.md; ln -s /data/elsewhere linked",
        ),
        (
            "foreign",
            "mkdir foreign; echo x >foreign/SOUL.md; chown -R 65534 foreign",
        ),
        (
            "fifo",
            "mkdir fifo; echo x >fifo/SOUL.md; mkfifo fifo/gateway_state.json; chown -R hermes: fifo",
        ),
        (
            "huge",
            "mkdir huge; echo x >huge/SOUL.md; head -c 100M /dev/zero >huge/gateway_state.json; chown -R hermes: huge",
        ),
        (
            "locked",
            "mkdir locked; echo x >locked/SOUL.md; echo {} >locked/gateway_state.json; chmod 0 locked/gateway_state.json; chown -R hermes: locked",
        ),
        (
            "default",
            "mkdir default; echo x >default/SOUL.md; chown -R hermes: default",
        ),
        ("file", "echo x >file; chown hermes: file"),
    ];
    for (name, make) in bad {
        let container = start();
        plant(
            &container,
            "coder",
            "gateway_state.json",
            r#"{"gateway_state":"running"}"#,
        );
        container.sh(&format!("cd /data/profiles; {make}"));
        let output = reconcile(&container);
        eventually(&format!("coder runs despite {name}"), || {
            container.is_up("coder")
        });
        let shown = format!("{}{}", output.stdout, output.stderr);
        assert!(
            name == "file" || shown.contains(name),
            "{name} is not reported: {output:#?}"
        );
        assert!(!shown.contains("panicked"), "{output:#?}");
        if ["BadName", "linked", "foreign"].contains(&name) {
            assert!(
                !container.exists(&container.slot(name)),
                "{name} got a slot"
            );
        }
    }
}

#[test]
fn the_output_as_json_names_every_profile_and_what_was_done() {
    require!(Root, S6, Namespaces);
    let container = start();
    plant(
        &container,
        "coder",
        "gateway_state.json",
        r#"{"gateway_state":"running"}"#,
    );
    let text = container.hermes("reconcile --json").json().to_string();
    for fact in ["\"default\"", "\"coder\"", "\"started\"", "\"registered\""] {
        assert!(text.contains(fact), "{fact} is not in {text}");
    }
}

/// Another command registers a gateway while a reconcile looks, or the machine
/// shows it an empty scan directory: what it then finds registered is looked at.
#[test]
fn a_gateway_that_was_overlooked_is_not_taken_for_a_new_one() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder", "writer"]);
    container.hermes("gateway start -p coder").success();
    container.hermes("reconcile --trace /tmp/trace").success();
    let trace = container.read("/tmp/trace");
    let listed = trace
        .split_once("\"call\":\"registered\"")
        .expect("it asks what is registered")
        .0
        .lines()
        .filter(|line| line.contains("\"effect\""))
        .count()
        + 1;
    container.sh(&format!("s6-svc -d {}", container.slot("coder")));
    container.sh(&format!("s6-svc -u {}", container.slot("writer")));
    eventually("both have gone astray", || {
        container.is_down("coder") && container.is_up("writer")
    });
    let output = container.hermes(&format!("reconcile --fault {listed}:not-found"));
    assert_eq!(
        output.success(),
        "default: already registered (down), was never started\n\
         coder: started, was running\n\
         writer: registered (down), was never started\n"
    );
    assert!(container.is_up("coder"));
    assert!(container.is_down("writer"));
}
