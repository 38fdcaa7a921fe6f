//! The disk of the units is read-only.

use hermes_tests::{Container, Test, require};
use serde_json::json;

use super::machine;
use super::units::running;

const LINK: &str = "multi-user.target.wants/hermes-gateway@coder.service: the file system is \
                    read-only, mount it writable";

fn make_read_only(container: &Container) {
    container.sh("mount --bind /etc/systemd/system /etc/systemd/system
         mount -o remount,bind,ro /etc/systemd/system");
}

#[test]
fn a_stop_that_cannot_disable_says_what_the_next_boot_may_do() {
    require!(Root, Systemd, Namespaces);
    let container = running();
    make_read_only(&container);
    let stop = container.hermes_as(0, "gateway stop -p coder");
    assert_eq!(stop.status, 1, "{stop:?}");
    assert_eq!(
        stop.stderr,
        "error: coder: stopped until the next boot: cannot remove \
         multi-user.target.wants/hermes-gateway@coder.service: the file system is read-only, \
         mount it writable\n\
         coder: recorded all the same: no reconcile starts it, but its supervisor may at the \
         next boot\n"
    );
    assert_eq!(container.unit(0, "coder").active, "inactive");
}

#[test]
fn a_stop_has_nothing_to_disable_on_a_disk_that_is_read_only() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    make_read_only(&container);
    let stop = container.hermes_as(0, "gateway stop -p coder").success();
    assert_eq!(stop, "coder: already stopped\n");
}

#[test]
fn an_uninstallation_stops_and_says_what_stays() {
    require!(Root, Systemd, Namespaces);
    let container = running();
    make_read_only(&container);
    Test::within_as(&container, 0)
        .args("gateway uninstall -p coder")
        .stderr(&format!(
            "error: coder: stopped, but cannot remove {LINK}\n\
             coder: recorded all the same: no reconcile starts it, but its supervisor may at the \
             next boot\n"
        ))
        .status(1)
        .run();
    assert_eq!(container.unit(0, "coder").active, "inactive");
}

#[test]
fn a_reconcile_stops_what_is_to_be_down() {
    require!(Root, Systemd, Namespaces);
    let container = running();
    make_read_only(&container);
    container.write(
        "/data/profiles/coder/gateway_intent.json",
        &json!({ "desired": "stopped" }).to_string(),
    );
    Test::within_as(&container, 0)
        .args("reconcile")
        .stdout("default: not installed, was never started\n")
        .stderr(&format!("error: coder: cannot remove {LINK}\n"))
        .status(1)
        .run();
    assert_eq!(container.unit(0, "coder").active, "inactive");
}

#[test]
fn a_rename_that_is_refused_lets_the_gateway_run() {
    require!(Root, Systemd, Namespaces);
    let container = running();
    make_read_only(&container);
    Test::within_as(&container, 0)
        .args("profile rename coder author")
        .stderr(&format!(
            "error: coder: stopped, but cannot remove {LINK}\n"
        ))
        .status(1)
        .run();
    assert_eq!(container.unit(0, "coder").active, "active");
    assert!(container.exists("/data/profiles/coder/SOUL.md"));
}
