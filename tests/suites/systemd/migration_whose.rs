//! Whose a unit of hermes-agent is, and what keeps one from being moved.

use hermes_tests::{Container, require};

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
