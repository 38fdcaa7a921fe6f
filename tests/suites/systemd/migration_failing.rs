use hermes_tests::require;

use super::machine;
use super::migration::{GONE, agents_state, install_agents_unit};

/// Whatever fails once the old one is down: there are commands to go back, and the same
/// command goes on.
#[test]
fn a_migration_that_fails_at_any_effect_goes_back_or_on() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    let is_up = || agents_state(&container, 0).contains("ActiveState=active");
    let mut failures = 0;
    for effect in 1..200 {
        let migrate = || {
            container.hermes_as(
                0,
                &format!("--fault {effect}:no-space gateway install -p coder --migrate"),
            )
        };
        install_agents_unit(&container, 0, "/data/profiles/coder");
        let mut failed = migrate();
        let runs = container.unit(0, "coder").active == "active";
        assert!(!(runs && is_up()), "two run after effect {effect}");
        if failed.status != 0 && !is_up() {
            failures += 1;
            let mut lines = failed.stderr.lines();
            let back = lines
                .find_map(|line| line.strip_prefix("  hint: or go back: "))
                .unwrap_or_else(|| panic!("effect {effect}: {failed:?}"));
            container.sh(back);
            assert!(is_up(), "effect {effect}: {failed:?}");
            let ours = container.unit(0, "coder");
            assert_ne!(
                (ours.active.as_str(), ours.at_boot.as_str()),
                ("active", "enabled"),
                "effect {effect}"
            );
            failed = migrate();
        }
        container
            .hermes_as(0, "gateway install -p coder --migrate")
            .success();
        let ours = container.unit(0, "coder");
        assert_eq!(
            (ours.active.as_str(), ours.at_boot.as_str()),
            ("active", "enabled"),
            "effect {effect}: {failed:?}"
        );
        assert_eq!(container.intent("coder").as_deref(), Some("running"));
        assert_eq!(agents_state(&container, 0), GONE, "effect {effect}");
        container
            .hermes_as(0, "gateway uninstall -p coder")
            .success();
        container.sh("rm -f /data/profiles/coder/gateway_intent.json");
        if failed.stderr.contains("did not come to effect") {
            assert!(failures > 5, "{failures}");
            return;
        }
    }
    panic!("a migration has more effects than expected");
}
