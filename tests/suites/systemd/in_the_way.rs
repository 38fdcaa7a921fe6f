//! Something that cannot be read is in the place of a drop-in.

use hermes_tests::{Container, Test, require};

use super::{machine, machine_of_two};

const DROP_IN: &str = "hermes-gateway@coder.service.d/hermes-host.conf";

/// What is done in the unit directory, and what is said of it.
const WRONG: [(&str, &str); 4] = [
    (
        "mv hermes-gateway@coder.service.d /srv/away
         ln -s /srv/away hermes-gateway@coder.service.d",
        "it leads out of the unit directory",
    ),
    (
        "rm hermes-gateway@coder.service.d/hermes-host.conf
         mkdir hermes-gateway@coder.service.d/hermes-host.conf",
        "something else is in its place, move it away",
    ),
    (
        "rm hermes-gateway@coder.service.d/hermes-host.conf
         mkfifo hermes-gateway@coder.service.d/hermes-host.conf",
        "not a regular file",
    ),
    (
        "head -c 3000000 /dev/urandom >hermes-gateway@coder.service.d/hermes-host.conf",
        "it is too large",
    ),
];

fn put_in_the_way(container: &Container, what: &str) {
    container.sh(&format!("cd /etc/systemd/system\n{what}"));
}

fn runs(container: &Container) -> bool {
    container.count("sleep") > 0
}

#[test]
fn a_stop_stops_and_says_what_is_wrong() {
    require!(Root, Systemd, Namespaces);
    for (what, words) in WRONG {
        let container = machine();
        container.plant_profile("coder");
        container.hermes_as(0, "gateway start -p coder").success();
        put_in_the_way(&container, what);
        let status = container.hermes_as(0, "gateway status -p coder --json");
        assert_eq!(status.status, 0, "{what}: {status:?}");
        assert_eq!(
            status.json()["note"],
            format!("cannot read {DROP_IN}: {words}"),
            "{what}"
        );
        Test::within_as(&container, 0)
            .args("gateway stop -p coder")
            .stdout("coder: stopped\n")
            .stderr(&format!("systemd: cannot read {DROP_IN}: {words}\n"))
            .run();
        assert!(!runs(&container), "{what}");
        let links = container.sh("ls /etc/systemd/system/multi-user.target.wants");
        assert!(!links.contains("hermes"), "{what}: {links}");
        let start = container.hermes_as(0, "gateway start -p coder");
        assert_eq!(
            (start.status, start.stderr.as_str()),
            (
                1,
                format!("error: coder: cannot read {DROP_IN}: {words}\n").as_str()
            ),
            "{what}"
        );
    }
}

#[test]
fn a_reconcile_does_the_rest() {
    require!(Root, Systemd, Namespaces);
    let container = machine_of_two();
    container.hermes_as(0, "gateway start -p writer").success();
    // Nor is what another home has a business of this one.
    container.sh("mkdir -p /etc/systemd/system/hermes-gateway@theirs.service.d/hermes-host.conf");
    put_in_the_way(&container, WRONG[1].0);
    container.sh("systemctl stop hermes-gateway@writer");
    Test::within_as(&container, 0)
        .args("reconcile")
        .stdout(
            "
            default: not installed, was never started
            coder: not installed, was never started
            writer: started, was running
            ",
        )
        .run();
    assert_eq!(container.unit(0, "writer").active, "active");

    // One that is wanted is told, and stops none of the others.
    container.sh("systemctl stop hermes-gateway@writer");
    container.write(
        "/data/profiles/coder/gateway_intent.json",
        r#"{"desired":"running"}"#,
    );
    Test::within_as(&container, 0)
        .args("reconcile")
        .stdout(
            "
            default: not installed, was never started
            writer: started, was running
            ",
        )
        .stderr(&format!(
            "error: coder: cannot read {DROP_IN}: something else is in its place, move it away\n"
        ))
        .status(1)
        .run();
    assert_eq!(container.unit(0, "writer").active, "active");
}

#[test]
fn what_another_home_runs_is_its_own() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    container.hermes_as(0, "gateway start -p coder").success();
    container.sh("mkdir -p /srv/other/profiles/coder; touch /srv/other/profiles/coder/SOUL.md");
    for what in [WRONG[1].0, "rm -r hermes-gateway@coder.service.d"] {
        put_in_the_way(&container, what);
        for verb in ["stop", "uninstall"] {
            let refused =
                container.hermes_as(0, &format!("--home /srv/other gateway {verb} -p coder"));
            assert!(
                refused.stderr.contains(
                    "error: coder: its name is taken: the supervisor has a gateway of /data \
                     under it\n"
                ),
                "{verb}: {refused:?}"
            );
        }
        assert!(runs(&container), "{what}");
    }
}
