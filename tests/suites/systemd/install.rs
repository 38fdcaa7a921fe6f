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

#[test]
fn files_that_systemd_does_not_look_for_are_found_all_the_same() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    container.hermes_as(0, "gateway install -p coder").success();
    // As where it has looked, and they came within the same tick of the clock.
    container.sh(
        "cd /etc/systemd/system; mkdir -p /aside multi-user.target.wants
         mv hermes-gateway@* /aside
         touch --date=@1700000000 .; systemctl daemon-reload
         mv /aside/* .; touch --date=@1700000000 .",
    );
    container.hermes_as(0, "gateway start -p coder").success();
    assert_eq!(container.unit(0, "coder").active, "active");
}

#[test]
fn what_runs_without_a_supervisor_is_not_called_stopped() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    let run = "hermes-host gateway run -p coder >/dev/null 2>&1 </dev/null & \
               while [ ! -s /data/profiles/coder/gateway.pid ]; do sleep 0.05; done; \
               cat /data/profiles/coder/gateway.pid";
    container.sh("rm -f /data/hermes-host.json");
    container.exec_as(GATEWAY_UID, ["sh", "-c", run]).success();
    let removed = container.hermes_as(0, "gateway uninstall -p coder");
    assert_eq!(
        (removed.status, removed.stdout.as_str()),
        (1, "coder: uninstalled, the profile stays\n"),
        "{removed:?}"
    );
    assert!(
        removed
            .stderr
            .starts_with("error: coder: its gateway runs without a supervisor, pid "),
        "{removed:?}"
    );
}

#[test]
fn what_is_uninstalled_stays_so_under_another_name() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    container
        .hermes_as(0, "gateway uninstall -p coder")
        .success();
    container
        .hermes_as(0, "profile rename coder author")
        .success();
    let left = container.sh("ls -A /etc/systemd/system | grep author || :");
    assert_eq!(left, "");
    container.hermes_as(0, "gateway start -p author").success();
}

#[test]
fn what_runs_after_a_start_is_wanted_whatever_failed_meanwhile() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    for effect in 1..200 {
        let started =
            container.hermes_as(0, &format!("--fault {effect}:io gateway start -p coder"));
        let (wanted, state) = (container.intent("coder"), container.unit(0, "coder"));
        if state.active == "active" {
            assert_eq!(
                wanted.as_deref(),
                Some("running"),
                "effect {effect}: {started:?}"
            );
        }
        if started.stderr.contains("no fault was injected") {
            return;
        }
        container.hermes_as(0, "gateway stop -p coder").success();
    }
    panic!("a start has more effects than expected");
}
