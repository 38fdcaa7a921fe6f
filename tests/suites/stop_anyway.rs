//! A stop stops, whatever is wrong with the files of the profile, and says what
//! could not be done.

use hermes_tests::{
    Container, Options, SMALL, SmallScanDirectory, Test, Tree, eventually, require,
};
use serde_json::json;

const FOLDER: &str = "/data/profiles/coder";

#[track_caller]
fn stops(container: &Container, arguments: &str, stderr: &str, status: i32) {
    Test::within(container)
        .args(arguments)
        .stdout("coder: stopped\n")
        .stderr(stderr)
        .status(status)
        .run();
    assert!(container.is_down("coder"));
}

#[test]
fn settings_that_cannot_be_read_leave_it_its_default_patience() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder", "writer"]);
    container.configure(&json!({ "comand": ["/gateways/sleeps"] }));
    stops(
        &container,
        "gateway stop -p coder",
        "
        warning: the default stop_timeout of [DURATION] counts: /data/hermes-host.json: unknown key gateway.comand
          hint: did you mean gateway.command?
        ",
        0,
    );
    assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
    let start = container.hermes("gateway start -p coder");
    assert_eq!((start.status, start.stdout.as_str()), (1, ""), "{start:#?}");
}

#[test]
fn a_read_only_home_takes_no_word_and_keeps_no_gateway() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder", "writer"]);
    container.sh("mount --bind /data /data; mount -o remount,bind,ro /data");
    stops(
        &container,
        "gateway stop -p coder",
        "
        warning: coder: not locked while it was stopped: /data/profiles/coder/gateway_intent.lock: the file system is read-only
          hint: mount it writable
        error: coder: not recorded that it is to stay stopped, the next boot would start it again: /data/profiles/coder/gateway_intent.json: the file system is read-only
          hint: mount it writable
        ",
        1,
    );
    assert_eq!(container.intent("coder").as_deref(), Some("running"));
}

#[test]
fn a_full_home_takes_no_word_and_keeps_no_gateway() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder", "writer"]);
    container.sh(
        "cp -a /data /tmp/copy; mount -t tmpfs -o size=64k,uid=10000,gid=10000 tmpfs /data
         cp -a /tmp/copy/. /data; cat /dev/zero >/data/filler 2>/dev/null || :",
    );
    stops(
        &container,
        "gateway stop -p coder",
        "
        error: coder: not recorded that it is to stay stopped, the next boot would start it again: /data/profiles/coder/gateway_intent.json: no space left
          hint: free some space, then try again
        ",
        1,
    );
    assert_eq!(container.intent("coder").as_deref(), Some("running"));
}

#[test]
fn an_intent_that_nobody_can_read_is_replaced() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder", "writer"]);
    for (make, reason) in [
        (
            "echo '{' >F",
            "EOF while parsing an object at line 2 column 0",
        ),
        ("mkfifo F", "is not a regular file"),
        (
            "ln -s /etc/passwd F",
            "is a symbolic link, which is never followed here",
        ),
        ("echo x >F; chmod 0 F; chown root F", "permission denied"),
    ] {
        let file = format!("{FOLDER}/gateway_intent.json");
        container.sh(&format!("rm {file}; {}", make.replace('F', &file)));
        stops(
            &container,
            "gateway stop -p coder",
            &format!("coder: replaced: {file}: {reason}\n"),
            0,
        );
        assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
        container.hermes("gateway start -p coder").success();
    }
}

#[test]
fn an_intent_that_cannot_be_replaced_is_told() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder", "writer"]);
    let file = format!("{FOLDER}/gateway_intent.json");
    container.sh(&format!("rm {file}; mkdir {file}"));
    stops(
        &container,
        "gateway stop -p coder",
        &format!(
            "error: coder: not recorded that it is to stay stopped, \
             the next boot may start it again: {file}: is not a regular file\n  hint: move it out of the way\n"
        ),
        1,
    );
}

#[test]
fn a_lock_that_cannot_be_taken_is_told() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder", "writer"]);
    let file = format!("{FOLDER}/gateway_intent.lock");
    let link = "is a symbolic link, which is never followed here\n  \
                hint: replace the link with the real file or directory\n";
    let other = "is not a regular file\n  hint: move it out of the way\n";
    for (make, reason) in [
        ("ln -s elsewhere", link),
        ("mkdir", other),
        ("mkfifo -m 666", other),
    ] {
        container.sh(&format!("rm -r {file}; {make} {file}"));
        stops(
            &container,
            "gateway stop -p coder",
            &format!("warning: coder: not locked while it was stopped: {file}: {reason}"),
            0,
        );
        assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
        let start = container.hermes("gateway start -p coder");
        assert_eq!((start.status, start.stdout.as_str()), (1, ""), "{start:#?}");
        container.sh(&format!("rm -r {file}"));
        container.hermes("gateway start -p coder").success();
    }
}

