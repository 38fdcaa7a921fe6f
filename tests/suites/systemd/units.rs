use hermes_tests::{Container, Options, Tree, eventually, require};
use serde_json::json;

use super::machine;

/// Coder runs.
pub(super) fn running() -> Container {
    let container = machine();
    container.plant_profile("coder");
    container.hermes_as(0, "gateway start -p coder").success();
    container
}

#[test]
fn what_changed_counts_from_the_next_start_on() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    container.hermes_as(0, "gateway start -p coder").success();
    let stop_timeout =
        || container.sh("systemctl show --value -p TimeoutStopUSec hermes-gateway@coder.service");
    assert_eq!(stop_timeout(), "30s\n");
    let reloads = || container.sh("journalctl -b --no-pager | grep -c 'Reloading' || :");
    let before = reloads();
    container.hermes_as(0, "gateway restart -p coder").success();
    assert_eq!(reloads(), before, "nothing had changed");
    // Enabled and running: systemd holds the old text until it is told.
    container.configure(&json!({ "command": ["/gateways/sleeps"], "stop_timeout": "7s" }));
    container.hermes_as(0, "gateway restart -p coder").success();
    assert_eq!(stop_timeout(), "7s\n");
    assert!(!container.unit(0, "coder").needs_reload);
}

#[test]
fn a_reconcile_that_updates_what_runs_does_not_say_that_it_started_it() {
    require!(Root, Systemd, Namespaces);
    let container = running();
    let before = container.unit(0, "coder");
    container.configure(&json!({ "command": ["/gateways/sleeps"], "stop_timeout": "7s" }));
    let said = |line: &str| format!("coder: already started, {line}, was running\n");
    for (command, line) in [
        (
            "reconcile --dry-run",
            "would be updated from its next restart on",
        ),
        ("reconcile", "updated from its next restart on"),
    ] {
        let printed = container.hermes_as(0, command).success();
        assert!(printed.contains(&said(line)), "{command}: {printed}");
    }
    assert_eq!(container.unit(0, "coder"), before);
    let again = container.hermes_as(0, "reconcile").success();
    assert!(
        again.contains("coder: already started, was running\n"),
        "{again}"
    );
}

#[test]
fn an_operators_own_drop_in_counts_from_the_next_restart_on() {
    require!(Root, Systemd, Namespaces);
    let container = running();
    container.sh("printf '[Service]\\nNice=7\\n' \
         >/etc/systemd/system/hermes-gateway@coder.service.d/own.conf");
    container.hermes_as(0, "gateway restart -p coder").success();
    let nice = container.sh("systemctl show --value -p Nice hermes-gateway@coder.service");
    assert_eq!(nice, "7\n");
}

#[test]
fn what_has_lost_its_unit_is_seen_and_stopped() {
    require!(Root, Systemd, Namespaces);
    let container = running();
    container.sh("rm -r /etc/systemd/system/hermes-gateway@coder.service.d");
    let status = container
        .hermes_as(0, "gateway status -p coder --json")
        .json();
    assert_eq!(status["phase"], "running", "{status}");
    assert_eq!(
        status["note"], "its unit files are gone: gateway start, or reconcile, writes them",
        "{status}"
    );
    let stop = container.hermes_as(0, "gateway stop -p coder").success();
    assert_eq!(stop, "coder: stopped\n");
    let unit = container.unit(0, "coder");
    assert_eq!(
        (unit.active.as_str(), unit.at_boot.as_str()),
        ("inactive", "disabled")
    );
    let again = container.hermes_as(0, "gateway stop -p coder");
    assert_eq!(again.status, 4, "{again:?}");
}

