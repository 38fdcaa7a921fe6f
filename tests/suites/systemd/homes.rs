use hermes_tests::{Container, require};

use super::machine;

const TAKEN: &str = "coder: its name is taken: the supervisor has a gateway of /data under it";

/// A second home with a profile of the same name, whose gateway is the first one's.
fn two_homes() -> Container {
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    container.hermes_as(0, "gateway start -p coder").success();
    container.sh("mkdir -p /srv/other/profiles/coder; touch /srv/other/profiles/coder/SOUL.md");
    container
}

#[test]
fn a_gateway_is_out_of_reach_from_another_home() {
    require!(Root, Systemd, Namespaces);
    let container = two_homes();
    let before = (
        container.snapshot("/etc/systemd"),
        container.unit(0, "coder"),
    );
    for verb in [
        "start",
        "stop",
        "restart",
        "install",
        "install --now",
        "uninstall",
    ] {
        let refused = container.hermes_as(0, &format!("--home /srv/other gateway {verb} -p coder"));
        assert_eq!(refused.status, 1, "{verb}: {refused:?}");
        assert!(
            refused.stderr.starts_with(&format!("error: {TAKEN}\n")),
            "{verb}: {refused:?}"
        );
        assert!(refused.stderr.contains("hermes-host --home /data"));
        // What was refused promises nothing either.
        let intent = "/srv/other/profiles/coder/gateway_intent.json";
        assert!(!container.exists(intent), "{verb}");
    }
    let status = container.hermes_as(0, "--home /srv/other gateway status -p coder");
    assert_eq!(status.status, 3, "{status:?}");
    assert!(
        status
            .stdout
            .contains("not registered; its name is taken by a gateway of /data"),
        "{status:?}"
    );
    let all = container.hermes_as(0, "--home /srv/other gateway stop --all");
    assert_eq!(all.status, 0, "{all:?}");
    // The profile itself goes, and its namesake stays.
    container
        .hermes_as(0, "--home /srv/other profile delete coder --yes")
        .success();
    assert!(!container.exists("/srv/other/profiles/coder"));
    let after = (
        container.snapshot("/etc/systemd"),
        container.unit(0, "coder"),
    );
    assert_eq!(after, before);
}

#[test]
fn reconcile_removes_the_units_of_its_own_home_and_no_others() {
    require!(Root, Systemd, Namespaces);
    let container = two_homes();
    container
        .hermes_as(0, "--home /srv/other profile create writer")
        .success();
    container
        .hermes_as(0, "--home /srv/other gateway start -p writer")
        .success();
    container.sh("rm -r /srv/other/profiles/writer /srv/other/profiles/coder");
    let done = container
        .hermes_as(0, "--home /srv/other reconcile")
        .success();
    assert!(
        done.contains("gateway-writer: unregistered, it has no profile\n"),
        "{done}"
    );
    assert_eq!(container.unit(0, "writer").active, "inactive");
    assert!(!container.exists("/etc/systemd/system/hermes-gateway@writer.service.d"));
    assert_eq!(container.unit(0, "coder").active, "active");
}
