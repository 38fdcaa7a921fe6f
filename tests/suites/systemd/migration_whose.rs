//! Whose a unit of hermes-agent is, and what keeps one from being moved.

use hermes_tests::{Container, GATEWAY_UID, require};

use super::machine;
use super::migration::{AGENTS, agents_state, install_agents_unit};

const UNIT: &str = "/etc/systemd/system/hermes-gateway-coder.service";
const OURS: &str = "Environment=HERMES_HOME=/data/profiles/coder";
const OTHERS: &str = "Environment=HERMES_HOME=/srv/other";

/// Drop-ins of an administrator, as `systemctl edit` writes one.
fn edit(container: &Container, files: &[(&str, &str)]) {
    container.sh(&format!("rm -rf {UNIT}.d; mkdir {UNIT}.d"));
    for (name, text) in files {
        container.write(&format!("{UNIT}.d/{name}"), text);
    }
    container.sh("systemctl daemon-reload");
}

fn is_its_own(container: &Container) -> bool {
    let status = container
        .hermes_as(0, "gateway status -p coder --json")
        .json();
    match status["note"].as_str() {
        Some("hermes-gateway-coder.service of hermes-agent") => true,
        Some("not registered") => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_unit_is_for_the_home_that_systemd_reads_in_all_its_files() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    container.sh("mkdir -p /srv/other");
    install_agents_unit(&container, 0, "/data/profiles/coder");
    assert!(is_its_own(&container));
    for (files, expected) in [
        (
            &[("override.conf", format!("[Service]\n{OTHERS}\n"))][..],
            false,
        ),
        (
            &[
                ("b.conf", format!("[Service]\n{OURS}\n")),
                ("a.conf", format!("[Service]\n{OTHERS}\n")),
                ("c.txt", format!("[Service]\n{OTHERS}\n")),
            ],
            true,
        ),
        (
            &[
                ("a.conf", format!("[Service]\n{OTHERS}\n")),
                (
                    "b.conf",
                    "[Service]\nEnvironment=\nWorkingDirectory=/data/profiles/coder\n".to_owned(),
                ),
            ],
            true,
        ),
        (
            &[(
                "a.conf",
                "[Service]\nEnvironment=A=1 \\\n# why\n  HERMES_HOME=/srv/other\n".to_owned(),
            )],
            false,
        ),
    ] {
        let files: Vec<_> = files
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        edit(&container, &files);
        assert_eq!(is_its_own(&container), expected, "{files:?}");
    }
    // It is another home's now.
    let installed = container
        .hermes_as(0, "gateway install -p coder --migrate --now")
        .success();
    assert!(
        installed.starts_with("coder: nothing of hermes-agent to migrate\n"),
        "{installed}"
    );
    assert!(agents_state(&container, 0).contains("ActiveState=active"));
    container
        .hermes_as(0, "gateway uninstall -p coder")
        .success();

    // And this one was.
    install_agents_unit(&container, 0, "/srv/other");
    edit(
        &container,
        &[("override.conf", &format!("[Service]\n{OURS}\n"))],
    );
    let refused = container.hermes_as(0, "gateway start -p coder");
    assert_eq!(refused.status, 1, "{refused:?}");
    let words = format!("error: coder: hermes-agent has installed {AGENTS} for it; ");
    assert!(refused.stderr.starts_with(&words), "{refused:?}");
}

/// Each verb that would bring ours up says the same, which helps.
fn is_refused(container: &Container, words: &str) {
    for verb in [
        "gateway start -p coder",
        "gateway install -p coder",
        "gateway install -p coder --migrate",
        "gateway uninstall -p coder",
    ] {
        let refused = container.hermes_as(0, verb);
        let error = format!("error: coder: hermes-agent's {AGENTS} {words}\n");
        assert_eq!(
            (refused.status, refused.stderr.as_str()),
            (1, error.as_str()),
            "{verb}: {refused:?}"
        );
        assert_eq!(container.intent("coder"), None, "{verb}");
    }
    let status = container
        .hermes_as(0, "gateway status -p coder --json")
        .json();
    let note = format!("hermes-agent's {AGENTS} {words}");
    assert_eq!(
        (status["phase"].as_str(), status["note"].as_str()),
        (Some("running"), Some(note.as_str())),
    );
    assert!(agents_state(container, 0).contains("ActiveState=active"));
}

#[test]
fn a_masked_unit_is_in_the_way_only_while_it_runs() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    install_agents_unit(&container, 0, "/data/profiles/coder");
    container.sh(&format!(
        "systemctl disable {AGENTS}; rm {UNIT}; systemctl mask {AGENTS}"
    ));
    is_refused(
        &container,
        &format!("is masked, and still runs: systemctl stop {AGENTS}"),
    );
    container.sh(&format!("systemctl stop {AGENTS}"));
    let status = container.hermes_as(0, "gateway status -p coder");
    assert_eq!(status.status, 3, "{status:?}");
    assert!(status.stdout.contains("not registered\n"), "{status:?}");
    container.hermes_as(0, "gateway install -p coder").success();
    container.hermes_as(0, "gateway start -p coder").success();
    let status = container
        .hermes_as(0, "gateway status -p coder --json")
        .json();
    assert_eq!(status["note"], serde_json::Value::Null, "{status}");
    container.hermes_as(0, "gateway stop -p coder").success();
    let nothing = container
        .hermes_as(0, "gateway install -p coder --migrate")
        .success();
    assert!(
        nothing.starts_with("coder: nothing of hermes-agent to migrate\n"),
        "{nothing}"
    );
}

