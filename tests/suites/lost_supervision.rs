//! Supervision that is not whole: an s6-svscan or an s6-supervise that has died, and
//! a status that cannot be written or read.

use hermes_tests::{
    Container, Options, SMALL, SmallScanDirectory, Test, Tree, eventually, has_reader, require,
};

const SUPERVISOR: &str = "s6-supervise gateway-coder";
const SVSCAN: &str = "4000 /run/hermes/service";

/// Of a scan directory in which s6 cannot say what came of a verb.
const FULL: &str = ": no space is left in the scan directory, free some\n";

#[test]
fn gateways_whose_s6_svscan_has_died_stay_in_sight_and_in_reach() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    // Nor does the container's own tree speak for it.
    container.sh("rmdir /run/s6/basedir; s6-svc -ok /run/service/gateways");
    let control = container.path("/run/hermes/service/.s6-svscan/control");
    eventually("it has died", || !has_reader(&control));
    assert_eq!(container.count("sleep"), 1);

    let detected = container.hermes("gateway detect").success();
    assert!(detected.contains("s6       40          yes"), "{detected}");
    let status = container.hermes("gateway status -p coder --json").json();
    assert_eq!(status["phase"], "running", "{status}");
    // What it starts nobody would bring back.
    Test::within(&container)
        .args("gateway start -p coder")
        .stderr(
            "
            error: coder: no s6-svscan runs on the scan directory (scan directory /run/hermes/service)
            ",
        )
        .status(1)
        .run();
    container.hermes("gateway stop -p coder").success();
    assert_eq!(container.count("sleep"), 0);
    container.hermes("profile delete coder --yes").success();
    assert_eq!(container.count("sleep"), 0);
    assert!(!container.exists("/run/hermes/service/gateway-coder"));
}

#[test]
fn a_stop_beside_a_dead_supervisor_keeps_the_next_one_from_starting_it() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    let thaw = container.freeze(SVSCAN);
    container.kill_one(SUPERVISOR);
    container.kill_one("sleep infinity");
    let stop = container.hermes("gateway stop -p coder");
    assert_eq!(stop.status, 1, "{stop:#?}");
    assert!(stop.stderr.contains("its supervisor is dead"), "{stop:#?}");
    assert_eq!(container.intent("coder").as_deref(), Some("stopped"));

    container.sh(&thaw);
    let supervisor = container.path("/run/hermes/service/gateway-coder/supervise/control");
    eventually("there is another supervisor", || has_reader(&supervisor));
    eventually("it has written its status", || container.is_down("coder"));
    assert_eq!(container.count("sleep"), 0);
}

#[test]
fn a_supervised_gateway_is_not_in_the_foreground_because_its_status_cannot_be_read() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    let status = format!("{}/supervise/status", container.slot("coder"));
    container.write(&status, "?");
    for verb in ["gateway status -p coder", "gateway start -p coder"] {
        let output = container.hermes(verb);
        assert_eq!(output.status, 1, "{output:#?}");
        assert!(output.stderr.contains("unsupported s6"), "{output:#?}");
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(!said.contains("foreground"), "{output:#?}");
    }
}

#[test]
fn a_status_that_is_gone_comes_back_with_a_stop() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    let status = format!("{}/supervise/status", container.slot("coder"));
    container.sh(&format!("rm {status}"));
    let missing = "is missing, though its s6-supervise runs: gateway stop has it written anew";
    for verb in ["status", "start"] {
        let output = container.hermes(&format!("gateway {verb} -p coder"));
        assert_eq!(output.status, 1, "{output:#?}");
        assert!(output.stderr.contains(missing), "{output:#?}");
    }
    container.hermes("gateway stop -p coder").success();
    assert!(container.is_down("coder"));
    container.hermes("gateway start -p coder").success();
}

#[test]
fn a_script_that_is_gone_is_written_anew() {
    require!(Root, S6, Namespaces);
    let container = Container::running_coder(&["coder"]);
    for script in ["run", "finish", "log/run"] {
        let script = format!("{}/{script}", container.slot("coder"));
        let written = container.read(&script);
        for command in ["gateway restart -p coder", "reconcile"] {
            container.sh(&format!("rm {script}"));
            container.hermes(command).success();
            assert_eq!(container.read(&script), written, "{command}");
            container.hermes("gateway status -p coder").success();
        }
    }
}