#[test]
fn what_has_lost_its_unit_runs_on_through_a_reconcile() {
    require!(Root, Systemd, Namespaces);
    let container = Container::start(Options::new(Tree::Systemd));
    container.plant_profile("coder");
    // The embedded one, which says in a file of its own that it runs.
    container.hermes_as(0, "gateway start -p coder").success();
    let before = container.unit(0, "coder");
    let lose = "rm -r /etc/systemd/system/hermes-gateway@coder.service.d";
    container.sh(lose);
    let reconciled = container.hermes_as(0, "reconcile").success();
    assert!(
        reconciled.contains("coder: started, was running\n"),
        "{reconciled}"
    );
    let after = container.unit(0, "coder");
    assert_eq!(after.pid, before.pid);
    assert_eq!(
        (after.active.as_str(), after.at_boot.as_str()),
        ("active", "enabled")
    );

    // Where it is to be down it is stopped.
    container.sh(lose);
    container.write(
        "/data/profiles/coder/gateway_intent.json",
        &json!({ "desired": "stopped" }).to_string(),
    );
    container.hermes_as(0, "reconcile").success();
    let unit = container.unit(0, "coder");
    assert_eq!(
        (unit.active.as_str(), unit.at_boot.as_str()),
        ("inactive", "disabled")
    );
}

#[test]
fn what_systemd_has_read_too_early_or_without_its_file_is_read_again() {
    require!(Root, Systemd, Namespaces);
    let early = machine();
    early.hermes_as(0, "profile create other").success();
    early.sh("systemctl enable hermes-gateway@coder; systemctl daemon-reload");
    assert_eq!(load_state(&early), "bad-setting\n");
    early.hermes_as(0, "profile create coder").success();
    early.hermes_as(0, "gateway start -p coder").success();
    assert_eq!(early.unit(0, "coder").active, "active");

    for (verb, comes_back) in [
        ("gateway start -p coder", false),
        ("gateway start -p coder", true),
        ("gateway restart -p coder", true),
        ("gateway install -p coder --now", false),
        ("gateway install -p coder --now", true),
        ("reconcile", false),
        ("reconcile", true),
    ] {
        let container = running();
        container.sh(
            "cd /etc/systemd/system; mv hermes-gateway@coder.service.d /root; \
             systemctl daemon-reload; systemctl stop hermes-gateway@coder",
        );
        if comes_back {
            container.sh("mv /root/hermes-gateway@coder.service.d /etc/systemd/system");
        }
        assert_eq!(load_state(&container), "bad-setting\n");
        container.hermes_as(0, verb).success();
        // A reconcile does not wait for it.
        eventually(&format!("it runs after {verb}, {comes_back}"), || {
            container.unit(0, "coder").active == "active"
        });
    }
}

fn load_state(container: &Container) -> String {
    container.sh("systemctl show --value -p LoadState hermes-gateway@coder.service")
}

#[test]
fn a_full_disk_leaves_nothing_half_made() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    // The template and a directory fit in.
    container.sh("mount -t tmpfs -o nr_inodes=3 tmpfs /etc/systemd/system");
    let install = container.hermes_as(0, "gateway install -p coder");
    assert_eq!(install.status, 1, "{install:?}");
    assert!(install.stderr.contains("no space is left"), "{install:?}");
    let left = container.sh("ls -A /etc/systemd/system");
    assert_eq!(left, "hermes-gateway@.service\n");
}

#[test]
fn what_somebody_has_disabled_runs_and_says_so_until_a_start_enables_it() {
    require!(Root, Systemd, Namespaces);
    let container = running();
    let note = |command: &str| {
        let status = container.hermes_as(0, command).json();
        status
            .pointer("/note")
            .or(status.pointer("/1/note"))
            .cloned()
    };
    assert_eq!(note("gateway status -p coder --json"), Some(json!(null)));
    let before = container.unit(0, "coder");
    container.sh("systemctl disable hermes-gateway@coder");
    for command in ["gateway status -p coder --json", "gateway list --json"] {
        assert_eq!(
            note(command),
            Some(json!(
                "disabled, so no boot starts it: gateway start enables it, gateway stop ends it"
            )),
            "{command}"
        );
    }
    let again = container.hermes_as(0, "gateway start -p coder").success();
    assert!(again.starts_with("coder: already running"), "{again}");
    assert_eq!(container.unit(0, "coder"), before);
    assert_eq!(before.at_boot, "enabled");
    assert_eq!(note("gateway status -p coder --json"), Some(json!(null)));
}