#[test]
fn a_unit_that_is_a_link_is_removed_as_the_hint_says() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    install_agents_unit(&container, 0, "/data/profiles/coder");
    container.sh(&format!(
        "systemctl disable --now {AGENTS}; mv {UNIT} /srv; systemctl enable --now /srv/{AGENTS}"
    ));
    is_refused(
        &container,
        &format!("is a link to a file elsewhere: systemctl disable --now {AGENTS} removes it"),
    );
    // Another home's is left alone, which only systemd can read.
    container.sh(&format!(
        "sed -i s:/data/profiles/coder:/srv/other: /srv/{AGENTS}; systemctl daemon-reload"
    ));
    assert!(!is_its_own(&container));
    container.sh(&format!(
        "sed -i s:/srv/other:/data/profiles/coder: /srv/{AGENTS}; systemctl daemon-reload; \
         systemctl disable --now {AGENTS}"
    ));
    container.hermes_as(0, "gateway start -p coder").success();
    assert_eq!(container.unit(0, "coder").active, "active");
}

/// As a package brings it, or somebody until the next boot.
#[test]
fn a_unit_of_another_directory_is_in_the_way_while_it_runs_or_comes_up() {
    require!(Root, Systemd, Namespaces);
    for directory in [
        "/run/systemd/system",
        "/usr/lib/systemd/system",
        "/usr/local/lib/systemd/system",
    ] {
        let container = machine();
        container.plant_profile("coder");
        install_agents_unit(&container, 0, "/data/profiles/coder");
        container.sh(&format!(
            "systemctl disable --now {AGENTS}; mkdir -p {directory}; mv {UNIT} {directory}; \
             systemctl daemon-reload; systemctl start {AGENTS}"
        ));
        let words = format!(
            "is there, from another directory of units: systemctl disable --now {AGENTS} ends it"
        );
        is_refused(&container, &words);
        // It is another profile's, or home's.
        container.plant_profile("writer");
        container.hermes_as(0, "gateway start -p writer").success();
        container.sh(&format!(
            "sed -i s:/data/profiles/coder:/srv/other: {directory}/{AGENTS}; \
             systemctl daemon-reload"
        ));
        assert!(!is_its_own(&container));
        container.sh(&format!(
            "sed -i s:/srv/other:/data/profiles/coder: {directory}/{AGENTS}; \
             systemctl daemon-reload; systemctl enable {AGENTS}; systemctl stop {AGENTS}"
        ));
        let enabled = container.hermes_as(0, "gateway start -p coder");
        assert_eq!(enabled.status, 1, "{enabled:?}");
        container.sh(&format!("systemctl disable --now {AGENTS}"));
        container.hermes_as(0, "gateway start -p coder").success();
        assert_eq!(container.unit(0, "coder").active, "active");
    }
}

#[test]
fn one_of_the_other_manager_is_moved_by_whom_it_obeys() {
    require!(Root, Systemd, Namespaces);
    for (uid, other, whose) in [
        (0, GATEWAY_UID, "the systemd of its owner"),
        (GATEWAY_UID, 0, "the machine's systemd"),
    ] {
        let container = machine();
        container.enable_linger();
        container.plant_profile("coder");
        install_agents_unit(&container, other, "/data/profiles/coder");
        for verb in [
            "gateway start -p coder",
            "gateway install -p coder --now",
            "gateway install -p coder --migrate",
        ] {
            let refused = container.hermes_as(uid, verb);
            let error = format!(
                "error: coder: {whose} has {AGENTS} of hermes-agent for it\n  \
                 hint: one profile has one gateway: as the user whose it is, hermes-host gateway \
                 install -p NAME --migrate takes its place\n"
            );
            assert_eq!(
                (
                    refused.status,
                    refused.stdout.as_str(),
                    refused.stderr.as_str()
                ),
                (1, "", error.as_str()),
                "{verb}: {refused:?}"
            );
        }
        assert!(agents_state(&container, other).contains("ActiveState=active"));
        container
            .hermes_as(other, "gateway install -p coder --migrate")
            .success();
        assert_eq!(container.unit(other, "coder").active, "active");
    }
}
