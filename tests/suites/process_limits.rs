//! A process that may not have what it needs, files above all, says so, and never that there
//! is nothing.

use hermes_tests::{Container, GATEWAY_UID, Output, Test, require};
use serde_json::json;

/// Runs `hermes-host` within what `ulimit` is told.
fn limited(container: &Container, limit: &str, arguments: &str) -> Output {
    let script = format!("ulimit {limit} && exec hermes-host {arguments}");
    container.exec_as(GATEWAY_UID, ["sh", "-c", &script])
}

#[test]
fn who_can_open_no_more_files_does_not_say_that_nothing_is_there() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    let pid = container.gateway_pid("coder");
    for verb in [
        "gateway status -p coder",
        "gateway start -p coder",
        "gateway restart --all --dry-run",
        "gateway stop -p coder --dry-run",
        "reconcile --dry-run",
        "profile create writer --dry-run",
    ] {
        let seen: Vec<bool> = (5..=16)
            .map(|files| {
                let output = limited(&container, &format!("-n {files}"), verb);
                let said = format!("{}{}", output.stdout, output.stderr);
                for lie in [
                    "no supervisor",
                    "not registered",
                    "coder: stopped",
                    "no s6-svscan",
                ] {
                    let own = said.replace("default: not registered", "");
                    assert!(!own.contains(lie), "{verb}, {files}: {output:#?}");
                }
                let failed = output.status != 0;
                assert_eq!(
                    failed,
                    said.contains("too many open files"),
                    "{verb}, {files}: {output:#?}"
                );
                failed
            })
            .collect();
        assert_eq!(seen.first(), Some(&true), "{verb}: {seen:?}");
        assert_eq!(seen.last(), Some(&false), "{verb}: {seen:?}");
    }
    assert_eq!(container.gateway_pid("coder"), pid);
    assert_eq!(container.intent("coder").as_deref(), Some("running"));
}

#[test]
fn too_many_open_files_are_not_taken_for_an_answer_of_the_supervisor() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    Test::within(&container)
        .args("--fault 1:too-many-files gateway stop -p coder")
        .stderr(
            "
            error: too many open files (in `detect`)
              hint: allow more open files: ulimit -n says how many there may be
            ",
        )
        .status(1)
        .run();
    container.hermes("gateway status -p coder").success();
}

#[test]
fn all_files_that_root_allows_are_used_and_a_gateway_gets_the_usual_limit() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    limited(&container, "-S -n 6", "gateway restart --all").success();
    // And the signals that are ignored by whoever starts it.
    let script = "ulimit -n; grep ^SigIgn /proc/self/status";
    container.configure(&json!({ "command": ["/bin/sh", "-c", script] }));
    container.hermes("gateway stop -p coder").success();
    let output = limited(&container, "-S -n 77", "gateway run -p coder");
    let usual = container.sh("grep ^SigIgn /proc/self/status");
    assert_eq!(output.success(), format!("77\n{usual}"));
}

#[test]
fn a_restart_of_all_counts_what_it_cannot_read() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    container.write("/data/profiles/coder/gateway_intent.json", "[]");
    Test::within(&container)
        .args("gateway restart --all")
        .stdout("default: stopped, left alone\n")
        .stderr(
            "
            error: coder: whether it is to run cannot be read, left alone: /data/profiles/coder/gateway_intent.json: is not a JSON object
              hint: say what the gateway is to be: hermes-host gateway start, or stop
            error: 1 of 1 gateways did not restart
            ",
        )
        .status(1)
        .run();
}

#[test]
fn where_no_file_may_grow_a_stop_stops_and_a_reconcile_ends() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    container.hermes("reconcile").success();
    let reconcile = limited(&container, "-f 0", "reconcile");
    assert_eq!(
        (reconcile.status, reconcile.stderr.as_str()),
        (
            1,
            "error: boot log: /data/logs/container-boot.log: file too large\n"
        ),
        "{reconcile:#?}"
    );
    let stop = limited(&container, "-f 0", "gateway stop -p coder");
    assert_eq!(
        (stop.status, stop.stdout.as_str(), stop.stderr.as_str()),
        (
            1,
            "coder: stopped\n",
            "error: coder: not recorded that it is to stay stopped, the next boot would start it \
             again: /data/profiles/coder/gateway_intent.json: file too large\n"
        ),
        "{stop:#?}"
    );
    assert!(container.is_down("coder"));
}

#[test]
fn memory_that_is_not_there_is_not_the_backends_fault() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    for megabytes in (20..=100).step_by(5) {
        let limit = format!("-v {}", megabytes * 1024);
        let status = limited(&container, &limit, "gateway status -p coder");
        assert!(!status.stderr.contains("broke the contract"), "{status:#?}");
    }
}

#[test]
fn what_is_made_is_usable_whatever_the_umask() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    // What an earlier one left.
    container.sh("install -d -o hermes -m 0 /data/profiles/.stage-old-7");
    let script = "umask 0777; exec hermes-host profile create writer";
    let created = container.exec_as(GATEWAY_UID, ["sh", "-c", script]);
    assert_eq!(
        created.success(),
        "writer: created at /data/profiles/writer, port 9543, registered with s6 (down)\n"
    );
    let names = container.sh("ls -A /data/profiles");
    assert_eq!(names, "coder\nwriter\n");
    container.hermes("gateway start -p writer").success();
}

#[test]
fn without_proc_it_says_that_it_cannot_find_itself() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    let hidden = |arguments: &str| {
        let script = format!("umount -l /proc && exec hermes-host {arguments}");
        container.exec(["unshare", "--mount", "sh", "-c", &script])
    };
    for verb in [
        "gateway restart -p coder",
        "reconcile",
        "profile create writer",
        "profile rename coder writer",
    ] {
        let refused = hidden(verb);
        assert_eq!(
            (
                refused.status,
                refused.stdout.as_str(),
                refused.stderr.as_str()
            ),
            (
                1,
                "",
                "error: hermes-host cannot find its own file: nothing is at /proc/self/exe\n  \
                 hint: mount /proc\n"
            ),
            "{verb}"
        );
    }
    assert_eq!(container.sh("ls -A /data/profiles"), "coder\n");
    let stop = hidden("gateway stop -p coder");
    assert_eq!(stop.success(), "coder: stopped\n");
}
