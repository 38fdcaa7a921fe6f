use hermes_tests::require;

use super::machine;

#[test]
fn a_hundred_gateways_start_and_stop_at_once() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    for number in 0..100 {
        container.plant_profile(&format!("p{number}"));
    }
    container.hermes_as(0, "reconcile").success();
    let started = container.hermes_as(0, "gateway start --all").success();
    assert_eq!(started.lines().count(), 101, "{started}");
    assert!(
        started
            .lines()
            .all(|line| line.contains(": running, ready after ")),
        "{started}"
    );
    let active =
        "systemctl list-units --plain --no-legend --state=active 'hermes-gateway@*' | wc -l";
    assert_eq!(container.sh(active), "101\n");
    let status = container.hermes_as(0, "gateway status --all").success();
    assert_eq!(
        status
            .lines()
            .filter(|line| line.contains(" running "))
            .count(),
        101,
        "{status}"
    );
    container.hermes_as(0, "gateway stop --all").success();
    assert_eq!(container.sh(active), "0\n");
}