#[test]
fn a_status_that_could_not_be_written_is_not_believed() {
    require!(Root, S6, Namespaces);
    let small = SmallScanDirectory::start();
    small.run_gateway("sleeps");
    small.hermes("profile create coder").success();
    small.hermes("gateway start -p coder").success();
    small.fill();
    small.kill_one("sleep infinity");
    let unknown = "its supervisor says that it runs as pid";
    let status = small.hermes("gateway status -p coder");
    assert_eq!(status.status, 1, "{status:#?}");
    assert!(status.stdout.contains("coder    unknown"), "{status:#?}");
    assert!(status.stderr.contains(unknown), "{status:#?}");
    assert!(status.stderr.contains("gateway restart"), "{status:#?}");
    let start = small.hermes("gateway start -p coder");
    assert_eq!(start.status, 1, "{start:#?}");
    assert!(start.stderr.ends_with(FULL), "{start:#?}");

    small.free();
    small.hermes("gateway restart -p coder").success();
    small.hermes("gateway status -p coder").success();
    eventually("it runs", || small.count("sleep") == 1);
    small.sh(&format!("s6-svscanctl -t {SMALL}"));
}

#[test]
fn what_ended_while_its_supervisor_could_not_write_it_is_started() {
    require!(Root, S6, Namespaces);
    for command in ["gateway start -p coder", "reconcile"] {
        let small = SmallScanDirectory::start();
        small.run_gateway("sleeps");
        small.hermes("profile create coder").success();
        small.hermes("gateway start -p coder").success();
        small.fill();
        small.hermes("gateway stop -p coder --timeout 1s");
        assert_eq!(small.count("sleep"), 0);
        small.free();
        // As an operator who has changed their mind, or a boot.
        let intent = serde_json::json!({ "desired": "running" }).to_string();
        small.write("/data/profiles/coder/gateway_intent.json", &intent);
        small.hermes(command).success();
        eventually("it runs", || small.count("sleep") == 1);
        small.hermes("gateway status -p coder").success();
        small.sh(&format!("s6-svscanctl -t {SMALL}"));
    }
}

#[test]
fn a_start_whose_supervisor_cannot_write_says_that() {
    require!(Root, S6, Namespaces);
    let small = SmallScanDirectory::start();
    small.run_gateway("sleeps");
    small.hermes("profile create coder").success();
    small.plant_profile("writer");
    small.fill();

    let start = small.hermes("gateway start -p writer");
    assert_eq!(start.status, 1, "{start:#?}");
    assert!(start.stderr.contains("no space is left"), "{start:#?}");
    let start = small.hermes("gateway start -p coder --timeout 2s");
    assert_ne!(start.status, 0, "{start:#?}");
    assert!(!start.stderr.contains("has not been started"), "{start:#?}");
    let entries = small.sh(&format!("ls -A {SMALL}"));
    assert_eq!(entries, ".full\n.s6-svscan\ngateway-coder\n");
    eventually("it runs", || small.count("sleep") == 1);
    // Its status still says that it is down.
    small.hermes("gateway stop -p coder").success();
    eventually("it has ended", || small.count("sleep") == 0);
    small.free();
    eventually("it starts", || {
        small.hermes("gateway start -p coder").status == 0
    });
    small.sh(&format!("s6-svscanctl -t {SMALL}"));
}

#[test]
fn a_stop_ends_a_gateway_whose_supervisor_does_not_know_that_it_runs() {
    require!(Root, S6, Namespaces);
    let small = SmallScanDirectory::start();
    small.hermes("profile create coder").success();
    small.fill();
    let start = small.hermes("gateway start -p coder --timeout 2s");
    assert_eq!(start.status, 1, "{start:#?}");
    assert!(start.stderr.ends_with(FULL), "{start:#?}");
    // Its run script is told of at once, and what that becomes comes after it.
    eventually("it runs", || small.count("hermes-host") == 1);
    let stop = small.hermes("gateway stop -p coder");
    assert_eq!((stop.status, stop.stderr.as_str()), (0, ""), "{stop:#?}");
    assert_eq!(small.count("hermes-host"), 0);
    small.free();
    // A supervisor may still be telling of what it could not write.
    eventually("it starts", || {
        small.hermes("gateway start -p coder").status == 0
    });
    small.sh(&format!("s6-svscanctl -t {SMALL}"));
}

