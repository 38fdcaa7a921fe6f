//! Creating, deleting, renaming and cloning a profile takes its gateway along.

use hermes_tests::{Container, GATEWAY_UID, Options, Test, Tree, eventually, require};
use serde_json::json;

fn start() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container
}

/// The ports that SHA-256 gives these names, as upstream computes them.
const PORTS: [(&str, &str); 5] = [
    ("coder", "9570"),
    ("writer", "9543"),
    ("assistant", "9714"),
    ("a", "9610"),
    ("b", "9566"),
];

fn port(container: &Container, profile: &str) -> String {
    container
        .read(&format!("{}/gateway_port", container.home_of(profile)))
        .trim()
        .to_owned()
}

#[test]
fn a_profile_is_created_with_a_registered_gateway_that_is_down() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.hermes("profile create coder").success();
    assert!(container.exists("/data/profiles/coder/SOUL.md"));
    assert!(container.is_down("coder"));
    assert_eq!(container.sh("stat -c %U /data/profiles/coder"), "hermes\n");
}

#[test]
fn creating_a_profile_twice_fails_and_keeps_the_first() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    container.write("/data/profiles/coder/SOUL.md", "mine\n");
    let output = container.hermes("profile create coder");
    assert_eq!(output.status, 1, "{output:#?}");
    assert_eq!(container.read("/data/profiles/coder/SOUL.md"), "mine\n");
}

#[test]
fn a_slot_that_is_already_there_does_not_stop_a_creation() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.plant_profile("coder");
    container.hermes("gateway start -p coder").success();
    container.sh("rm -r /data/profiles/coder");
    container.hermes("profile create coder").success();
    assert!(container.exists(&container.slot("coder")));
}

#[test]
fn a_deleted_profile_leaves_no_slot_and_no_process() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    assert!(container.is_up("coder"));
    container.hermes("profile delete coder --yes").success();
    assert!(!container.exists("/data/profiles/coder"));
    assert!(!container.exists(&container.slot("coder")));
    let left = container.processes();
    assert!(
        !left
            .iter()
            .any(|process| process.name == "sleep" || process.command.contains("gateway-coder")),
        "{left:#?}"
    );
}

#[test]
fn a_profile_that_no_supervisor_knows_can_be_deleted() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.plant_profile("coder");
    container.hermes("profile delete coder --yes").success();
    assert!(!container.exists("/data/profiles/coder"));
}

#[test]
fn a_deletion_needs_yes_where_nobody_can_be_asked() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    let output = container.hermes("profile delete coder");
    assert_eq!(output.status, 2, "{output:#?}");
    assert!(output.stderr.contains("--yes"), "{output:#?}");
    assert!(container.exists("/data/profiles/coder/SOUL.md") && container.is_down("coder"));
}

#[test]
fn deleting_an_absent_profile_is_an_error_and_the_default_one_stays() {
    require!(Root, S6, Namespaces);
    let container = start();
    assert_eq!(container.hermes("profile delete coder --yes").status, 4);
    assert_ne!(container.hermes("profile delete default --yes").status, 0);
    assert!(container.exists("/data/hermes-host.json"));
}

#[test]
fn a_renamed_profile_takes_its_gateway_and_its_port_along() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    container.hermes("profile rename coder author").success();
    assert!(!container.exists("/data/profiles/coder"));
    assert!(!container.exists(&container.slot("coder")));
    assert!(container.exists("/data/profiles/author/SOUL.md"));
    assert_eq!(port(&container, "author"), "9570", "a port never moves");
    eventually("the gateway runs on under its new name", || {
        container.is_up("author")
    });
    assert_eq!(container.intent("author").as_deref(), Some("running"));
}

#[test]
fn a_rename_that_fails_once_the_gateway_has_begun_keeps_the_new_name() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    let traced = "profile rename coder author --trace /tmp/trace";
    container.hermes(traced).success();
    container.hermes("profile rename author coder").success();
    let trace = container.read("/tmp/trace");
    let effects = trace.lines().filter(|line| line.contains("\"effect\""));
    // The last effect that can fail; what is waited for takes more of them or fewer.
    let last = effects.count() + 20;
    let failed = (1..=last).rev().find_map(|number| {
        let rename = format!("profile rename coder author --fault {number}:not-granted");
        let output = container.hermes(&rename);
        if output.status == 0 {
            container.hermes("profile rename author coder").success();
        }
        (output.status != 0).then_some(output)
    });
    let output = failed.expect("one of them fails");
    assert_eq!(output.status, 6, "{output:#?}");
    assert!(
        output.stderr.starts_with("error: author: backend s6")
            && output.stderr.contains(
                "\n  hint: coder is named author now; see to its gateway: hermes-host reconcile\n"
            ),
        "{output:#?}"
    );
    assert!(!container.exists("/data/profiles/coder"));
    assert!(!container.exists(&container.slot("coder")));
    assert!(container.exists("/data/profiles/author/SOUL.md"));
    container.hermes("reconcile").success();
    eventually("the gateway runs under its new name", || {
        container.is_up("author")
    });
}

