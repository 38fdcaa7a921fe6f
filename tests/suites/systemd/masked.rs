use hermes_tests::{Test, require};

use super::machine;

const UNIT: &str = "hermes-gateway@coder.service";

/// What is said of it, and what ends it.
fn words(how: &str) -> String {
    format!("{UNIT} is masked: systemctl un{how} {UNIT}")
}

#[test]
fn what_is_masked_is_called_so() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    for how in ["mask", "mask --runtime"] {
        let masked = words(how);
        container.sh(&format!("systemctl {how} hermes-gateway@coder"));
        let start = container.hermes_as(0, "gateway start -p coder");
        assert_eq!(start.status, 1, "{start:?}");
        let said = format!("error: coder: {masked}\n");
        assert!(start.stderr.starts_with(&said), "{start:?}");
        let status = container.hermes_as(0, "gateway status -p coder --json");
        assert_eq!(status.json()["note"], masked, "{how}");
        container.hermes_as(0, "gateway stop -p coder").success();
        let install = container.hermes_as(0, "gateway install -p coder");
        // It promises nothing.
        assert_eq!(
            (install.status, install.stdout.as_str(), install.stderr),
            (
                0,
                "coder: installed already as hermes-gateway@coder.service, systemd (system)\n",
                format!("systemd: {masked}\n")
            ),
            "{how}"
        );
        container.sh(&format!("systemctl un{how} hermes-gateway@coder"));
    }
    container.hermes_as(0, "gateway start -p coder").success();
}

#[test]
fn what_runs_and_is_masked_says_so_and_is_not_started_anew() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    for how in ["mask", "mask --runtime"] {
        container.hermes_as(0, "gateway start -p coder").success();
        container.sh(&format!("systemctl {how} hermes-gateway@coder"));
        let masked = words(how);
        let status = container
            .hermes_as(0, "gateway status -p coder --json")
            .json();
        assert_eq!(
            (&status["phase"], &status["note"]),
            (&"running".into(), &masked.clone().into()),
            "{how}"
        );
        Test::within_as(&container, 0)
            .args("gateway restart -p coder")
            .stderr(&format!("error: coder: {masked}\n"))
            .status(1)
            .run();
        container.hermes_as(0, "gateway stop -p coder").success();
        container.sh(&format!("systemctl un{how} hermes-gateway@coder"));
    }
}

#[test]
fn a_template_that_is_masked_masks_them_all_and_stays() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    container
        .sh("ln -s /dev/null /etc/systemd/system/hermes-gateway@.service; systemctl daemon-reload");
    let masked = "hermes-gateway@.service is masked: systemctl unmask hermes-gateway@.service, \
                  and then hermes-host reconcile";
    Test::within_as(&container, 0)
        .args("gateway start -p coder")
        .stderr(&format!("error: coder: {masked}\n"))
        .status(1)
        .run();
    Test::within_as(&container, 0)
        .args("gateway install -p coder")
        .stdout("coder: installed already as hermes-gateway@coder.service, systemd (system)\n")
        .stderr(&format!("systemd: {masked}\n"))
        .run();
    container
        .hermes_as(0, "gateway uninstall -p coder")
        .success();
    let left = container.sh("ls /etc/systemd/system | grep hermes");
    assert_eq!(left, "hermes-gateway@.service\n");
    container.sh("systemctl unmask hermes-gateway@.service");
    container.hermes_as(0, "gateway start -p coder").success();
}
