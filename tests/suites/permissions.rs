//! Nothing that root runs can be written by the gateway account, and the
//! account needs nothing of root.

use hermes_tests::{Container, GATEWAY_UID, Options, Test, Tree, eventually, require};
use serde_json::json;

fn start_as_root() -> Container {
    let container = Container::start(Options::new(Tree::Root));
    container.configure(&json!({ "command": ["/gateways/sleeps"], "user": "hermes" }));
    container
}

#[test]
fn under_a_root_supervisor_the_gateway_account_can_write_nothing_but_its_events() {
    require!(Root, S6, Namespaces);
    let container = start_as_root();
    container.create_profiles_as(0, &["coder"]);
    container.hermes_as(0, "gateway start -p coder").success();
    // Everything below the scan directory, asked as the account itself.
    let writable = "find /run/service -writable ! -type l ! -type p ! -name event";
    let output = container.exec_as(GATEWAY_UID, ["sh", "-c", writable]);
    assert_eq!(
        output.stdout, "",
        "the gateway account may write what root runs: {output:#?}"
    );
}

#[test]
fn under_a_root_supervisor_neither_run_nor_supervise_can_be_replaced() {
    require!(Root, S6, Namespaces);
    let container = start_as_root();
    container.create_profiles_as(0, &["coder"]);
    let slot = container.slot("coder");
    for attack in [
        format!("echo x >{slot}/run"),
        format!("mv {slot}/run {slot}/run.old"),
        format!("ln -s /etc/shadow {slot}/supervise/status.new"),
        format!("ln -s /etc/shadow {slot}/supervise/death_tally"),
        format!("rm {slot}/down"),
        format!("mv {slot} /run/service/mine"),
        "mkdir /run/service/evil".to_owned(),
        format!("echo x >{slot}/data/x"),
    ] {
        let output = container.exec_as(GATEWAY_UID, ["sh", "-c", &attack]);
        assert_ne!(output.status, 0, "{attack} worked");
    }
}

#[test]
fn under_a_root_supervisor_the_gateway_runs_as_its_account() {
    require!(Root, S6, Namespaces);
    let container = start_as_root();
    container.create_profiles_as(0, &["coder"]);
    container.hermes_as(0, "gateway start -p coder").success();
    let pid = container.gateway_pid("coder");
    let gateway = container
        .processes()
        .into_iter()
        .find(|process| process.pid == pid);
    assert_eq!(gateway.unwrap().uid, GATEWAY_UID);
}

#[test]
fn a_link_planted_for_the_logs_is_not_followed_by_root() {
    require!(Root, S6, Namespaces);
    for planted in ["logs", "logs/gateways", "logs/gateways/coder"] {
        let container = start_as_root();
        container.create_profiles_as(0, &["coder"]);
        container.sh("mkdir /etc/target; chmod 700 /etc/target");
        let plant = format!(
            "cd /data; rm -rf {planted}; mkdir -p $(dirname {planted}); ln -s /etc/target {planted}"
        );
        container.sh(&format!("{plant}; chown -hR hermes: /data/logs"));
        container.hermes_as(0, "gateway start -p coder --no-wait");
        container.hermes_as(0, "reconcile");
        eventually("s6 has tried", || container.svstat("coder").is_some());
        assert_eq!(
            container.sh("ls -A /etc/target; stat -c '%U %a' /etc/target"),
            "root 700\n",
            "{planted}"
        );
    }
}

#[test]
fn links_planted_on_the_volume_are_not_followed_by_root() {
    require!(Root, S6, Namespaces);
    for file in [
        "gateway_intent.json",
        "gateway_intent.lock",
        "gateway_port",
        "gateway.pid",
        "processes.json",
    ] {
        let container = start_as_root();
        container.create_profiles_as(0, &["coder"]);
        container.sh("echo precious >/etc/precious; chmod 600 /etc/precious");
        let plant = format!("ln -sf /etc/precious /data/profiles/coder/{file}");
        container.exec_as(GATEWAY_UID, ["sh", "-c", &plant]);
        for arguments in [
            "gateway start -p coder",
            "gateway stop -p coder",
            "reconcile",
            "profile list",
        ] {
            let output = container.hermes_as(0, arguments);
            let shown = format!("{}{}", output.stdout, output.stderr);
            assert!(!shown.contains("precious\n"), "{file}: {output:#?}");
        }
        assert_eq!(container.read("/etc/precious"), "precious\n", "{file}");
        assert_eq!(
            container.sh("stat -c '%U %a' /etc/precious"),
            "root 600\n",
            "{file}"
        );
    }
}

