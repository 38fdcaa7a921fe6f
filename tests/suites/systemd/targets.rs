use hermes_tests::{eventually, require};

use super::machine_of_two;
use super::units::running;

/// systemd has read the files while coder was enabled, as after a boot: until it reads them
/// again its target wants coder.
const REMEMBER: &str = "systemctl daemon-reload";

/// As when somebody leaves rescue mode.
const REACH: &str = "systemctl start multi-user.target";

#[test]
fn what_is_not_to_run_does_not_come_up_with_a_target() {
    require!(Root, Systemd, Namespaces);
    for command in [
        "gateway stop -p coder",
        "gateway stop --all --no-wait",
        "gateway uninstall -p coder",
        "profile rename coder author",
        "profile delete coder --yes",
    ] {
        let container = running();
        container.sh(REMEMBER);
        container.hermes_as(0, command).success();
        eventually("it has ended", || {
            container.unit(0, "coder").active == "inactive"
        });
        container.sh(REACH);
        assert_eq!(container.unit(0, "coder").active, "inactive", "{command}");
        let failed = container.sh("systemctl list-units --failed --plain --no-legend");
        assert_eq!(failed, "", "{command}");
    }
}

#[test]
fn nor_does_what_a_reconcile_has_stopped() {
    require!(Root, Systemd, Namespaces);
    let container = machine_of_two();
    container.sh(&format!(
        "systemctl enable --now hermes-gateway@coder; {REMEMBER}"
    ));
    container.hermes_as(0, "reconcile").success();
    container.sh(REACH);
    assert_eq!(container.unit(0, "coder").active, "inactive");
}

#[test]
fn a_stop_of_what_no_target_knows_has_nothing_read_anew() {
    require!(Root, Systemd, Namespaces);
    let container = running();
    let reloads = || container.sh("journalctl -b --no-pager | grep -c 'Reloading' || :");
    let before = reloads();
    container.hermes_as(0, "gateway stop -p coder").success();
    assert_eq!(reloads(), before);
}
