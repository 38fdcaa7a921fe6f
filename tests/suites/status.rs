//! What status and list show on real s6, as a table and as JSON.

use hermes_tests::{Container, GATEWAY_UID, Options, Output, Test, Tree, eventually, require};
use serde_json::{Value, json};

/// Two profiles, of which coder runs.
fn with_one_running(tree: Tree, uid: u32) -> Container {
    let container = Container::start(Options::new(tree));
    container.run_gateway("sleeps");
    container.create_profiles_as(uid, &["coder", "writer"]);
    container.hermes_as(uid, "gateway start -p coder").success();
    container
}

/// The rows of a table, by their words.
fn rows(output: &Output) -> Vec<Vec<&str>> {
    let lines = output.stdout.lines();
    lines
        .map(|line| line.split_whitespace().collect())
        .collect()
}

fn fields(value: &Value) -> Vec<&str> {
    let object = value.as_object().unwrap();
    object.keys().map(String::as_str).collect()
}

#[test]
fn the_table_has_a_row_for_each_and_names_the_manager() {
    require!(Root, S6, Namespaces);
    for (tree, uid) in [(Tree::Nested, GATEWAY_UID), (Tree::Root, 0)] {
        let container = with_one_running(tree, uid);
        let pid = container.gateway_pid("coder").to_string();
        for arguments in ["gateway status --all", "gateway list"] {
            let output = container.hermes_as(uid, arguments);
            assert_eq!((output.status, output.stderr.as_str()), (0, ""));
            let mut rows = rows(&output);
            let uptime = rows[2].get(3).copied().unwrap_or_default().to_owned();
            assert!(uptime.ends_with('s'), "{output:#?}");
            rows[2].retain(|word| *word != uptime);
            assert_eq!(
                rows,
                [
                    vec![
                        "PROFILE", "STATE", "PID", "UPTIME", "RESTARTS", "WANTED", "PORT", "NOTE"
                    ],
                    vec![
                        "default",
                        "down",
                        "-",
                        "-",
                        "-",
                        "stopped",
                        "-",
                        "not",
                        "registered"
                    ],
                    vec!["coder", "running", &pid, "0", "running", "9570"],
                    vec!["writer", "down", "-", "-", "0", "stopped", "9543"],
                    vec![
                        "Manager:",
                        "s6",
                        "(container",
                        "supervisor),",
                        "scan",
                        "directory",
                        container.scandir()
                    ],
                ],
                "{output:#?}"
            );
        }
    }
}

#[test]
fn one_gateway_exits_with_3_where_it_does_not_run() {
    require!(Root, S6, Namespaces);
    let container = with_one_running(Tree::Nested, GATEWAY_UID);
    assert_eq!(container.hermes("gateway status -p coder").status, 0);
    Test::within(&container)
        .args("gateway status -p writer")
        .stdout(
            "
            PROFILE  STATE  PID  UPTIME  RESTARTS  WANTED  PORT  NOTE
            writer  down  -  -  0  stopped  9543
            Manager: s6 (container supervisor), scan directory /run/hermes/service
            ",
        )
        .status(3)
        .run();
}

#[test]
fn json_has_documented_fields_and_no_others() {
    require!(Root, S6, Namespaces);
    let container = with_one_running(Tree::Nested, GATEWAY_UID);
    let names = [
        "last_exit",
        "manager",
        "note",
        "phase",
        "pid",
        "port",
        "profile",
        "ready",
        "restarts",
        "since",
        "uptime",
        "wanted",
    ];
    let coder = container.hermes("gateway status -p coder --json");
    let mut one = coder.json();
    assert_eq!((coder.status, fields(&one)), (0, names.to_vec()));
    let since = one["since"].take();
    let since = since.as_str().unwrap();
    assert!(
        since.ends_with('Z') && since.as_bytes()[10] == b'T',
        "{since}"
    );
    assert!(one["uptime"].take().is_u64());
    assert_eq!(
        one,
        json!({
            "profile": "coder", "phase": "running", "ready": true, "wanted": "running",
            "pid": container.gateway_pid("coder"), "since": null, "uptime": null,
            "restarts": 0, "last_exit": null, "port": 9570,
            "manager": "s6 (container supervisor)", "note": null,
        })
    );
    for arguments in ["gateway status --all --json", "gateway list --json"] {
        let all = container.hermes(arguments).json();
        let all = all.as_array().unwrap();
        let profiles: Vec<_> = all.iter().map(|one| one["profile"].as_str()).collect();
        assert_eq!(profiles, [Some("default"), Some("coder"), Some("writer")]);
        assert!(all.iter().all(|one| fields(one) == names), "{all:#?}");
    }
}

#[test]
fn a_gateway_that_failed_for_good_is_wanted_but_does_not_run() {
    require!(Root, S6, Namespaces);
    let container = with_one_running(Tree::Nested, GATEWAY_UID);
    container.configure(&json!({ "command": ["/nonexistent/gateway"] }));
    assert_eq!(container.hermes("gateway start -p writer").status, 1);
    Test::within(&container)
        .args("gateway status -p writer")
        .stdout(
            "
            PROFILE  STATE  PID  UPTIME  RESTARTS  WANTED  PORT  NOTE
            writer  failed  -  -  0  running  9543  exit 78 is final: not restarted
            Manager: s6 (container supervisor), scan directory /run/hermes/service
            ",
        )
        .status(3)
        .run();
    let one = container.hermes("gateway status -p writer --json").json();
    assert_eq!(one["last_exit"], json!({ "code": 78 }), "{one:#}");
    assert_eq!(container.hermes("gateway status --all").status, 3);
    assert_eq!(container.hermes("gateway list").status, 0);
}

#[test]
fn a_gateway_that_was_killed_shows_its_restart() {
    require!(Root, S6, Namespaces);
    let container = with_one_running(Tree::Nested, GATEWAY_UID);
    let pid = container.gateway_pid("coder").to_string();
    // The shell's own: a small system has no program for it.
    container.sh(&format!("kill -9 {pid}"));
    let status = || container.hermes("gateway status -p coder --json").json();
    eventually("it runs again", || {
        let one = status();
        one["phase"] == "running" && one["pid"] != json!(pid.parse::<u32>().unwrap())
    });
    let one = status();
    assert_eq!(
        (&one["restarts"], &one["wanted"]),
        (&json!(1), &json!("running")),
        "{one:#}"
    );
}

#[test]
fn colour_is_for_those_who_ask_for_it() {
    require!(Root, S6, Namespaces);
    let container = with_one_running(Tree::Nested, GATEWAY_UID);
    let status = |arguments: &str| {
        let test = Test::within(&container).args("gateway status -p coder");
        let output = test.args(arguments).env("NO_COLOR", "1").output();
        assert_eq!(output.status, 0, "{output:#?}");
        output.stdout
    };
    let green = "\u{1b}[32mrunning\u{1b}[0m";
    assert!(status("--color=always").contains(green));
    for plain in ["", "--color=auto", "--color=never", "--color=always --json"] {
        assert!(!status(plain).contains('\u{1b}'), "{plain}");
    }
}
