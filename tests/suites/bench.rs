//! The benchmark runs to its end and measures everything that it promises. What
//! it measures is nobody's assertion.

use std::process::Command;

use hermes_tests::{Output, host_binary, require};

#[test]
fn a_quick_benchmark_has_every_row() {
    require!(S6);
    let output: Output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .arg("--quick")
        .env("HERMES_HOST_BIN", host_binary())
        .output()
        .unwrap()
        .into();
    let table = output.success();
    for row in [
        "binary size",
        "start-up: --version | true",
        "status | s6-svstat",
        "stop | s6-svc -wD -d, intent on tmpfs",
        "start | s6-svc -wU -u, intent on tmpfs",
        "start | s6-svc -wu -u, intent on tmpfs",
        "peak memory: status",
        "peak memory: stop",
        "peak memory: start",
        "reconcile 10 profiles, all new",
        "reconcile 10 profiles, unchanged",
        "reconcile 100 profiles, all new",
        "reconcile 100 profiles, unchanged",
        "peak memory: reconcile 100 profiles",
    ] {
        let found = table.lines().filter(|line| line.starts_with(row)).count();
        assert_eq!(found, 1, "{row}:\n{table}");
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
