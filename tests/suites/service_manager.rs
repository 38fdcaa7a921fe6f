//! Gateways as services of a real s6: what every verb does to the slot, the
//! process and the operator's intent.

use hermes_tests::{Container, GATEWAY_UID, Options, Tree, eventually, require};
use serde_json::json;

fn start() -> Container {
    Container::start(Options::new(Tree::Nested))
}

/// A container with profiles whose gateways do nothing but run.
fn with_profiles(names: &[&str]) -> Container {
    let container = start();
    container.run_gateway("sleeps");
    container.create_profiles(names);
    container
}

#[test]
fn a_gateway_starts_stops_and_restarts_and_each_verb_returns_when_it_is_done() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    assert!(container.is_down("coder"));

    container.hermes("gateway start -p coder").success();
    assert!(container.is_up("coder"));
    let first = container.gateway_pid("coder");

    container.hermes("gateway restart -p coder").success();
    assert!(container.is_up("coder"));
    assert_ne!(container.gateway_pid("coder"), first);

    container.hermes("gateway stop -p coder").success();
    assert!(container.is_down("coder"));
    assert!(
        !container
            .processes()
            .iter()
            .any(|process| process.name == "sleep")
    );
}

#[test]
fn the_intent_follows_the_verbs() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    for (verb, intent) in [
        ("start", "running"),
        ("stop", "stopped"),
        ("restart", "running"),
    ] {
        container
            .hermes(&format!("gateway {verb} -p coder"))
            .success();
        assert_eq!(
            container.intent("coder").as_deref(),
            Some(intent),
            "after {verb}"
        );
    }
    assert_eq!(container.intent("default"), None, "of another profile");
}

#[test]
fn the_intent_belongs_to_the_named_profile_wherever_the_command_runs() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder", "writer"]);
    let home = [("HERMES_HOME".into(), "/data/profiles/writer".into())];
    for (arguments, profile) in [
        ("gateway start -p coder", "coder"),
        ("gateway start", "default"),
    ] {
        let command = std::iter::once("hermes-host").chain(arguments.split(' '));
        let status = container
            .command(GATEWAY_UID, command, &home)
            .status()
            .unwrap();
        assert!(status.success(), "{arguments}");
        assert_eq!(container.intent(profile).as_deref(), Some("running"));
        assert!(container.is_up(profile));
    }
    assert_eq!(container.intent("writer"), None);
}

#[test]
fn verbs_that_find_their_work_done_say_so_and_succeed() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    container.hermes("gateway stop -p coder").success();
    container.hermes("gateway start -p coder").success();
    let pid = container.gateway_pid("coder");
    container.hermes("gateway start -p coder").success();
    assert_eq!(
        container.gateway_pid("coder"),
        pid,
        "a second start left it alone"
    );
}

#[test]
fn a_restart_of_a_stopped_gateway_starts_it() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    container.hermes("gateway restart -p coder").success();
    assert!(container.is_up("coder"));
}

#[test]
fn stop_and_restart_of_a_missing_slot_fail_before_they_touch_anything() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.plant_profile("coder");
    for verb in ["stop", "restart"] {
        let output = container.hermes(&format!("gateway {verb} -p coder"));
        assert_eq!(output.status, 4, "{output:#?}");
    }
    assert!(!container.exists(&container.slot("coder")));
}

#[test]
fn start_registers_a_profile_that_another_program_made() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.run_gateway("sleeps");
    container.plant_profile("coder");
    container.hermes("gateway start -p coder").success();
    assert!(container.is_up("coder"));
}

#[test]
fn start_of_a_directory_without_soul_registers_nothing() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.write("/data/profiles/scratch/notes", "x");
    for verb in ["start", "stop"] {
        assert_eq!(
            container
                .hermes(&format!("gateway {verb} -p scratch"))
                .status,
            4
        );
    }
    assert!(!container.exists(&container.slot("scratch")));
}

#[test]
fn a_new_slot_is_down_until_it_is_started() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    assert!(container.exists(&format!("{}/down", container.slot("coder"))));
    assert!(container.is_down("coder"));
    assert!(
        !container
            .processes()
            .iter()
            .any(|process| process.name == "sleep")
    );
}

#[test]
fn publishing_leaves_no_half_built_slot() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder", "writer"]);
    let entries = container.sh(&format!("ls -A {} | sort", container.scandir()));
    assert_eq!(entries, ".s6-svscan\ngateway-coder\ngateway-writer\n");
}