#[test]
fn a_home_that_does_not_last_gets_no_unit() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.sh("mkdir -p /tmp/home/profiles/coder; echo x >/tmp/home/profiles/coder/SOUL.md");
    for verb in [
        "gateway start -p coder",
        "gateway install -p coder",
        "reconcile",
    ] {
        let refused = container.hermes_as(0, &format!("--home /tmp/home {verb}"));
        assert_eq!(refused.status, 1, "{refused:?}");
        assert!(
            refused
                .stderr
                .starts_with("error: /tmp/home: a home below /tmp does not last\n"),
            "{refused:?}"
        );
    }
    let drop_in = "/etc/systemd/system/hermes-gateway@writer.service.d";
    let unregistered = |name: &str| {
        format!(
            "warning: {name}: not registered: /tmp/home: a home below /tmp does not last\n  \
             hint: name one that does: --home DIR, or HERMES_HOME=DIR\n"
        )
    };
    for (verb, words, name) in [
        (
            "create author",
            "author: created at /tmp/home/profiles/author, port [PORT]\n",
            "author",
        ),
        (
            "rename author writer",
            "author: renamed to writer, at /tmp/home/profiles/writer\n",
            "writer",
        ),
    ] {
        let done = container.hermes_as(0, &format!("--home /tmp/home profile {verb}"));
        let port = done.stdout.trim().rsplit(' ').next().unwrap();
        let expected = words.replace("[PORT]", port);
        assert_eq!(
            (done.status, done.stdout.as_str(), done.stderr.as_str()),
            (0, expected.as_str(), unregistered(name).as_str())
        );
    }
    assert!(!container.exists(drop_in));
    // One that is there all the same can be taken away.
    let plant = || {
        container.hermes_as(0, "profile create writer").success();
        container.sh(&format!(
            "sed -i 's,/data,/tmp/home,g' {drop_in}/hermes-host.conf"
        ));
    };
    plant();
    container
        .hermes_as(0, "--home /tmp/home gateway uninstall -p writer")
        .success();
    assert!(!container.exists(drop_in));
    // And where its home is gone others say how.
    container
        .hermes_as(0, "profile delete writer --yes")
        .success();
    plant();
    container.sh("rm -r /tmp/home");
    let refused = container.hermes_as(0, "gateway start -p writer");
    let hint = refused
        .stderr
        .split_once("or make a profile NAME there and delete it: ");
    let script = hint.unwrap().1.replace("NAME", "writer");
    container.sh(&script);
    assert!(!container.exists(drop_in));
    container
        .hermes_as(0, "gateway install -p writer")
        .success();
}

#[test]
fn a_program_that_does_not_last_gets_no_unit() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    container.sh("cp $(command -v hermes-host) /tmp/hermes-host");
    for arguments in [
        "gateway install -p coder",
        "gateway start -p coder",
        "reconcile",
    ] {
        let words = std::iter::once("/tmp/hermes-host").chain(arguments.split(' '));
        let refused = container.exec_as(0, words);
        assert_eq!(
            (refused.status, refused.stderr.as_str()),
            (
                1,
                "error: /tmp/hermes-host: a program below /tmp does not last\n  \
                 hint: put hermes-host where it does, such as /usr/local/bin\n"
            ),
            "{arguments}"
        );
    }
    assert_eq!(hermes_units(&container), "");
}

#[test]
fn a_program_that_systemd_cannot_name_changes_no_unit() {
    require!(Root, Systemd, Namespaces);
    let container = running();
    let before = container.snapshot("/etc/systemd");
    for (path, shown) in [
        (r"/opt/b\k", r"/opt/b\\k"),
        (r#"/opt/b"k"#, r#"/opt/b\"k"#),
        ("/opt/b'k", r"/opt/b\'k"),
    ] {
        container.exec(["mkdir", "-p", path]).success();
        let program = format!("{path}/hermes-host");
        container
            .exec(["cp", "/usr/local/bin/hermes-host", &program])
            .success();
        for verb in ["install", "restart"] {
            let refused = container.exec([&program, "gateway", verb, "-p", "coder"]);
            assert_eq!(
                (refused.status, refused.stderr),
                (
                    1,
                    format!(
                        "error: coder: the backend refuses its specification: systemd starts no \
                         program with a quote, a backslash or a control character in its path: \
                         {shown}/hermes-host\n"
                    )
                ),
                "{verb}"
            );
        }
    }
    assert_eq!(container.snapshot("/etc/systemd"), before);
    assert_eq!(container.unit(0, "coder").active, "active");
}

fn hermes_units(container: &Container) -> String {
    container.sh("ls -A /etc/systemd/system | grep hermes || :")
}

#[test]
fn a_gateway_gets_no_more_than_its_limits() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    let limits = json!({ "memory_mb": 512, "cpu_percent": 150, "tasks": 64 });
    container.configure(&json!({ "command": ["/gateways/sleeps"], "limits": limits }));
    container.hermes_as(0, "profile create coder").success();
    container.hermes_as(0, "gateway start -p coder").success();
    let shown = container
        .sh("systemctl show -p MemoryMax,CPUQuotaPerSecUSec,TasksMax hermes-gateway@coder.service");
    for line in [
        "MemoryMax=536870912",
        "CPUQuotaPerSecUSec=1.500000s",
        "TasksMax=64",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    let verified = container.exec(["systemd-analyze", "verify", "hermes-gateway@coder.service"]);
    assert_eq!(
        (verified.status, verified.stderr.as_str()),
        (0, ""),
        "{verified:?}"
    );
}

#[test]
fn a_manager_that_executes_itself_anew_loses_no_verb() {
    require!(Root, Systemd, Namespaces);
    loses_no_verb(&machine());
}

#[test]
fn nor_does_one_without_a_bus() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.sh("systemctl stop dbus.socket dbus.service; rm -f /run/dbus/system_bus_socket");
    loses_no_verb(&container);
}

