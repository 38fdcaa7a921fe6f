use hermes_tests::{GATEWAY_UID, require};

use super::machine;

#[test]
fn install_writes_a_unit_and_uninstall_takes_it_away() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    let installed = container.hermes_as(0, "gateway install --system").success();
    assert_eq!(
        installed,
        "default: installed as hermes-gateway@default.service, systemd (system)\n  \
         hermes-host gateway start -p default starts it, now and at boot\n"
    );
    assert_eq!(container.unit(0, "default").at_boot, "disabled");
    let installed = container.hermes_as(0, "gateway install --now").success();
    assert!(
        installed.starts_with("default: installed already as hermes-gateway@default.service, systemd (system)\ndefault: running, "),
        "{installed}"
    );
    assert_eq!(container.unit(0, "default").at_boot, "enabled");
    let removed = container.hermes_as(0, "gateway uninstall").success();
    assert_eq!(
        removed,
        "default: stopped and uninstalled, the profile stays\n"
    );
    let left =
        || container.sh("ls -A /etc/systemd/system /etc/systemd/system/*.wants | grep hermes || :");
    assert_eq!(left(), "");
    let again = container.hermes_as(0, "gateway uninstall").success();
    assert_eq!(again, "default: not installed, nothing to uninstall\n");
    // And nothing brings it back that is not asked to.
    assert_eq!(container.intent("default").as_deref(), Some("stopped"));
    let reconciled = container.hermes_as(0, "reconcile").success();
    assert_eq!(reconciled, "default: not installed, was stopped\n");
    assert_eq!(left(), "");
    container.hermes_as(0, "gateway start").success();
    assert_eq!(container.unit(0, "default").at_boot, "enabled");
}

#[test]
fn an_uninstallation_that_dies_at_any_effect_is_not_taken_back_by_a_reconcile() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    for effect in 1..100 {
        container.hermes_as(0, "gateway start").success();
        let died =
            container.hermes_as(0, &format!("--fault {effect}:kill-after gateway uninstall"));
        container.hermes_as(0, "reconcile").success();
        // Before the first word about it to the backend it is as if never given.
        let wanted = container.intent("default");
        let runs = container.unit(0, "default").active == "active";
        assert_eq!(
            runs,
            wanted.as_deref() == Some("running"),
            "effect {effect}: {died:?}"
        );
        if died.stderr.contains("no fault was injected") {
            assert_eq!(wanted.as_deref(), Some("stopped"));
            return;
        }
    }
    panic!("an uninstallation has more effects than expected");
}

#[test]
fn each_scope_is_for_whom_it_is_for() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    let refused = container.hermes_as(0, "gateway install --user");
    assert_eq!(refused.status, 1, "{refused:?}");
    // No user manager yet.
    let nobody = container.hermes("gateway install");
    assert_eq!(nobody.status, 1, "{nobody:?}");
    assert!(
        nobody
            .stderr
            .starts_with("error: no supervisor runs here\n"),
        "{nobody:?}"
    );
    assert!(
        nobody.stderr.contains("loginctl enable-linger"),
        "{nobody:?}"
    );
    container.enable_linger();
    let refused = container.hermes("gateway install --system");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.stderr.contains("obeys only root"), "{refused:?}");
    // The machine's systemd refuses the account itself.
    let refused = container.exec_as(
        GATEWAY_UID,
        [
            "busctl",
            "call",
            "org.freedesktop.systemd1",
            "/org/freedesktop/systemd1",
            "org.freedesktop.systemd1.Manager",
            "StartUnit",
            "ss",
            "hermes-gateway@coder.service",
            "replace",
        ],
    );
    assert_ne!(refused.status, 0);
}

#[test]
fn one_profile_never_gets_two_gateways() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.sh("printf '[Service]\\nExecStart=/bin/sleep infinity\\n' \
         >/etc/systemd/system/hermes-gateway-coder.service; \
         systemctl start hermes-gateway-coder");
    container.plant_profile("coder");
    let status = container
        .hermes_as(0, "gateway status -p coder --json")
        .json();
    assert_eq!(status["phase"], "running");
    assert_eq!(
        status["note"],
        "hermes-gateway-coder.service of hermes-agent"
    );
    let refused = container.hermes_as(0, "gateway install -p coder --now");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("`systemctl disable --now hermes-gateway-coder.service`"),
        "{refused:?}"
    );
    assert_eq!(container.unit(0, "coder").active, "inactive");
    container.sh("systemctl disable --now hermes-gateway-coder; \
         rm /etc/systemd/system/hermes-gateway-coder.service");
    container
        .hermes_as(0, "gateway install -p coder --now")
        .success();
    assert_eq!(container.unit(0, "coder").active, "active");
}
