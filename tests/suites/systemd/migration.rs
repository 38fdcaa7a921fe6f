use hermes_tests::{Container, GATEWAY_UID, require};

use super::machine;

const AGENTS: &str = "hermes-gateway-coder.service";

/// A unit as hermes-agent's own installer writes one, enabled and running.
fn install_agents_unit(container: &Container, uid: u32, profile: &str) {
    let (directory, target) = match uid {
        0 => ("/etc/systemd/system", "multi-user.target"),
        _ => ("/data/.config/systemd/user", "default.target"),
    };
    container.sh(&format!(
        "mkdir -p {directory}; printf '%s\\n' '[Service]' 'ExecStart=/bin/sleep infinity' \
         'Environment=\"HERMES_HOME=/data\"' 'WorkingDirectory={profile}' 'Restart=always' \
         '[Install]' 'WantedBy={target}' >{directory}/{AGENTS}; chown -R {uid} /data/.config 2>/dev/null || :"
    ));
    let enabled = container.systemctl(uid, &["enable", "--now", AGENTS]);
    assert_eq!(enabled.status, 0, "{enabled:?}");
}

fn agents_state(container: &Container, uid: u32) -> String {
    let shown = container.systemctl(
        uid,
        &["show", "-p", "ActiveState", "-p", "LoadState", AGENTS],
    );
    shown.success()
}

const GONE: &str = "LoadState=not-found\nActiveState=inactive\n";

fn takes_its_place(container: &Container, uid: u32, directory: &str) {
    container.plant_profile("coder");
    install_agents_unit(container, uid, "/data/profiles/coder");
    let status = container
        .hermes_as(uid, "gateway status -p coder --json")
        .json();
    assert_eq!(status["phase"], "running");
    // Without a terminal nobody is asked, and nothing is done.
    let refused = container.hermes_as(uid, "gateway install -p coder --now");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("gateway install -p coder --migrate"),
        "{refused:?}"
    );
    assert!(agents_state(container, uid).contains("ActiveState=active"));

    let migrated = container
        .hermes_as(uid, "gateway install -p coder --migrate")
        .success();
    let lines: Vec<&str> = migrated.lines().collect();
    assert_eq!(
        lines[0],
        "coder: hermes-gateway-coder.service of hermes-agent is stopped and disabled, \
         its file is kept as hermes-gateway-coder.service.migrated"
    );
    assert!(
        lines[1].starts_with("coder: installed as hermes-gateway@coder.service, "),
        "{migrated}"
    );
    assert!(lines[2].starts_with("coder: "), "{migrated}");
    assert!(lines[2].contains("running, "), "{migrated}");
    assert_eq!(agents_state(container, uid), GONE);
    let ours = container.unit(uid, "coder");
    assert_eq!(
        (ours.active.as_str(), ours.at_boot.as_str()),
        ("active", "enabled")
    );
    assert_eq!(container.intent("coder").as_deref(), Some("running"));
    assert!(
        container
            .read(&format!("{directory}/{AGENTS}.migrated"))
            .contains("sleep infinity")
    );
    let left = container.sh(&format!("find {directory} -name '{AGENTS}'"));
    assert_eq!(left, "");

    let again = container
        .hermes_as(uid, "gateway install -p coder --migrate")
        .success();
    assert!(
        again.starts_with("coder: nothing of hermes-agent to migrate\n"),
        "{again}"
    );
    assert_eq!(container.unit(uid, "coder").pid, ours.pid);
}

#[test]
fn a_gateway_of_the_machine_moves_over() {
    require!(Root, Systemd, Namespaces);
    takes_its_place(&machine(), 0, "/etc/systemd/system");
}

#[test]
fn a_gateway_of_a_user_moves_over() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.enable_linger();
    takes_its_place(&container, GATEWAY_UID, "/data/.config/systemd/user");
}

#[test]
fn what_was_down_stays_down() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    install_agents_unit(&container, 0, "/data/profiles/coder");
    container.sh(&format!("systemctl disable --now {AGENTS}"));
    container
        .hermes_as(0, "gateway install -p coder --migrate")
        .success();
    let ours = container.unit(0, "coder");
    assert_eq!(
        (ours.active.as_str(), ours.at_boot.as_str()),
        ("inactive", "disabled")
    );
    assert_eq!(agents_state(&container, 0), GONE);
}

#[test]
fn a_unit_of_another_home_is_left_alone() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    container.sh("mkdir -p /srv/other");
    install_agents_unit(&container, 0, "/srv/other");
    let before = container.snapshot("/etc/systemd");
    let refused = container.hermes_as(0, "gateway install -p coder --migrate");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("hermes-gateway-coder.service runs the gateway of /srv/other"),
        "{refused:?}"
    );
    assert_eq!(container.snapshot("/etc/systemd"), before);
    assert!(agents_state(&container, 0).contains("ActiveState=active"));
    assert_eq!(container.intent("coder"), None);
}

#[test]
fn where_ours_cannot_be_installed_the_way_back_is_told() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    install_agents_unit(&container, 0, "/data/profiles/coder");
    container.sh("touch /etc/systemd/system/hermes-gateway@coder.service.d");
    let failed = container.hermes_as(0, "gateway install -p coder --migrate");
    assert_eq!(failed.status, 1, "{failed:?}");
    assert!(
        failed.stderr.contains("  hint: no gateway of coder runs; "),
        "{failed:?}"
    );
    let back = "  hint: or go back: ";
    let mut lines = failed.stderr.lines();
    let command = lines
        .find_map(|line| line.strip_prefix(back))
        .unwrap_or_else(|| panic!("{failed:?}"));
    container.sh(command);
    assert!(agents_state(&container, 0).contains("ActiveState=active"));
    assert_eq!(container.unit(0, "coder").active, "inactive");
}

#[test]
fn a_migration_that_dies_at_any_effect_goes_on_the_next_time() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    for effect in 1..200 {
        install_agents_unit(&container, 0, "/data/profiles/coder");
        let died = container.hermes_as(
            0,
            &format!("--fault {effect}:kill-after gateway install -p coder --migrate"),
        );
        let both = agents_state(&container, 0).contains("ActiveState=active")
            && container.unit(0, "coder").active == "active";
        assert!(!both, "two run after effect {effect}");
        container
            .hermes_as(0, "gateway install -p coder --migrate")
            .success();
        assert_eq!(
            container.unit(0, "coder").active,
            "active",
            "effect {effect}"
        );
        assert_eq!(agents_state(&container, 0), GONE, "effect {effect}");
        container
            .hermes_as(0, "gateway uninstall -p coder")
            .success();
        container.sh("rm -f /data/profiles/coder/gateway_intent.json");
        if died.stderr.contains("no fault was injected") {
            return;
        }
    }
    panic!("a migration has more effects than expected");
}