#[test]
fn a_rename_tells_of_a_gateway_that_does_not_come_back() {
    require!(Root, S6, Namespaces);
    let container = start();
    let rename = |from: &str, to: &str, error: &str, status: i32| {
        Test::within(&container)
            .args(&format!("profile rename {from} {to}"))
            .stdout(&format!(
                "{from}: renamed to {to}, at /data/profiles/{to}\n"
            ))
            .stderr(&format!(
                "error: {to}: {error}\n  \
                 hint: read what it says: /data/logs/gateways/{to}/current\n"
            ))
            .status(status)
            .run();
        assert_eq!(container.intent(to).as_deref(), Some("running"));
    };
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    container.configure(&json!({
        "command": ["/gateways/does-as-told"], "ready_timeout": "5s"
    }));
    container.write("/data/profiles/coder/exit", "78\n");
    rename("coder", "author", "exited with 78 before it was ready", 1);
    container.configure(&json!({ "command": ["/gateways/sleeps"], "ready_timeout": "1s" }));
    let output = container.hermes("profile rename author editor");
    assert_eq!(output.status, 5, "{output:#?}");
    assert_eq!(
        output.stdout, "author: renamed to editor, at /data/profiles/editor\n",
        "{output:#?}"
    );
    assert!(output.stderr.starts_with("error: editor: "), "{output:#?}");
}

#[test]
fn a_name_that_is_no_profiles_is_not_to_be_deleted() {
    let home = tempfile::tempdir().unwrap();
    let profiles = home.path().join("profiles");
    std::fs::create_dir_all(profiles.join("directory")).unwrap();
    std::fs::write(profiles.join("file"), "").unwrap();
    std::os::unix::fs::symlink("directory", profiles.join("link")).unwrap();
    for name in ["directory", "file", "link"] {
        Test::home(home.path())
            .args(&format!("profile create {name}"))
            .stderr(&format!(
                "error: {name}: [HOME]/profiles/{name} is in the way, and cannot be used as a profile\n  \
                 hint: remove or rename [HOME]/profiles/{name}\n"
            ))
            .status(1)
            .run();
    }
}

#[test]
fn a_rename_onto_another_profile_is_refused_and_changes_nothing() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder", "writer"]);
    let before = container.snapshot("/data/profiles");
    for target in ["writer", "default", "hermes", "../x"] {
        let output = container.hermes(&format!("profile rename coder {target}"));
        assert_ne!(output.status, 0, "{target}: {output:#?}");
    }
    assert_eq!(container.snapshot("/data/profiles"), before);
    assert!(container.is_down("coder") && container.is_down("writer"));
}

#[test]
fn a_clone_has_the_persona_and_nothing_of_the_gateway() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["coder"]);
    let home = "/data/profiles/coder";
    container.write(&format!("{home}/SOUL.md"), "a soul\n");
    container.write(&format!("{home}/config.yaml"), "model: m\n");
    container.write(&format!("{home}/memories/one.md"), "a memory\n");
    for file in ["gateway.pid", "gateway_state.json", "processes.json"] {
        container.write(&format!("{home}/{file}"), r#"{"gateway_state":"running"}"#);
    }
    container.hermes("gateway start -p coder").success();

    container
        .hermes("profile create twin --clone coder")
        .success();
    assert_eq!(container.read("/data/profiles/twin/SOUL.md"), "a soul\n");
    assert_eq!(
        container.read("/data/profiles/twin/config.yaml"),
        "model: m\n"
    );
    assert_eq!(
        container.read("/data/profiles/twin/memories/one.md"),
        "a memory\n"
    );
    for file in [
        "gateway.pid",
        "gateway_state.json",
        "processes.json",
        "gateway_intent.json",
    ] {
        assert!(
            !container.exists(&format!("/data/profiles/twin/{file}")),
            "{file} was cloned"
        );
    }
    assert_ne!(port(&container, "twin"), "9570");
    assert!(
        container.is_down("twin"),
        "a clone does not start with the token of another"
    );
}

#[test]
fn a_clone_of_an_absent_profile_leaves_nothing() {
    require!(Root, S6, Namespaces);
    let container = start();
    let output = container.hermes("profile create twin --clone nobody");
    assert_eq!(output.status, 4, "{output:#?}");
    assert!(!container.exists("/data/profiles/twin"));
    assert!(!container.exists(&container.slot("twin")));
}

#[test]
fn a_port_comes_from_the_name_and_stays() {
    let home = tempfile::tempdir().unwrap();
    let recorded = |name: &str| {
        let path = home.path().join("profiles").join(name).join("gateway_port");
        std::fs::read_to_string(path).unwrap()
    };
    for (name, port) in PORTS {
        let create = Test::home(home.path())
            .args("profile create")
            .arg(name)
            .output();
        assert_eq!(create.status, 0, "{create:#?}");
        assert_eq!(recorded(name), format!("{port}\n"), "{name}");
    }
    let show = Test::home(home.path())
        .args("profile show coder --json")
        .output();
    assert_eq!(show.json()["port"], json!(9570));
}

