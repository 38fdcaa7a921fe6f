use hermes_tests::{Container, GATEWAY_UID, eventually, require};

use super::machine;

const LINGER: &str = "/var/lib/systemd/linger/hermes";

/// A machine on which the account has a systemd of its own, for now.
fn with_a_session() -> Container {
    let container = machine();
    container.sh("systemctl start user@10000.service");
    eventually("the user manager answers", || {
        container
            .systemctl(GATEWAY_UID, &["is-system-running"])
            .stdout
            == "running\n"
    });
    container
}

#[test]
fn a_user_who_may_enables_it_with_the_installation() {
    require!(Root, Systemd, Polkit, Namespaces);
    let container = with_a_session();
    assert!(!container.exists(LINGER));
    let installed = container.hermes("gateway install --linger");
    assert_eq!(
        (installed.status, installed.stderr.as_str()),
        (0, ""),
        "{installed:?}"
    );
    assert!(
        installed
            .stdout
            .contains("linger: enabled for hermes, whose gateways need no session now\n"),
        "{installed:?}"
    );
    assert!(container.exists(LINGER));
    let again = container.hermes("gateway install --linger").success();
    assert!(
        again.contains("linger: enabled for hermes already\n"),
        "{again}"
    );
    let status = container.hermes("gateway status");
    assert_eq!(status.stderr, "", "{status:?}");
}

#[test]
fn a_user_who_may_not_is_told_what_root_has_to_type() {
    require!(Root, Systemd, Namespaces);
    let container = with_a_session();
    // Without polkit logind obeys root alone.
    container.sh(
        "rm -f /usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service; \
                  systemctl mask -q --runtime --now polkit.service || :",
    );
    let installed = container.hermes("gateway install --linger --now");
    assert_eq!(installed.status, 1, "{installed:?}");
    assert!(
        installed
            .stderr
            .starts_with("error: linger is not enabled: "),
        "{installed:?}"
    );
    assert!(
        installed
            .stderr
            .ends_with("\n  hint: as root: loginctl enable-linger hermes\n"),
        "{installed:?}"
    );
    assert!(!container.exists(LINGER));
    // The rest is done all the same.
    assert_eq!(container.unit(GATEWAY_UID, "default").active, "active");
    assert!(
        installed.stdout.contains("default: running, "),
        "{installed:?}"
    );
}

#[test]
fn the_machines_systemd_needs_none() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    let refused = container.hermes_as(0, "gateway install --linger");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("root's gateways run under the machine's systemd"),
        "{refused:?}"
    );
}
