//! The benchmark runs to its end and measures everything that it promises. What
//! it measures is nobody's assertion.

use std::process::Command;
use std::sync::OnceLock;

use hermes_tests::{Output, host_binary, require};

/// Each is there on every machine, as skipped where it has no systemd.
const SYSTEMCTL: [&str; 10] = [
    "status | systemctl is-active",
    "stop | systemctl stop",
    "start | systemctl start",
    "stop | systemctl disable --now",
    "start | systemctl enable --now",
    "stop --all, 100 gateways | systemctl stop",
    "start --all, 100 gateways | systemctl start",
    "peak memory: status | systemctl is-active",
    "peak memory: stop | systemctl stop",
    "peak memory: start | systemctl start",
];

/// Skipped where no engine answers.
const IMAGE: [&str; 6] = [
    "image size",
    "docker run to 1 gateways ready",
    "docker restart to 1 gateways ready",
    "docker run to 3 gateways ready",
    "docker restart to 3 gateways ready",
    "memory of the supervision, each of 100 gateways",
];

/// Of one run for all tests.
fn quick_table() -> &'static str {
    static TABLE: OnceLock<String> = OnceLock::new();
    TABLE.get_or_init(|| {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_bench"))
            .arg("--quick")
            .env("HERMES_HOST_BIN", host_binary())
            .output()
            .unwrap()
            .into();
        output.success()
    })
}

#[track_caller]
fn only_line<'t>(table: &'t str, row: &str) -> &'t str {
    let mut lines = table.lines().filter(|line| line.starts_with(row));
    let (line, another) = (lines.next(), lines.next());
    assert!(another.is_none(), "{row}:\n{table}");
    line.unwrap_or_else(|| panic!("{row}:\n{table}"))
}

#[test]
fn a_quick_benchmark_has_every_row() {
    require!(S6);
    let table = quick_table();
    for row in [
        "binary size",
        "start-up: --version | true",
        "status | s6-svstat",
        "stop | s6-svc -wD -d, intent on tmpfs",
        "start | s6-svc -wU -u, intent on tmpfs",
        "start | s6-svc -wu -u, intent on tmpfs",
        "peak memory: status | s6-svstat",
        "peak memory: stop | s6-svc",
        "peak memory: start | s6-svc",
        "reconcile 10 profiles, all new",
        "reconcile 10 profiles, unchanged",
        "reconcile 100 profiles, all new",
        "reconcile 100 profiles, unchanged",
        "peak memory: reconcile 100 profiles",
    ] {
        only_line(table, row);
    }
    for row in SYSTEMCTL.iter().chain(&IMAGE) {
        only_line(table, row);
    }
}

#[test]
fn a_machine_with_systemd_has_the_rows_of_systemctl_as_well() {
    require!(Root, S6, Systemd, Namespaces);
    let table = quick_table();
    for row in SYSTEMCTL {
        let line = only_line(table, row);
        assert!(!line.contains("skipped"), "{line}");
    }
}

#[test]
fn a_wrong_option_is_refused() {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .arg("--fast")
        .output()
        .unwrap()
        .into();
    assert_ne!(output.status, 0);
    assert!(
        output.stderr.contains("usage: bench [--quick]"),
        "{output:?}"
    );
}