#[test]
fn under_the_nested_tree_every_verb_works_without_root() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    for arguments in [
        "profile create coder",
        "gateway start -p coder",
        "gateway status -p coder",
        "gateway restart -p coder",
        "gateway list",
        "gateway stop -p coder",
        "profile rename coder author",
        "profile show author",
        "profile create twin --clone author",
        "profile list",
        "reconcile --dry-run",
        "reconcile",
        "gateway start --all",
        "gateway stop --all",
        "profile delete twin --yes",
        "profile delete author --yes",
    ] {
        let output = container.hermes(arguments);
        assert_eq!(output.status, 0, "{arguments}: {output:#?}");
    }
    assert_eq!(container.intent("default").as_deref(), Some("stopped"));
    let foreign = container.sh("find /data /run/hermes/service ! -user hermes");
    assert_eq!(foreign, "", "all of it belongs to the account");
}

#[test]
fn somebody_else_may_look_and_not_touch() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    let pid = container.gateway_pid("coder");
    for arguments in [
        "gateway stop -p coder",
        "gateway restart -p coder",
        "profile delete coder --yes",
    ] {
        let output = container.hermes_as(65534, arguments);
        assert_eq!(output.status, 1, "{arguments}: {output:#?}");
        assert!(output.stderr.starts_with("error: "), "{output:#?}");
    }
    assert_eq!(container.gateway_pid("coder"), pid);
    assert_eq!(container.intent("coder").as_deref(), Some("running"));
}

#[test]
fn root_may_command_gateways_that_it_does_not_run() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container.hermes_as(0, "gateway start -p coder").success();
    container.hermes_as(0, "gateway stop -p coder").success();
    container.hermes("gateway start -p coder").success();
    assert!(
        container.is_up("coder"),
        "root left nothing that the account cannot write"
    );
}

#[test]
fn an_account_that_cannot_come_to_its_profile_is_told_before_anything_is_done() {
    require!(Root, S6, Namespaces);
    let container = start_as_root();
    let settings = container.read("/data/hermes-host.json");
    container.sh("mkdir -m 755 /srv/home");
    container.write("/srv/home/hermes-host.json", &settings);
    container.sh("chown -R 0:0 /srv/home");
    let run = |arguments: &str| {
        Test::within_as(&container, 0).args(&format!("--home /srv/home {arguments}"))
    };
    run("profile create coder")
        .stdout(
            "coder: created at /srv/home/profiles/coder, port 9570, registered with s6 (down)\n",
        )
        .run();
    let refused = |verb: &str, directory: &str, hint: &str| {
        run(&format!("gateway {verb} -p coder"))
            .stderr(&format!(
                "error: coder: the account hermes may not enter {directory}\n  hint: {hint}\n"
            ))
            .status(1)
            .run();
    };
    let give = "chown -R hermes /srv/home: its gateways run as the owner of the home; \
                or remove gateway.user from hermes-host.json";
    let path = "/srv/home/profiles/coder";
    refused("start", path, give);
    refused("restart", path, give);
    assert!(!container.exists(&format!("{path}/gateway_intent.json")));
    container.sh(&format!(
        "echo '{{\"desired\":\"running\"}}' >{path}/gateway_intent.json"
    ));
    run("reconcile")
        .stdout(
            "
            default: registered (down), was never started
            coder: already registered (down), was running
            ",
        )
        .stderr(&format!(
            "error: coder: not started: the account hermes may not enter {path}\n  hint: {give}\n"
        ))
        .status(1)
        .run();
    // What the hints say leads out of it.
    container.sh("chown hermes /srv/home/profiles/coder");
    run("gateway start -p coder")
        .stderr(
            "
            error: /srv/home/profiles/coder: belongs to uid 10000, not to uid 0 like the home
              hint: chown -R 0 /srv/home/profiles/coder  (after a look at what is in it)
            ",
        )
        .status(1)
        .run();
    container.sh("chown -R hermes /srv/home; chmod 700 /srv");
    refused(
        "start",
        "/srv",
        "chmod o+x /srv, or move the home to where hermes may go",
    );
    container.sh("chmod o+x /srv");
    run("gateway start -p coder")
        .stdout("coder: running, ready after [DURATION], pid [PID], port 9570\n")
        .run();
}

#[test]
fn an_account_that_cannot_execute_this_program_starts_nothing() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Root));
    container.run_gateway("sleeps");
    container.hermes_as(0, "profile create coder").success();
    container.sh("install -d -m 700 /root/bin; cp $(command -v hermes-host) /root/bin");
    let start = container.exec(["/root/bin/hermes-host", "gateway", "start", "-p", "coder"]);
    assert_eq!(start.status, 1, "{start:#?}");
    assert!(
        start
            .stderr
            .contains("may not execute /root/bin/hermes-host: /root is closed to it\n"),
        "{start:#?}"
    );
    assert_eq!(container.count("sleep"), 0);
}
