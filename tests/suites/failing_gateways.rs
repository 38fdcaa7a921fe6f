//! Gateways that crash, hang, never get ready or cannot even be executed.

use hermes_tests::{Container, Options, Tree, eventually, require};
use serde_json::json;

fn with_coder() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container
}

#[test]
fn what_ends_a_gateway_decides_whether_it_comes_back() {
    require!(Root, S6, Namespaces);
    for (how, comes_back) in [
        ("0", false),
        ("78", false),
        ("1", true),
        ("75", true),
        ("KILL", true),
    ] {
        let container = with_coder();
        container.run_gateway("does-as-told");
        container.write("/data/profiles/coder/exit", how);
        // It does not stay up long enough to be called started.
        container.hermes("gateway start -p coder --no-wait");
        let starts = || {
            let path = "/data/profiles/coder/starts";
            if container.exists(path) {
                container.read(path).lines().count()
            } else {
                0
            }
        };
        if comes_back {
            eventually(&format!("it came back after {how}"), || starts() >= 2);
            assert!(container.svstat("coder").unwrap().wanted_up);
        } else {
            eventually(&format!("it stays down after {how}"), || {
                starts() > 0 && container.is_down("coder")
            });
            assert_eq!(starts(), 1);
        }
    }
}

#[test]
fn a_gateway_that_keeps_dying_is_given_up_with_a_reason() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    let restart = json!({ "max_deaths": 3, "window": "60s", "max_delay": "100ms" });
    container.configure(&json!({ "command": ["/gateways/does-as-told"], "restart": restart }));
    container.write("/data/profiles/coder/exit", "1");
    container.hermes("gateway start -p coder --no-wait");
    eventually("it is given up", || {
        container.exists("/data/profiles/coder/starts") && container.is_down("coder")
    });
    assert_eq!(
        container
            .read("/data/profiles/coder/starts")
            .lines()
            .count(),
        3
    );
    assert_eq!(
        container.intent("coder").as_deref(),
        Some("running"),
        "the operator's intent stands"
    );

    let status = container.hermes("gateway status -p coder");
    assert_eq!(status.status, 3, "{status:#?}");
    assert!(
        status.stdout.contains("failed") && status.stdout.contains("exit 1"),
        "{status:#?}"
    );

    // It does nothing but to change what is wanted.
    for said in [
        "coder: was down, and stays down\n",
        "coder: already stopped\n",
    ] {
        assert_eq!(container.hermes("gateway stop -p coder").success(), said);
    }

    container.sh("rm /data/profiles/coder/exit");
    container.hermes("gateway start -p coder").success();
    assert!(
        container.is_up("coder"),
        "an operator's start gives it a new chance"
    );
}

#[test]
fn a_gateway_that_asks_for_restarts_is_not_given_up() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    let restart = json!({ "max_deaths": 2, "window": "60s", "max_delay": "100ms" });
    container.configure(&json!({ "command": ["/gateways/does-as-told"], "restart": restart }));
    container.write("/data/profiles/coder/exit", "75");
    container.hermes("gateway start -p coder --no-wait");
    eventually("it comes back more often than it may die", || {
        let starts = "/data/profiles/coder/starts";
        container.exists(starts) && container.read(starts).lines().count() > 3
    });
    assert!(container.svstat("coder").unwrap().wanted_up);
}

#[test]
fn a_stop_that_is_ignored_times_out_and_names_the_process() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.configure(&json!({ "command": ["/gateways/ignores-term"], "stop_timeout": "1h" }));
    container.hermes("gateway start -p coder").success();
    let pid = container.gateway_pid("coder");
    let output = container.hermes("gateway stop -p coder --timeout 200ms");
    assert_eq!(output.status, 5, "{output:#?}");
    assert!(output.stderr.contains(&format!("pid {pid}")), "{output:#?}");
    assert!(output.stderr.contains("  hint: "), "{output:#?}");
    assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
}

#[test]
fn a_gateway_that_ignores_term_is_killed_after_its_stop_timeout() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.configure(&json!({ "command": ["/gateways/ignores-term"], "stop_timeout": "300ms" }));
    container.hermes("gateway start -p coder").success();
    container
        .hermes("gateway stop -p coder --timeout 20s")
        .success();
    assert!(container.is_down("coder"));
}

#[test]
fn a_gateway_that_cannot_be_executed_is_named() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.write("/data/not-executable", "x");
    container.write("/data/bad-interpreter", "#!/nonexistent/sh\n");
    container.write("/data/no-interpreter", "#!/tmp\n");
    container.write("/data/no-program", "\x7fELF\n");
    container.sh("cd /data; chmod +x bad-interpreter no-interpreter no-program");
    for program in [
        "/data/nonexistent",
        "/data/not-executable",
        "/data/bad-interpreter",
        "/data/no-interpreter",
        "/data/no-program",
        "/data",
    ] {
        container.configure(&json!({ "command": [program] }));
        let output = container.hermes("gateway start -p coder --timeout 20s");
        assert_eq!(output.status, 1, "{output:#?}");
        assert!(output.stderr.starts_with("error: "), "{output:#?}");
        container.hermes("gateway stop -p coder").success();
    }
}

