//! Settings and ports that are wrong are told before anything happens, and end
//! a gateway for good.

use hermes_tests::{Container, Options, Test, Tree, eventually, require};
use serde_json::json;

const NO_PORT: &str = "does not hold a port from 1 to 65535";

fn start() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder", "writer"]);
    container
}

#[test]
fn a_gateway_that_would_end_the_same_way_again_ends_with_78() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let create = Test::home(home).args("profile create coder").output();
    assert_eq!(create.status, 0, "{create:#?}");
    let command = r#"{"gateway":{"command":["/bin/true"]}}"#;
    for (settings, file, contents, error) in [
        (
            "{}",
            "hermes-host.json",
            r#"{"gateway":{"comand":["/bin/true"]}}"#,
            "error: [HOME]/hermes-host.json: unknown key gateway.comand\n  \
             hint: did you mean gateway.command?\n",
        ),
        (
            "{}",
            "hermes-host.json",
            "{",
            "error: [HOME]/hermes-host.json: EOF while parsing an object at line 1 column 1\n  \
             hint: correct it, or take it out: every setting has a default\n",
        ),
        (
            "{}",
            "hermes-host.json",
            r#"{"gateway":{"stop_timeout":"1s","stop_timeout":"2s"}}"#,
            "error: [HOME]/hermes-host.json: gateway.stop_timeout stands twice at line 1 column 46\n  \
             hint: correct it, or take it out: every setting has a default\n",
        ),
        (
            "{}",
            "profiles/coder/gateway_port",
            "99999\n",
            "error: [HOME]/profiles/coder/gateway_port: does not hold a port from 1 to 65535\n  \
             hint: correct or remove it in [HOME]/profiles/coder/gateway_port\n",
        ),
        (
            command,
            "profiles/coder/gateway_port",
            "",
            "error: [HOME]/profiles/coder/gateway_port: does not hold a port from 1 to 65535\n  \
             hint: correct or remove it in [HOME]/profiles/coder/gateway_port\n",
        ),
        (
            command,
            "profiles/coder/.env",
            "API_SERVER_PORT=none\n",
            "error: [HOME]/profiles/coder/.env: API_SERVER_PORT is not a port from 1 to 65535\n  \
             hint: correct or remove it in [HOME]/profiles/coder/.env\n",
        ),
    ] {
        std::fs::write(home.join("hermes-host.json"), settings).unwrap();
        std::fs::write(home.join(file), contents).unwrap();
        Test::home(home)
            .args("gateway run -p coder")
            .stderr(error)
            .status(78)
            .run();
    }
}

#[test]
fn settings_that_are_no_file_end_it_as_well() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("hermes-host.json")).unwrap();
    Test::home(home.path())
        .args("gateway run")
        .stderr("error: [HOME]/hermes-host.json: is not a regular file\n  hint: move it out of the way\n")
        .status(78)
        .run();
}

#[test]
fn a_supervised_gateway_stays_down_and_its_log_says_why() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.hermes("gateway start -p coder").success();
    container.configure(&json!({ "comand": ["/gateways/sleeps"] }));
    container.sh(&format!("kill -KILL {}", container.gateway_pid("coder")));
    eventually("it is left down", || {
        let status = container.hermes("gateway status -p coder --json").json();
        status["last_exit"] == json!({ "code": 78 }) && status["pid"].is_null()
    });
    eventually("its log says why", || {
        let log = container.read("/data/logs/gateways/coder/current");
        log.contains("error: /data/hermes-host.json: unknown key gateway.comand")
    });
}