#[test]
fn a_bus_that_cannot_be_started_stops_no_verb() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.sh("systemctl stop dbus.service dbus.socket; \
         mkdir -p /run/systemd/system/dbus.service.d; \
         printf '[Service]\\nExecStart=\\nExecStart=/bin/false\\n' \
         >/run/systemd/system/dbus.service.d/broken.conf; \
         systemctl daemon-reload; systemctl start dbus.socket");
    container.hermes_as(0, "profile create coder").success();
    container.hermes_as(0, "gateway start -p coder").success();
    assert_eq!(container.unit(0, "coder").active, "active");
    container.hermes_as(0, "gateway stop -p coder").success();
    assert_eq!(container.unit(0, "coder").active, "inactive");
}

fn loses_no_verb(container: &Container) {
    container.configure(&json!({ "command": ["/gateways/ready-later"], "ready_timeout": "20s" }));
    container.hermes_as(0, "profile create coder").success();
    let reexec = container.path("/tmp/again");
    container.sh("(sleep 0.2; systemctl daemon-reexec; touch /tmp/again) >/dev/null 2>&1 &");
    let started = container.hermes_as(0, "gateway start -p coder").success();
    assert!(started.starts_with("coder: running, "), "{started}");
    hermes_tests::eventually("systemd has executed itself anew", || reexec.exists());
    assert_eq!(container.unit(0, "coder").active, "active");
}

#[test]
fn a_home_that_does_not_last_gets_no_units_of_another_one() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    container.hermes_as(0, "gateway start -p coder").success();
    let before = container.snapshot("/etc/systemd");
    container.sh("mkdir -p /srv/other");
    let refused = container.hermes_as(0, "--home /srv/other profile create coder");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("its name is taken: the supervisor has a gateway of /data under it"),
        "{refused:?}"
    );
    container
        .hermes_as(0, "--home /srv/other profile create author")
        .success();
    container
        .hermes_as(0, "--home /srv/other gateway start -p author")
        .success();
    let runs = container.unit(0, "author");
    let refused = container.hermes_as(0, "--home /srv/other profile rename author coder");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert_eq!(
        container.unit(0, "author"),
        runs,
        "it was not stopped for it"
    );
    container
        .hermes_as(0, "--home /srv/other profile delete author --yes")
        .success();
    container
        .hermes_as(0, "--home /srv/other reconcile")
        .success();
    container.sh("mkdir -p /tmp/home");
    let refused = container.hermes_as(0, "--home /tmp/home gateway install");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(
        refused.stderr.contains("a home below /tmp does not last"),
        "{refused:?}"
    );
    container.write("/tmp/home/profiles/coder/SOUL.md", "x");
    let refused = container.hermes_as(0, "--home /tmp/home gateway uninstall -p coder");
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.stderr.contains("a gateway of /data"), "{refused:?}");
    assert_eq!(container.unit(0, "coder").active, "active");
    assert_eq!(container.snapshot("/etc/systemd"), before);
}
