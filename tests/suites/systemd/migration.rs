use hermes_tests::{Container, GATEWAY_UID, require};
use serde_json::json;

use super::machine;

pub(super) const AGENTS: &str = "hermes-gateway-coder.service";

/// A unit as hermes-agent's own installer writes one, enabled and running.
/// It works where its program is, as the units of some versions do.
pub(super) fn install_agents_unit(container: &Container, uid: u32, home: &str) {
    let (directory, target) = match uid {
        0 => ("/etc/systemd/system", "multi-user.target"),
        _ => ("/data/.config/systemd/user", "default.target"),
    };
    container.sh(&format!(
        "mkdir -p {directory}; printf '%s\\n' '[Service]' 'ExecStart=/bin/sleep infinity' \
         'Environment=\"HERMES_HOME={home}\"' 'WorkingDirectory=/usr/lib' 'Restart=always' \
         '[Install]' 'WantedBy={target}' >{directory}/{AGENTS}; chown -R {uid} /data/.config 2>/dev/null || :"
    ));
    let enabled = container.systemctl(uid, &["enable", "--now", AGENTS]);
    assert_eq!(enabled.status, 0, "{enabled:?}");
}

pub(super) fn agents_state(container: &Container, uid: u32) -> String {
    let shown = container.systemctl(
        uid,
        &["show", "-p", "ActiveState", "-p", "LoadState", AGENTS],
    );
    shown.success()
}

pub(super) const GONE: &str = "LoadState=not-found\nActiveState=inactive\n";

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
fn what_hermes_agent_runs_is_left_to_it() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    install_agents_unit(&container, 0, "/data/profiles/coder");
    let refused = |verb: &str| {
        let refused = container.hermes_as(0, verb);
        assert_eq!(refused.status, 1, "{verb}: {refused:?}");
        let words = format!("error: coder: hermes-agent has installed {AGENTS} for it; ");
        assert!(refused.stderr.starts_with(&words), "{verb}: {refused:?}");
        let hint = "  hint: hermes-host gateway install -p coder --migrate\n";
        if verb.contains("start") || verb.contains("stop") {
            assert!(refused.stderr.ends_with(hint), "{verb}: {refused:?}");
        }
        assert!(agents_state(&container, 0).contains("ActiveState=active"));
    };
    for verb in [
        "gateway start -p coder",
        "gateway restart -p coder",
        "gateway stop -p coder",
        "gateway uninstall -p coder",
        "profile rename coder author",
        "profile delete coder --yes",
    ] {
        refused(verb);
        assert_eq!(container.intent("coder"), None, "{verb}");
    }
    assert!(container.exists("/data/profiles/coder/SOUL.md"));

    // Where ours is there as well it is stopped, and the other one named.
    container.sh(&format!(
        "systemctl stop {AGENTS}; mv /etc/systemd/system/{AGENTS} /root"
    ));
    container.hermes_as(0, "gateway start -p coder").success();
    container.sh(&format!(
        "mv /root/{AGENTS} /etc/systemd/system; systemctl daemon-reload; systemctl start {AGENTS}"
    ));
    let status = container
        .hermes_as(0, "gateway status -p coder --json")
        .json();
    assert_eq!(
        status["note"],
        format!("{AGENTS} of hermes-agent runs as well"),
        "{status}"
    );
    let stop = container.hermes_as(0, "gateway stop -p coder");
    assert_eq!(stop.status, 1, "{stop:?}");
    assert!(
        stop.stderr.starts_with(&format!(
            "error: coder: hermes-gateway@coder.service is stopped, and {AGENTS} of hermes-agent \
             is left as it is; "
        )),
        "{stop:?}"
    );
    assert!(
        stop.stderr
            .contains("  hint: hermes-host gateway install -p coder --migrate\n"),
        "{stop:?}"
    );
    assert!(agents_state(&container, 0).contains("ActiveState=active"));
    assert_eq!(container.unit(0, "coder").active, "inactive");
}

/// A profile that is created gets its unit at once.
#[test]
fn what_ran_runs_again_where_ours_was_there_already() {
    require!(Root, Systemd, Namespaces);
    for enabled in [true, false] {
        let container = machine();
        container.hermes_as(0, "profile create coder").success();
        install_agents_unit(&container, 0, "/data/profiles/coder");
        if !enabled {
            container.sh(&format!("systemctl disable {AGENTS}"));
        }
        let refused = container.hermes_as(0, "gateway install -p coder");
        assert_eq!(refused.status, 1, "{refused:?}");
        let hint = "  hint: hermes-host gateway install -p coder --migrate\n";
        assert!(refused.stderr.ends_with(hint), "{refused:?}");
        let migrated = container
            .hermes_as(0, "gateway install -p coder --migrate")
            .success();
        assert!(migrated.contains("\ncoder: running, "), "{migrated}");
        let ours = container.unit(0, "coder");
        assert_eq!(
            (ours.active.as_str(), ours.at_boot.as_str()),
            ("active", "enabled")
        );
        assert_eq!(container.intent("coder").as_deref(), Some("running"));
        assert_eq!(agents_state(&container, 0), GONE);
    }
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
    let status = container.hermes_as(0, "gateway status -p coder");
    assert_eq!(status.status, 3, "{status:?}");
    assert!(status.stdout.contains("not registered"), "{status:?}");
    let installed = container
        .hermes_as(0, "gateway install -p coder --migrate --now")
        .success();
    assert!(
        installed.starts_with("coder: nothing of hermes-agent to migrate\n"),
        "{installed}"
    );
    assert_eq!(container.unit(0, "coder").active, "active");
    assert!(agents_state(&container, 0).contains("ActiveState=active"));
}

