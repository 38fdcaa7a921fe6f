use hermes_tests::{eventually, require};

use super::{machine, machine_of_two};

#[test]
fn after_a_boot_wanted_gateways_return_and_others_do_not() {
    require!(Root, Systemd, Namespaces);
    let mut container = machine();
    for profile in ["coder", "writer", "assistant"] {
        container
            .hermes_as(0, &format!("profile create {profile}"))
            .success();
    }
    container.hermes_as(0, "gateway start -p coder").success();
    container.hermes_as(0, "gateway start -p writer").success();
    container.hermes_as(0, "gateway stop -p writer").success();
    for hard in [false, true] {
        if hard {
            container.kill();
        } else {
            assert!(container.stop(), "{}", container.log());
        }
        container.start_again();
        eventually("what was wanted runs", || {
            container.unit(0, "coder").active == "active"
        });
        for profile in ["writer", "assistant"] {
            assert_eq!(container.unit(0, profile).active, "inactive", "{profile}");
        }
    }
}

#[test]
fn reconcile_makes_units_match_profiles_and_intent() {
    require!(Root, Systemd, Namespaces);
    let container = machine_of_two();
    container.hermes_as(0, "gateway start -p coder").success();
    // What should be there is gone, and what should not be there is.
    container.sh(
        "rm -r /etc/systemd/system/hermes-gateway@*; systemctl daemon-reload; \
         systemctl stop hermes-gateway@coder.service",
    );
    container.hermes_as(0, "reconcile").success();
    eventually("what was wanted runs", || {
        container.unit(0, "coder").active == "active"
    });
    assert_eq!(container.unit(0, "coder").at_boot, "enabled");
    // A start installs it where it is missing.
    assert!(!container.exists("/etc/systemd/system/hermes-gateway@writer.service.d"));
    assert!(!container.unit(0, "coder").needs_reload);
    let again = container.snapshot("/etc/systemd");
    container.hermes_as(0, "reconcile").success();
    assert_eq!(container.snapshot("/etc/systemd"), again);
}