#[test]
fn a_port_that_is_none_is_refused_before_anything_happens() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.hermes("gateway start -p coder").success();
    let pid = container.gateway_pid("coder");
    container.write("/data/profiles/coder/gateway_port", "none\n");
    container.write("/data/profiles/writer/.env", "API_SERVER_PORT=0\n");
    let coder = format!(
        "error: coder: /data/profiles/coder/gateway_port: {NO_PORT}\n  \
         hint: correct or remove it in /data/profiles/coder/gateway_port\n"
    );
    let writer = "error: writer: /data/profiles/writer/.env: \
         API_SERVER_PORT is not a port from 1 to 65535\n  \
         hint: correct or remove it in /data/profiles/writer/.env\n";
    for (arguments, error) in [
        ("gateway restart -p coder", coder.as_str()),
        ("gateway start -p writer", writer),
    ] {
        Test::within(&container)
            .args(arguments)
            .stderr(error)
            .status(1)
            .run();
    }
    Test::within(&container)
        .args("gateway start --all")
        .stdout("default: running, ready after [DURATION], pid [PID], port 9449\n")
        .stderr(&format!(
            "{coder}{writer}error: 2 of 3 gateways did not start\n"
        ))
        .status(1)
        .run();
    assert_eq!(container.gateway_pid("coder"), pid);
    assert_eq!(container.intent("writer"), None);

    Test::within(&container)
        .args("reconcile")
        .stdout(
            "
            default: already started, was running
            coder: already started, was running
            writer: already registered (down), was never started
            ",
        )
        .stderr(&format!("{coder}{writer}"))
        .status(1)
        .run();

    // Nor does a boot start what a start refuses.
    let intent = json!({ "desired": "running" }).to_string();
    container.write("/data/profiles/writer/gateway_intent.json", &intent);
    Test::within(&container)
        .args("reconcile")
        .stdout(
            "
            default: already started, was running
            coder: already started, was running
            writer: already registered (down), was running
            ",
        )
        .stderr(&format!("{coder}{writer}"))
        .status(1)
        .run();
    assert_eq!(container.gateway_pid("coder"), pid);
}

#[test]
fn the_default_profile_has_its_port_from_the_first_boot_on() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.hermes("reconcile").success();
    Test::within(&container)
        .args("gateway status")
        .stdout(
            "
            PROFILE  STATE  PID  UPTIME  RESTARTS  WANTED  PORT  NOTE
            default  down  -  -  0  stopped  9449
            Manager: s6 (container supervisor), scan directory /run/hermes/service
            ",
        )
        .status(3)
        .run();
}

#[test]
fn a_home_with_control_characters_in_its_path_is_none() {
    for (path, shown) in [
        ("/tmp/two\nlines", "/tmp/two\\u{a}lines"),
        ("/tmp/\u{1b}[31m", "/tmp/\\u{1b}[31m"),
        ("/tmp/x\u{202e}y", "/tmp/x\\u{202e}y"),
    ] {
        Test::new()
            .args("profile create coder --home")
            .arg(path)
            .stderr(&format!(
                "error: {shown}: a home cannot have control characters in its path\n  \
                 hint: name another one: --home DIR, or HERMES_HOME=DIR\n"
            ))
            .status(2)
            .run();
    }
}

#[test]
fn what_cannot_be_read_is_wanted_nobody_knows_how() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.create_profiles(&["coder"]);
    container.write("/data/profiles/coder/gateway_intent.json", "{");
    let status = container.hermes("gateway status -p coder --json").json();
    assert_eq!(status["wanted"], "unknown", "{status}");
    let shown = container.hermes("profile show coder --json").json();
    assert_eq!(shown["wanted"], "unknown", "{shown}");
    let table = container.hermes("gateway status -p coder").stdout;
    let words: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(words[5], "unknown", "{table}");
}

#[test]
fn a_port_that_two_profiles_set_is_told_and_stops_neither() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder", "writer"]);
    for profile in ["coder", "writer"] {
        let file = format!("{}/.env", container.home_of(profile));
        container.write(&file, "API_SERVER_PORT=9001\n");
    }
    let shared = |profile: &str, other: &str| {
        format!(
            "{profile}: {}/.env: port 9001 is the port of {other} as well\n  \
             hint: set another one there, or none: then a free one is allocated\n",
            container.home_of(profile)
        )
    };
    let start = container.hermes("gateway start -p coder");
    assert_eq!(start.status, 0, "{start:#?}");
    let warning = format!("warning: {}", shared("coder", "writer"));
    assert_eq!(start.stderr, warning);
    // Of two that are not both to run there is nothing to tell.
    container.hermes("reconcile").success();
    container.hermes("gateway start -p writer");
    let reconcile = container.hermes("reconcile");
    let [coder, writer] = [("coder", "writer"), ("writer", "coder")]
        .map(|(profile, other)| format!("error: {}", shared(profile, other)));
    assert_eq!(reconcile.stderr, format!("{coder}{writer}"));
    assert_eq!(reconcile.status, 1, "{reconcile:#?}");
    assert!(container.is_up("coder") && container.is_up("writer"));
}