/// hermes-agent names the unit of a home that is not in its usual place by a digest.
#[test]
fn a_unit_named_by_a_digest_is_that_of_the_home_it_says() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.sh("mkdir -p /srv/other");
    let unit = |name: &str, home: &str| {
        container.sh(&format!(
            "printf '%s\\n' '[Service]' 'ExecStart=/bin/sleep infinity' \
             'Environment=\"HERMES_HOME={home}\"' 'WorkingDirectory={home}' '[Install]' \
             'WantedBy=multi-user.target' >/etc/systemd/system/{name}; \
             systemctl enable --now {name} 2>/dev/null"
        ));
    };
    unit("hermes-gateway-0a1b2c3d.service", "/srv/other");
    container.hermes_as(0, "gateway install --now").success();
    container.hermes_as(0, "gateway uninstall").success();
    unit("hermes-gateway-44444444.service", "/data");
    let status = container.hermes_as(0, "gateway status --json").json();
    assert_eq!(
        (status["phase"].as_str(), status["note"].as_str()),
        (
            Some("running"),
            Some("hermes-gateway-44444444.service of hermes-agent")
        )
    );
    let refused = container.hermes_as(0, "gateway start");
    assert_eq!(refused.status, 1, "{refused:?}");
    let migrated = container
        .hermes_as(0, "gateway install --migrate")
        .success();
    assert!(
        migrated.starts_with(
            "default: hermes-gateway-44444444.service of hermes-agent is stopped and disabled, \
             its file is kept as hermes-gateway-44444444.service.migrated\n"
        ),
        "{migrated}"
    );
    assert_eq!(container.unit(0, "default").active, "active");
    let other = container.systemctl(0, &["is-active", "hermes-gateway-0a1b2c3d.service"]);
    assert_eq!(other.stdout, "active\n");
}

#[test]
fn all_of_one_profile_move_at_once() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    let units = [
        "hermes-gateway.service",
        "hermes-gateway-0a1b2c3d.service",
        "hermes-gateway-44444444.service",
    ];
    for unit in units {
        container.sh(&format!(
            "printf '%s\\n' '[Service]' 'ExecStart=/bin/sleep infinity' \
             'Environment=HERMES_HOME=/data' '[Install]' 'WantedBy=multi-user.target' \
             >/etc/systemd/system/{unit}; systemctl enable --now {unit} 2>/dev/null"
        ));
    }
    let migrated = container
        .hermes_as(0, "gateway install --migrate")
        .success();
    assert_eq!(
        migrated.matches("of hermes-agent is stopped").count(),
        units.len(),
        "{migrated}"
    );
    for unit in units {
        let active = container.systemctl(0, &["is-active", unit]);
        assert_eq!(active.stdout, "inactive\n", "{unit}");
    }
    assert_eq!(container.unit(0, "default").active, "active");
}

#[test]
fn what_could_not_be_started_afterwards_keeps_its_own() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    install_agents_unit(&container, 0, "/data/profiles/coder");
    container.sh("echo x >/data/profiles/coder/gateway_port");
    let refused = container.hermes_as(0, "gateway install -p coder --migrate");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.stderr.contains("gateway_port"), "{refused:?}");
    assert_eq!(refused.stdout, "");
    assert!(agents_state(&container, 0).contains("ActiveState=active"));
    assert_eq!(container.intent("coder"), None);
    container.sh("rm /data/profiles/coder/gateway_port");

    // What only its start shows leaves a way back.
    container.configure(&json!({ "command": ["/nosuch"] }));
    let failed = container.hermes_as(0, "gateway install -p coder --migrate");
    assert_eq!(failed.status, 1, "{failed:?}");
    let mut lines = failed.stderr.lines();
    let command = lines
        .find_map(|line| line.strip_prefix("  hint: or go back: "))
        .unwrap_or_else(|| panic!("{failed:?}"));
    container.sh(command);
    assert!(agents_state(&container, 0).contains("ActiveState=active"));
    assert_eq!(container.unit(0, "coder").active, "inactive");
}

#[test]
fn on_a_terminal_the_operator_is_asked() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    install_agents_unit(&container, 0, "/data/profiles/coder");
    let answer = |words: &str| {
        let typed = format!(
            "printf '{words}\\n' | script -qec 'hermes-host gateway install -p coder' /dev/null"
        );
        container.exec(["sh", "-c", &typed])
    };
    let question = "coder: hermes-agent has installed hermes-gateway-coder.service; \
                    stop it and take its place? [y/N] ";
    for no in ["n", "", "yea"] {
        let kept = answer(no);
        assert_eq!(kept.status, 1, "{kept:?}");
        assert!(kept.stdout.contains(question), "{kept:?}");
        assert!(
            kept.stdout.contains("gateway install -p coder --migrate"),
            "{kept:?}"
        );
        assert!(agents_state(&container, 0).contains("ActiveState=active"));
    }
    let moved = answer("y");
    assert_eq!(moved.status, 0, "{moved:?}");
    assert!(moved.stdout.contains(question), "{moved:?}");
    assert!(
        moved
            .stdout
            .contains("coder: installed as hermes-gateway@coder.service"),
        "{moved:?}"
    );
    assert_eq!(agents_state(&container, 0), GONE);
    assert_eq!(container.unit(0, "coder").active, "active");
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
        failed
            .stderr
            .contains("  hint: the gateway of coder may be down; "),
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