#[test]
fn a_taken_port_moves_the_newcomer_to_the_next_free_one() {
    let home = tempfile::tempdir().unwrap();
    let profiles = home.path().join("profiles");
    for (name, file, contents) in [
        ("first", "gateway_port", "9570\n"),
        ("second", ".env", "API_SERVER_PORT=9571\n"),
    ] {
        std::fs::create_dir_all(profiles.join(name)).unwrap();
        std::fs::write(profiles.join(name).join("SOUL.md"), "x").unwrap();
        std::fs::write(profiles.join(name).join(file), contents).unwrap();
    }
    let create = Test::home(home.path())
        .args("profile create coder")
        .output();
    assert_eq!(create.status, 0, "{create:#?}");
    let port = std::fs::read_to_string(profiles.join("coder/gateway_port")).unwrap();
    assert_eq!(port, "9572\n");
}

#[test]
fn a_port_of_the_profiles_own_wins() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.run_gateway("shows-itself");
    container.create_profiles(&["coder"]);
    container.write("/data/profiles/coder/.env", "API_SERVER_PORT=8642\n");
    container.hermes("gateway start -p coder").success();
    eventually("the gateway has written itself down", || {
        container.exists("/data/profiles/coder/shown")
    });
    assert!(
        container
            .read("/data/profiles/coder/shown")
            .contains("API_SERVER_PORT=8642\n")
    );
}

#[test]
fn without_a_supervisor_a_profile_comes_and_goes_all_the_same() {
    let home = tempfile::tempdir().unwrap();
    for (arguments, left) in [
        ("profile create coder", Some("coder")),
        ("profile rename coder author", Some("author")),
        ("profile delete author --yes", None),
    ] {
        let output = Test::home(home.path()).args(arguments).output();
        assert_eq!(
            (output.status, output.stderr.as_str()),
            (0, ""),
            "{arguments}"
        );
        let profiles = std::fs::read_dir(home.path().join("profiles")).unwrap();
        let names: Vec<_> = profiles.map(|entry| entry.unwrap().file_name()).collect();
        assert!(names.iter().eq(left.iter()), "{names:?} after {arguments}");
    }
}

#[test]
fn a_supervisor_that_refuses_leaves_no_half_created_profile() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.sh(&format!(
        "chown root:root {0}; chmod 755 {0}",
        container.scandir()
    ));
    let output = container.hermes("profile create coder");
    let entries = container.sh("ls -A /data/profiles 2>/dev/null || :");
    assert!(!output.stderr.is_empty(), "{output:#?}");
    if output.status == 0 {
        assert!(
            container.exists("/data/profiles/coder/SOUL.md"),
            "created, though not registered"
        );
    } else {
        assert_eq!(entries, "", "{output:#?}");
    }
}

#[test]
fn profiles_are_listed_in_order_the_default_first() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.create_profiles(&["writer", "coder"]);
    container
        .exec_as(GATEWAY_UID, ["mkdir", "/data/profiles/scratch"])
        .success();
    let list = container.hermes("profile list").success();
    let places = ["default", "coder", "writer"].map(|name| list.find(name));
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{list}"
    );
    assert!(!list.contains("scratch"), "{list}");
}

#[test]
fn what_is_mounted_in_a_profile_is_not_deleted_with_it() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.create_profiles(&["coder"]);
    container.sh(
        "mkdir -p /tmp/outside /data/profiles/coder/workspace; echo kept >/tmp/outside/file
         mount --bind /tmp/outside /data/profiles/coder/workspace",
    );
    let delete = container.hermes("profile delete coder --yes");
    assert_eq!(
        (delete.status, delete.stderr.as_str()),
        (
            1,
            "error: /data/profiles/coder/workspace: is mounted there: unmount it first\n"
        ),
        "{delete:#?}"
    );
    assert_eq!(container.read("/tmp/outside/file"), "kept\n");
    assert!(container.svstat("coder").is_some());
    container.sh("umount /data/profiles/coder/workspace");
    container.hermes("profile delete coder --yes").success();
    assert_eq!(container.read("/tmp/outside/file"), "kept\n");
}

#[test]
fn a_profile_that_is_a_mount_is_left_alone() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    let pid = container.gateway_pid("coder");
    container.sh("mount --bind /data/profiles/coder /data/profiles/coder");
    for command in ["profile rename coder author", "profile delete coder --yes"] {
        let refused = container.hermes(command);
        assert_eq!(
            (refused.status, refused.stderr.as_str()),
            (
                1,
                "error: /data/profiles/coder: is mounted there: unmount it first\n"
            ),
            "{refused:#?}"
        );
    }
    assert_eq!(container.gateway_pid("coder"), pid);
}