#[test]
fn a_lock_that_somebody_keeps_is_told() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder", "writer"]);
    container.sh(
        "setsid flock /data/profiles/coder/gateway_intent.lock sleep 60 </dev/null >/dev/null 2>&1 &
         until ! flock -n /data/profiles/coder/gateway_intent.lock true; do sleep 0.01; done
         echo 'pid 7 (a guest)' >/data/profiles/coder/gateway_intent.lock",
    );
    Test::within(&container)
        .args("gateway start -p coder")
        .stderr(
            "
            error: coder: another command is at work on it: pid [PID] (a guest)
              hint: try again when it is done
            ",
        )
        .status(1)
        .run();
    stops(
        &container,
        "gateway stop -p coder",
        "
        warning: coder: not locked while it was stopped: another command is at work on it: pid [PID] (a guest)
        ",
        0,
    );
    assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
}

#[test]
fn a_profile_that_cannot_be_used_keeps_no_gateway() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder", "writer"]);
    let file = format!("{FOLDER}/SOUL.md");
    let link = format!(
        "{file}: is a symbolic link, which is never followed here\n  \
         hint: replace the link with the real file or directory\n"
    );
    let other = format!("{file}: is not a regular file\n  hint: move it out of the way\n");
    let none = format!(
        "{FOLDER} has no SOUL.md, so it is no profile\n  hint: write its persona to {file}\n"
    );
    for (make, reason) in [
        ("ln -s ../writer/SOUL.md", &link),
        ("mkdir", &other),
        ("mkfifo", &other),
        (":", &none),
    ] {
        container.sh(&format!("rm -r {file}; {make} {file}"));
        let error = format!("error: coder: not recorded that it is to stay stopped: {reason}");
        stops(&container, "gateway stop -p coder", &error, 1);
        let start = container.hermes("gateway start -p coder");
        assert_eq!(start.stdout, "", "{start:#?}");
        container.sh(&format!("rm -rf {file}; echo A soul. >{file}"));
        container.hermes("gateway start -p coder").success();
    }
}

#[test]
fn a_profile_that_cannot_be_used_and_is_not_registered_is_told_as_such() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.create_profiles(&["writer"]);
    for (make, reason) in [
        (
            "ln -s writer F",
            "FOLDER: is a symbolic link, which is never followed here\n  \
             hint: replace the link with the real file or directory\n",
        ),
        (
            "mkdir F; ln -s ../writer/SOUL.md F/SOUL.md",
            "FOLDER/SOUL.md: is a symbolic link, which is never followed here\n  \
             hint: replace the link with the real file or directory\n",
        ),
    ] {
        container.sh(&format!("rm -rf {FOLDER}; {}", make.replace('F', FOLDER)));
        let reason = reason.replace("FOLDER", FOLDER);
        for stop in ["gateway stop -p coder", "gateway stop -p coder --no-wait"] {
            Test::within(&container)
                .args(stop)
                .stderr(&format!("error: {reason}"))
                .status(4)
                .run();
        }
    }
}

#[test]
fn all_stops_those_that_cannot_be_used_too() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder", "writer"]);
    container.hermes("gateway start -p writer").success();
    container.sh(&format!("rm {FOLDER}/SOUL.md; mkdir {FOLDER}/SOUL.md"));
    Test::within(&container)
        .args("gateway stop --all")
        .stdout(
            "
            default: not registered, left alone
            writer: stopped
            coder: stopped
            ",
        )
        .stderr(
            "error: coder: not recorded that it is to stay stopped: \
             /data/profiles/coder/SOUL.md: is not a regular file\n  hint: move it out of the way\n",
        )
        .status(1)
        .run();
    container.sh("mv /data/profiles /data/elsewhere; ln -s elsewhere /data/profiles");
    let stop = container.hermes("gateway stop --all");
    assert_eq!(stop.status, 1, "{stop:#?}");
    assert!(stop.stdout.contains("coder: already stopped"), "{stop:#?}");
}

#[test]
fn all_are_stopped_also_without_their_profiles() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder", "writer"]);
    container.sh(&format!("mv {FOLDER} /data/away"));
    let words = "error: coder: no profile named coder in /data\n  \
                 hint: its gateway is registered all the same: hermes-host reconcile removes it\n";
    let status = container.hermes("gateway status --all");
    assert_eq!(
        (status.status, status.stderr.as_str()),
        (4, words),
        "{status:#?}"
    );
    let stop = container.hermes("gateway stop --all");
    assert_eq!(stop.status, 1, "{stop:#?}");
    assert!(stop.stdout.contains("coder: stopped\n"), "{stop:#?}");
    assert!(
        stop.stderr.contains("no profile named coder in /data"),
        "{stop:#?}"
    );
    assert!(container.is_down("coder"));
}

