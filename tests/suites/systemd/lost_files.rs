//! What systemd runs of which files are gone.

use hermes_tests::{eventually, require};

use super::units::running;

const FILES: &str = "/etc/systemd/system/hermes-gateway@coder.service.d";

#[test]
fn a_reconcile_stops_what_is_to_be_down_and_has_lost_its_unit() {
    require!(Root, Systemd, Namespaces);
    let container = running();
    container.hermes_as(0, "gateway stop -p coder").success();
    container.sh(&format!(
        "systemctl start hermes-gateway@coder; rm -r {FILES}"
    ));
    let reconcile = container.hermes_as(0, "reconcile").success();
    assert!(
        reconcile.contains("coder: registered (down)"),
        "{reconcile}"
    );
    assert_eq!(container.unit(0, "coder").active, "inactive");
}

#[test]
fn what_has_lost_its_profile_too_is_shown_and_removed() {
    require!(Root, Systemd, Namespaces);
    for command in ["reconcile", "gateway stop -p coder"] {
        let container = running();
        container.sh(&format!("rm -r {FILES} /data/profiles/coder"));
        let list = container.hermes_as(0, "gateway list");
        assert!(list.stderr.contains("no profile named coder"), "{list:#?}");
        let dry = container.hermes_as(0, "gateway stop -p coder --dry-run");
        assert!(dry.stdout.contains("coder: would be stopped\n"), "{dry:#?}");
        let output = container.hermes_as(0, command);
        assert!(!output.stderr.contains("panicked"), "{output:#?}");
        eventually("it has ended", || {
            container.unit(0, "coder").active == "inactive"
        });
        let wanted = container.sh("ls /etc/systemd/system/multi-user.target.wants");
        assert!(!wanted.contains("hermes-gateway@coder"), "{output:#?}");
    }
}

#[test]
fn a_template_that_is_gone_is_told_and_written() {
    require!(Root, Systemd, Namespaces);
    let container = running();
    let template = "/etc/systemd/system/hermes-gateway@.service";
    container.sh(&format!("rm {template}; systemctl daemon-reload"));
    let note = "hermes-gateway@.service is gone: hermes-host reconcile writes it";
    for command in ["gateway status -p coder", "gateway list"] {
        let status = container.hermes_as(0, command).success();
        assert!(status.contains(note), "{status}");
    }
    container.hermes_as(0, "reconcile").success();
    assert!(container.exists(template));
    let list = container.hermes_as(0, "gateway list").success();
    assert!(!list.contains(note), "{list}");
    assert_eq!(container.unit(0, "coder").active, "active");
}