#[test]
fn a_gateway_that_never_gets_ready_times_out() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.configure(&json!({ "command": ["/gateways/sleeps"], "ready_timeout": "300ms" }));
    let output = container.hermes("gateway start -p coder");
    assert_eq!(output.status, 5, "{output:#?}");
}

#[test]
fn nothing_outlives_a_gateway_in_its_process_group() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    let children = "echo $$ > /data/profiles/coder/wrapper; sleep 100001 & exec sleep 100002";
    container.configure(&json!({ "command": ["/bin/sh", "-c", children] }));
    let left = || {
        let processes = container.processes();
        processes
            .iter()
            .filter(|one| one.command.starts_with("sleep 10000"))
            .count()
    };
    container.hermes("gateway start -p coder").success();
    eventually("both run", || left() == 2);
    container.hermes("gateway stop -p coder").success();
    eventually("a stop leaves none", || left() == 0);

    container.hermes("gateway start -p coder").success();
    eventually("both run", || left() == 2);
    let first = container.gateway_pid("coder");
    container.sh("kill -KILL $(cat /data/profiles/coder/wrapper)");
    eventually("a restart leaves none of the old ones", || {
        let pid = container.svstat("coder").and_then(|status| status.pid);
        left() == 2 && pid.is_some_and(|pid| pid != first)
    });
    // Its log is let go of as well: nothing to wait for.
    container.hermes("profile delete coder --yes").success();
    assert_eq!(left(), 0);
}

#[test]
fn a_start_waits_until_what_ignores_its_stop_is_there_anew() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    let stubborn = |stop_timeout: &str| {
        container.configure(&json!({
            "command": ["/gateways/ignores-term"], "stop_timeout": stop_timeout,
        }));
        container.hermes("gateway start -p coder").success();
        let pid = container.gateway_pid("coder");
        // What it executes ignores the signal, not the shell before.
        eventually("it ignores SIGTERM", || {
            container.read(&format!("/proc/{pid}/comm")) == "sleep\n"
        });
        container
            .hermes("gateway stop -p coder --no-wait")
            .success();
        pid
    };
    let old = stubborn("1500ms");
    eventually("it has been told to stop", || {
        !container.svstat("coder").unwrap().wanted_up
    });
    let said = container.hermes("gateway start -p coder").success();
    let new = container.gateway_pid("coder");
    assert_ne!(new, old, "{said}");
    assert!(said.starts_with("coder: running, ready after 1."), "{said}");
    assert!(said.contains(&format!("pid {new}")), "{said}");
    assert!(container.svstat("coder").unwrap().wanted_up);

    container.hermes("gateway stop -p coder").success();
    let old = stubborn("1h");
    let error = format!(
        "error: coder: still on its way down after 300 ms, pid {old}: \
         s6 starts it anew once that is gone\n"
    );
    // The supervisor wants it up from the first of them on.
    for _ in 0..2 {
        let late = container.hermes("gateway start -p coder --timeout 300ms");
        assert_eq!((late.status, late.stdout.as_str()), (5, ""), "{late:#?}");
        assert!(late.stderr.starts_with(&error), "{late:#?}");
        assert!(container.svstat("coder").unwrap().wanted_up);
    }
    container
        .hermes("gateway start -p coder --no-wait")
        .success();
    container.sh(&format!("(sleep 0.5; kill -9 {old}) >&- 2>&- &"));
    let said = container.hermes("gateway start -p coder").success();
    assert!(said.starts_with("coder: running, ready after "), "{said}");
    assert_ne!(container.gateway_pid("coder"), old, "{said}");
    let again = container.hermes("gateway start -p coder").success();
    assert!(again.starts_with("coder: already running"), "{again}");
}

#[test]
fn a_reconcile_does_not_call_started_what_dies_at_once() {
    require!(Root, S6, Namespaces);
    let container = with_coder();
    container.configure(&json!({ "command": ["/bin/false"], "ready_timeout": "3s" }));
    let intent = json!({ "desired": "running" }).to_string();
    container.write("/data/profiles/coder/gateway_intent.json", &intent);
    let reconcile = container.hermes("reconcile");
    assert_eq!(reconcile.status, 1, "{reconcile:#?}");
    assert!(!reconcile.stdout.contains("coder"), "{reconcile:#?}");
    assert!(
        reconcile.stderr.contains("error: coder: "),
        "{reconcile:#?}"
    );
}
