//! Records the main flows anew, in containers with a real s6 and a real systemd,
//! for `tests/suites/replay.rs`.

use std::fs;
use std::process::ExitCode;

use hermes_tests::{Container, FLOWS, Options, Requirement, Tree, eventually, recordings};

fn main() -> ExitCode {
    let needed = [
        Requirement::Root,
        Requirement::S6,
        Requirement::Systemd,
        Requirement::Namespaces,
    ];
    if let Some(reason) = hermes_tests::missing(&needed) {
        eprintln!("error: recording {reason}\n  hint: sudo make recordings");
        return ExitCode::FAILURE;
    }
    fs::create_dir_all(recordings()).expect("the recordings are writable");
    s6_and_noop();
    systemd();
    println!("recorded {} flows", FLOWS.len());
    ExitCode::SUCCESS
}

fn s6_and_noop() {
    let mut container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");

    record(&container, "s6-create", "profile create coder");
    record(&container, "s6-start-registered", "gateway start -p coder");
    record(&container, "s6-restart", "gateway restart -p coder");
    record(&container, "s6-status", "gateway status --all");
    record(&container, "s6-stop", "gateway stop -p coder");
    record(&container, "s6-delete", "profile delete coder --yes");

    for profile in ["reader", "writer"] {
        container.plant_profile(profile);
    }
    record(
        &container,
        "s6-start-unregistered",
        "gateway start -p writer",
    );
    container.restart();
    record(&container, "s6-reconcile-boot", "reconcile");
    eventually("what was to run is ready", || {
        let status = container.svstat("writer");
        status.is_some_and(|status| status.ready)
    });
    record(&container, "s6-reconcile-unchanged", "reconcile");

    for (flow, arguments) in [
        ("noop-create", "profile create coder"),
        ("noop-status", "gateway status --all"),
        ("noop-reconcile", "reconcile"),
    ] {
        record(&container, flow, &format!("--backend noop {arguments}"));
    }
}

fn systemd() {
    let container = Container::start(Options::new(Tree::Systemd));
    container.run_gateway("sleeps");
    for (flow, arguments) in [
        ("systemd-create", "profile create coder"),
        ("systemd-start", "gateway start -p coder"),
        ("systemd-status", "gateway status --all"),
        ("systemd-delete", "profile delete coder --yes"),
    ] {
        record(&container, flow, arguments);
    }
}

/// Runs a command as the one who operates the gateways and keeps what it records.
fn record(container: &Container, flow: &str, arguments: &str) {
    assert!(FLOWS.contains(&flow), "{flow} is not replayed");
    let trace = "/tmp/trace";
    let output = container.hermes_as(
        container.operator(),
        &format!("{arguments} --trace {trace}"),
    );
    assert!([0, 3].contains(&output.status), "{output:#?}");
    let path = recordings().join(format!("{flow}.jsonl"));
    fs::write(path, container.read(trace)).expect("the recordings are writable");
}