/// What is told and what becomes of it may find room or not, each on its own.
#[test]
fn a_stop_ends_whatever_room_is_left() {
    require!(Root, S6, Namespaces);
    let container = SmallScanDirectory::start();
    container.run_gateway("sleeps");
    container.hermes("profile create coder").success();
    for pages in 0..8 {
        container.hermes("gateway start -p coder").success();
        container.fill();
        container.leave(pages);
        let stop = container.hermes("gateway stop -p coder --timeout 5s");
        assert_eq!(stop.status, 0, "{pages}: {stop:#?}");
        assert_eq!(container.count("sleep"), 0);
        container.free();
        let again = container.hermes("gateway stop -p coder --timeout 5s");
        assert_eq!(again.status, 0, "{pages}: {again:#?}");
        let status = container.hermes("gateway status -p coder");
        assert_eq!(status.status, 3, "{pages}: {status:#?}");
    }
    container.sh(&format!("s6-svscanctl -t {SMALL}"));
}

#[test]
fn a_stop_sees_what_a_status_of_before_does_not_say() {
    require!(Root, S6, Namespaces);
    for (gateway, finish, flags) in [
        ("drains", "", "true false"),
        ("sleeps", "sleep 2", "false false"),
    ] {
        let container = SmallScanDirectory::start();
        let slot = format!("{SMALL}/gateway-coder");
        container.run_gateway(gateway);
        container.hermes("profile create coder").success();
        container.hermes("gateway start -p coder").success();
        container.sh(&format!(
            "printf '#!/bin/sh\n%s\n' '{finish}' >{slot}/finish"
        ));
        eventually("it can be told to end", || container.count("sleep") == 1);
        container
            .hermes("gateway stop -p coder --no-wait")
            .success();
        let status = || {
            container
                .exec(["s6-svstat", "-o", "up,wantedup", &slot])
                .stdout
        };
        eventually("it is ending", || status().trim() == flags);
        container.fill();
        eventually("it has ended", || {
            container.count(gateway) + container.count("finish") == 0
        });
        assert_eq!(status().trim(), flags);
        container.free();
        container
            .hermes("gateway stop -p coder --timeout 5s")
            .success();
        assert_eq!(container.hermes("gateway status -p coder").status, 3);
        container.sh(&format!("s6-svscanctl -t {SMALL}"));
    }
}

/// One that ends may free what the other's supervisor needs to write its status, or take it.
#[test]
fn a_stop_of_many_is_seen_though_s6_cannot_write_it() {
    require!(Root, S6, Namespaces);
    let container = SmallScanDirectory::start();
    container.run_gateway("sleeps");
    for name in ["coder", "writer"] {
        container
            .hermes(&format!("profile create {name}"))
            .success();
    }
    for frees in [true, false] {
        for pages in 0..5 {
            for name in ["coder", "writer"] {
                container
                    .hermes(&format!("gateway start -p {name}"))
                    .success();
            }
            if !frees {
                container.sh(&format!(
                    "for group in {SMALL}/gateway-*/data/group; do : >$group; done"
                ));
            }
            container.fill();
            container.leave(pages);
            let stop = container.hermes("gateway stop --all --timeout 5s");
            assert_eq!(stop.status, 0, "{frees}, {pages}: {stop:#?}");
            assert_eq!(container.count("sleep"), 0);
            container.free();
            // Their status may say anything for as long as they are told nothing.
            let again = container.hermes("gateway stop --all --timeout 5s");
            assert_eq!(again.status, 0, "{frees}, {pages}: {again:#?}");
        }
    }
    container.sh(&format!("s6-svscanctl -t {SMALL}"));
}

#[test]
fn a_refused_stop_that_stays_recorded_says_so() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder", "writer"]);
    let refused = "error: coder: cannot open the scan directory: permission denied \
         (scan directory /run/hermes/service)\n  \
         hint: run as root, or run the gateways under a supervisor of this account's own, which lets it write\n";
    for note in [
        "coder: recorded all the same: it will not come back at the next boot\n",
        "",
    ] {
        Test::within(&container)
            .args("gateway stop -p coder --backend s6 --fault 1:permission-denied")
            .stderr(&format!("{refused}{note}"))
            .status(1)
            .run();
        assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
    }
}

#[test]
fn a_stop_that_takes_too_long_stays_recorded_and_says_so() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder", "writer"]);
    container.run_gateway("ignores-term");
    container.hermes("gateway restart -p coder").success();
    let stop = container.hermes("gateway stop -p coder --timeout 100ms");
    assert_eq!(stop.status, 5, "{stop:#?}");
    assert!(
        stop.stderr
            .ends_with("coder: recorded all the same: it will not come back at the next boot\n"),
        "{stop:#?}"
    );
    assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
}

#[test]
fn a_stop_of_what_nobody_supervises_yet_counts_at_the_next_boot() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    let plant = || {
        container.plant_profile("coder");
        let intent = json!({ "desired": "running" }).to_string();
        container.write(&format!("{FOLDER}/gateway_intent.json"), &intent);
    };
    plant();
    Test::within(&container)
        .args("gateway stop --all")
        .stdout(
            "
            default: not registered, left alone
            coder: not registered yet, and will not be started
            ",
        )
        .run();
    assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
    plant();
    Test::within(&container)
        .args("gateway stop -p coder")
        .stdout("coder: not registered yet, and will not be started\n")
        .run();
    assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
}
