//! `--fault`: what a backend's author sees of one, on real s6.

use hermes_tests::{Container, Options, Test, Tree, require};

/// A container in which a start of `coder` has something to do.
fn with_a_stopped_gateway() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container
}

/// What the trace says of the effects of a command, a value for each.
fn effects(container: &Container) -> Vec<serde_json::Value> {
    let trace = container.read("/tmp/trace");
    let lines = trace
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    lines
        .filter(|line: &serde_json::Value| line.get("effect").is_some())
        .collect()
}

#[test]
fn an_injected_error_is_in_the_trace_and_in_the_answer() {
    require!(Root, S6, Namespaces);
    let container = with_a_stopped_gateway();
    Test::within(&container)
        .args("gateway start -p coder --backend s6 --trace /tmp/trace --fault 1:permission-denied")
        .stderr(
            "
            error: coder: cannot open the scan directory: permission denied (scan directory /run/hermes/service)
              hint: run as root, or run the gateways under a supervisor of this account's own, which lets it write
            ",
        )
        .status(1)
        .run();
    assert_eq!(
        effects(&container)[0]["outcome"],
        serde_json::json!({ "Err": "permission-denied" })
    );
    assert_eq!(container.intent("coder"), None, "it was refused outright");
}

#[test]
fn an_injected_refusal_ends_as_a_real_one() {
    require!(Root, S6, Namespaces);
    let container = with_a_stopped_gateway();
    Test::within(&container)
        .args("gateway start -p coder --backend s6 --fault 1:not-granted")
        .stderr(
            "
            error: backend s6 was refused files.open on label scan-directory: it holds no grant for it
              hint: the missing grant: none, the refusal was injected
            ",
        )
        .status(6)
        .run();
}

#[test]
fn a_kill_ends_the_trace_right_before_or_right_after_the_effect() {
    require!(Root, S6, Namespaces);
    let container = with_a_stopped_gateway();
    let listen = {
        container
            .hermes("gateway stop -p coder --trace /tmp/trace")
            .success();
        container
            .hermes("gateway start -p coder --trace /tmp/trace")
            .success();
        let place = effects(&container)
            .iter()
            .position(|line| line["action"] == "listen");
        place.expect("a start listens") + 1
    };
    for (when, done) in [("before", false), ("after", true)] {
        container.hermes("gateway stop -p coder").success();
        container.hermes("reconcile").success();
        Test::within(&container)
            .args(&format!(
                "gateway start -p coder --trace /tmp/trace --fault {listen}:kill-{when}"
            ))
            .status(137)
            .run();
        assert_eq!(effects(&container).len(), listen - 1, "{when}");
        let names = container.sh(&format!("ls -A {}", container.scandir()));
        assert_eq!(names.contains(".events-"), done, "{when}: {names}");
    }
}

#[test]
fn a_fault_that_comes_to_nothing_is_told() {
    require!(Root, S6, Namespaces);
    let container = with_a_stopped_gateway();
    Test::within(&container)
        .args("gateway status -p coder --fault 1000:io")
        .stdout(
            "
            PROFILE  STATE  PID  UPTIME  RESTARTS  WANTED  PORT  NOTE
            coder  down  -  -  0  stopped  9570
            Manager: s6 (container supervisor), scan directory /run/hermes/service
            ",
        )
        .stderr(
            "
            no fault was injected: the backend did not come to effect 1000
              hint: --trace FILE numbers the effects
            ",
        )
        .status(3)
        .run();
    // The first effect that detection closes: a handle is always let go.
    let output = container.hermes("gateway list --fault 3:io");
    assert_eq!(
        output.stderr,
        "no fault was injected: effect 3 is one that cannot fail\n  \
         hint: --trace FILE numbers the effects\n"
    );
}

#[test]
fn what_is_no_fault_is_refused() {
    for (fault, why) in [
        (
            "7",
            "write the number of an effect, a colon and a fault: 7:no-space",
        ),
        ("0:io", "effects are counted from 1 to 18446744073709551615"),
        (
            "18446744073709551616:io",
            "effects are counted from 1 to 18446744073709551615",
        ),
        (
            "7:nospace",
            "there is no such fault; there are not-granted, not-found, already-exists, \
             permission-denied, not-a-directory, is-a-directory, not-empty, read-only, no-space, \
             escapes, no-reader, would-block, too-large, timed-out, refused, closed, too-many-files, out-of-time, \
             io, kill-before, kill-after",
        ),
    ] {
        Test::new()
            .args(&format!("gateway list --fault {fault}"))
            .stderr(&format!(
                "error: \"{fault}\" is no value of --fault <K:FAULT>: {why}\n  \
                 hint: hermes-host gateway list --help shows what there is\n"
            ))
            .status(2)
            .run();
    }
}