#[test]
fn a_slot_runs_the_gateway_of_its_profile_with_its_own_environment() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.configure(
        &json!({ "command": ["/gateways/shows-itself", "{profile}", "it's \"$HOME\""] }),
    );
    container.create_profiles(&["coder"]);
    for (profile, port) in [("coder", 9570), ("default", 9449)] {
        container
            .hermes(&format!("gateway start -p {profile}"))
            .success();
        let home = container.home_of(profile);
        eventually("the gateway has written itself down", || {
            container.exists(&format!("{home}/shown"))
        });
        let shown = container.read(&format!("{home}/shown"));
        let lines: Vec<_> = shown.lines().collect();
        let arguments = format!("{profile} it's \"$HOME\"");
        assert_eq!(
            lines[..3],
            ["10000", home.as_str(), arguments.as_str()],
            "{shown}"
        );
        for variable in [
            format!("HERMES_HOME={home}"),
            format!("API_SERVER_PORT={port}"),
            "HERMES_SUPERVISED_CHILD=1".to_owned(),
        ] {
            assert!(
                lines.contains(&variable.as_str()),
                "{variable} is not in\n{shown}"
            );
        }
    }
}

#[test]
fn a_home_whose_path_a_shell_would_split_works() {
    require!(Root, S6, Namespaces);
    let home = "/data/it's a \"home\" $PATH";
    let container = start();
    container.exec_as(GATEWAY_UID, ["mkdir", home]).success();
    container
        .exec_as(
            GATEWAY_UID,
            ["cp", "-r", "/gateways/sleeps", &format!("{home}/gateway")],
        )
        .success();
    let config = json!({ "gateway": { "command": ["/gateways/sleeps"] } }).to_string();
    std::fs::write(container.path(&format!("{home}/hermes-host.json")), config).unwrap();
    for arguments in [
        &["profile", "create", "coder"][..],
        &["gateway", "start", "-p", "coder"],
    ] {
        let command = [&["hermes-host", "--home", home], arguments].concat();
        container.exec_as(GATEWAY_UID, command).success();
    }
    assert!(container.is_up("coder"));
}

#[test]
fn status_tells_a_running_gateway_from_a_stopped_one() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    let status = container.hermes("gateway status -p coder --json");
    assert_eq!(status.status, 3, "{status:#?}");
    assert_eq!(status.json()["pid"], json!(null));

    container.hermes("gateway start -p coder").success();
    let status = container.hermes("gateway status -p coder --json");
    assert_eq!(status.status, 0, "{status:#?}");
    assert_eq!(status.json()["pid"], json!(container.gateway_pid("coder")));
    assert_eq!(status.json()["port"], json!(9570));
    assert_eq!(status.json()["wanted"], json!("running"));
}

#[test]
fn an_unplanned_death_counts_as_a_restart_and_a_planned_one_does_not() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    let restarts = || container.hermes("gateway status -p coder --json").json()["restarts"].clone();
    container.hermes("gateway restart -p coder").success();
    assert_eq!(restarts(), json!(0));

    let pid = container.gateway_pid("coder");
    container.sh(&format!("kill -KILL {pid}"));
    eventually("it is back", || {
        container
            .svstat("coder")
            .unwrap()
            .pid
            .is_some_and(|now| now != pid)
    });
    eventually("the restart is counted", || restarts() == json!(1));
}

#[test]
fn the_list_shows_gateways_only_and_in_order() {
    require!(Root, S6, Namespaces);
    let container = with_profiles(&["writer", "coder"]);
    let scandir = container.scandir();
    let foreign =
        format!("mkdir {scandir}/other {scandir}/.gateway-hidden; s6-svscanctl -a {scandir}");
    container
        .exec_as(GATEWAY_UID, ["sh", "-euc", &foreign])
        .success();
    let list = container.hermes("gateway list").success();
    let (coder, writer) = (list.find("coder"), list.find("writer"));
    assert!(coder.is_some() && coder < writer, "{list}");
    assert!(
        !list.contains("other") && !list.contains("hidden"),
        "{list}"
    );
}

#[test]
fn all_of_it_works_on_the_containers_own_tree_as_root() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Root));
    container.configure(&json!({ "command": ["/gateways/shows-itself"], "user": "hermes" }));
    container.create_profiles_as(0, &["coder"]);
    container.hermes_as(0, "gateway start -p coder").success();
    assert!(container.is_up("coder"));
    eventually("the gateway has written itself down", || {
        container.exists("/data/profiles/coder/shown")
    });
    assert!(
        container
            .read("/data/profiles/coder/shown")
            .starts_with("10000\n"),
        "it dropped root"
    );
    container.hermes_as(0, "gateway restart -p coder").success();
    container.hermes_as(0, "gateway stop -p coder").success();
    assert!(container.is_down("coder"));
    container
        .hermes_as(0, "profile delete coder --yes")
        .success();
    assert!(!container.exists(&container.slot("coder")));
}

#[test]
fn a_start_that_cannot_register_promises_nothing() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.create_profiles(&["coder"]);
    let scan = container.scandir();
    let start = container.exec([
        "unshare",
        "--mount",
        "sh",
        "-c",
        &format!(
            "mount --bind {scan} {scan}; mount -o remount,ro,bind {scan}; \
             exec hermes-host gateway start -p coder"
        ),
    ]);
    assert_eq!(start.status, 1, "{start:#?}");
    assert!(
        start.stderr.contains("the scan directory is read-only"),
        "{start:#?}"
    );
    assert_eq!(container.intent("coder"), None);
}