/// What comes in the way of writing, or goes out of it again.
type Hinder = fn(&SmallScanDirectory);

#[test]
fn a_stop_happens_where_nothing_can_be_written() {
    require!(Root, S6, Namespaces);
    let mount_read_only: Hinder = |small| {
        small.sh(&format!(
            "mount --bind {SMALL} {SMALL}; mount -o remount,bind,ro {SMALL}"
        ));
    };
    let unmount: Hinder = |small| {
        small.sh(&format!("umount {SMALL}"));
    };
    let full: (Hinder, Hinder) = (SmallScanDirectory::fill, SmallScanDirectory::free);
    for ((hinder, help), is_full, frozen) in [
        (full, true, false),
        (full, true, true),
        ((mount_read_only, unmount), false, false),
        ((mount_read_only, unmount), false, true),
    ] {
        let small = SmallScanDirectory::start();
        small.run_gateway("sleeps");
        small.hermes("profile create coder").success();
        hinder(&small);
        small.hermes("gateway stop --all").success();
        help(&small);

        small.hermes("gateway start -p coder").success();
        eventually("it runs", || small.count("sleep") == 1);
        hinder(&small);
        if frozen {
            let thaw = small.freeze(SUPERVISOR);
            let stop = small.hermes("gateway stop -p coder --timeout 300ms");
            assert_eq!(stop.status, 5, "{is_full}: {stop:#?}");
            assert!(stop.stderr.contains("told to stop, but"), "{stop:#?}");
            small.sh(&thaw);
            eventually("it has ended", || small.count("sleep") == 0);
        } else {
            let stop = small.hermes("gateway stop -p coder");
            // What takes no space can still be written; else it would come up
            // again with its supervisor.
            assert_eq!(stop.status == 0, is_full, "{stop:#?}");
            let told = stop
                .stderr
                .starts_with("error: coder: stopped, but cannot ");
            assert_eq!(told, !is_full, "{stop:#?}");
            assert_eq!(small.count("sleep"), 0, "{is_full}");
        }
        help(&small);
        small.sh(&format!("s6-svscanctl -t {SMALL}"));
    }
}

#[test]
fn where_the_profiles_are_behind_a_link_no_hint_leads_in_a_circle() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container.sh("mv /data/profiles /data/elsewhere; ln -s elsewhere /data/profiles");
    let list = container.hermes("gateway list");
    let link = "/data/profiles: is a symbolic link, which is never followed here\n  \
                hint: replace the link with the real file or directory\n";
    let coder = format!(
        "error: coder: {link}  \
         hint: its gateway is registered all the same, and no reconcile removes it before that\n"
    );
    assert!(list.stderr.contains(&coder), "{list:#?}");
    let reconcile = container.hermes("reconcile");
    assert!(
        reconcile.stderr.contains("is left as it is: gateway-coder"),
        "{reconcile:#?}"
    );
}

#[test]
fn a_full_scan_directory_is_told_at_once() {
    require!(Root, S6, Namespaces);
    // Not 5: its time is not over.
    let told = |small: &SmallScanDirectory, arguments: &str| {
        let output = small.hermes(arguments);
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (1, ""),
            "{output:#?}"
        );
        assert!(output.stderr.ends_with(FULL), "{output:#?}");
    };
    let small = SmallScanDirectory::start();
    small.run_gateway("sleeps");
    small.hermes("profile create coder").success();
    small.fill();
    // It runs, and its supervisor cannot write that.
    told(&small, "gateway start -p coder");
    eventually("it runs", || small.count("sleep") == 1);
    told(&small, "gateway start -p coder");
    assert_eq!(small.count("sleep"), 1);
    small.free();
    small.hermes("gateway restart -p coder").success();

    // It has ended, and its supervisor could not write that.
    small.fill();
    small.kill_one("sleep infinity");
    told(&small, "gateway start -p coder");
    told(&small, "gateway restart -p coder");
    small.sh(&format!("s6-svscanctl -t {SMALL}"));
}
