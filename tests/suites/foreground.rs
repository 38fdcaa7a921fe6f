//! Gateways that run in the foreground, of which no supervisor knows.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hermes_tests::{Container, GATEWAY_UID, Options, Test, Tree, eventually, host_binary, require};
use serde_json::json;

/// The process that says it is the gateway, once it is ready.
fn pid_in(folder: &Path) -> u64 {
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).ok()?;
        serde_json::from_str::<serde_json::Value>(&text).ok()
    };
    eventually("a gateway runs", || {
        read("gateway_state.json").is_some_and(|state| state["gateway_state"] == "running")
    });
    read("gateway.pid").unwrap()["pid"].as_u64().unwrap()
}

/// The embedded gateway of coder, in a home without a supervisor.
struct Foreground {
    home: tempfile::TempDir,
    gateway: Child,
}

impl Foreground {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let create = Test::home(home.path())
            .args("profile create coder")
            .output();
        assert_eq!(create.status, 0, "{create:#?}");
        // Tests run side by side, on one set of ports.
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr();
        let port = free.unwrap().port().to_string();
        std::fs::write(home.path().join("profiles/coder/gateway_port"), port).unwrap();
        let mut gateway = Command::new(host_binary());
        gateway.args(["gateway", "run", "-p", "coder"]);
        gateway
            .env_clear()
            .env("HERMES_HOME", home.path())
            .env("PATH", "/nonexistent");
        let gateway = gateway.stderr(Stdio::null()).spawn().unwrap();
        let foreground = Self { home, gateway };
        assert_eq!(
            pid_in(&foreground.folder()),
            u64::from(foreground.gateway.id())
        );
        foreground
    }

    fn folder(&self) -> std::path::PathBuf {
        self.home.path().join("profiles/coder")
    }

    #[track_caller]
    fn fails(&self, arguments: &str, stderr: &str) {
        Test::home(self.home.path())
            .args(arguments)
            .stderr(stderr)
            .status(1)
            .run();
    }
}

impl Drop for Foreground {
    fn drop(&mut self) {
        let _ = self.gateway.kill();
        let _ = self.gateway.wait();
    }
}

#[test]
fn a_profile_stays_while_its_gateway_runs() {
    let mut foreground = Foreground::start();
    let pid = foreground.gateway.id();
    let refused = format!(
        "error: coder: its gateway runs without a supervisor, pid [PID]\n  \
         hint: end it first: kill {pid}\n"
    );
    foreground.fails("profile delete coder --yes", &refused);
    foreground.fails("profile rename coder author", &refused);
    foreground.fails(
        "gateway stop -p coder",
        &format!(
            "error: coder: no supervisor runs here: its gateway runs in the foreground, pid [PID]\n  \
             hint: kill {pid} ends it\n"
        ),
    );
    foreground.gateway.kill().unwrap();
    foreground.gateway.wait().unwrap();
    assert!(foreground.folder().join("gateway.pid").exists());
    foreground.fails(
        "gateway stop -p coder",
        "error: coder: no supervisor runs here, and its gateway does not run in the foreground\n",
    );
    Test::home(foreground.home.path())
        .args("profile rename coder author")
        .stdout("coder: renamed to author, at [HOME]/profiles/author\n")
        .run();
}

#[test]
fn reconcile_without_a_supervisor_registers_nothing_and_says_so() {
    let foreground = Foreground::start();
    let run = |arguments: &str| Test::home(foreground.home.path()).args(arguments);
    run("reconcile")
        .stdout(
            "
            default: not registered, no supervisor runs here, was never started
            coder: not registered, no supervisor runs here, was running
            ",
        )
        .run();
    let json = run("reconcile --json").output().json();
    assert_eq!(json["profiles"][1]["action"], "none", "{json:#}");
    assert!(foreground.folder().join("gateway.pid").exists());
}

#[test]
fn reconcile_keeps_the_pid_file_of_a_gateway_that_lives() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.create_profiles(&["coder", "writer"]);
    container.hermes("gateway stop -p coder").success();
    let mut gateway = container
        .command(
            GATEWAY_UID,
            "hermes-host gateway run -p coder".split(' '),
            &[("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())],
        )
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pid = pid_in(&container.path("/data/profiles/coder"));
    container.hermes("reconcile").success();
    // Of another boot, or of a number that somebody else has now.
    for stale in [
        format!("{{\"pid\": {pid}, \"start_time\": 1}}"),
        "{\"pid\": 1}".to_owned(),
    ] {
        container.write("/data/profiles/writer/gateway.pid", &stale);
        Test::within(&container)
            .args("reconcile")
            .stdout(
                "
                default: already registered (down), was never started
                coder: already registered (down), was stopped
                writer: already registered (down), was never started, stale gateway.pid removed
                ",
            )
            .run();
        assert!(container.exists("/data/profiles/coder/gateway.pid"));
    }
    for arguments in ["profile delete coder --yes", "profile rename coder author"] {
        Test::within(&container)
            .args(arguments)
            .stderr(&format!(
                "error: coder: its gateway runs without a supervisor, pid [PID]\n  \
                 hint: end it first: kill {pid}\n"
            ))
            .status(1)
            .run();
    }
    refuses_beside_it(&container, pid);
    container.sh(&format!("kill -KILL {pid}"));
    gateway.wait().unwrap();
    let reconcile = container.hermes("reconcile").success();
    assert!(
        reconcile
            .contains("coder: already registered (down), was stopped, stale gateway.pid removed"),
        "{reconcile}"
    );
}

/// Coder's gateway runs in the foreground, and coder is down.
fn refuses_beside_it(container: &Container, pid: u64) {
    let refused = format!(
        "error: coder: its gateway runs without a supervisor, pid [PID]\n  \
         hint: end it first: kill {pid}\n"
    );
    let recorded = "coder: recorded all the same: it will not come back at the next boot\n";
    for (verb, note) in [("start", ""), ("restart", ""), ("stop", recorded)] {
        Test::within(container)
            .args(&format!("gateway {verb} -p coder"))
            .stderr(&format!("{refused}{note}"))
            .status(1)
            .run();
        assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
        assert!(container.is_down("coder"));
    }
    let second = container.hermes("gateway run -p coder");
    assert!(
        second
            .stderr
            .ends_with(&format!("  hint: kill {pid} ends it\n")),
        "{second:#?}"
    );
    let intent = json!({ "desired": "running" }).to_string();
    container.write("/data/profiles/coder/gateway_intent.json", &intent);
    let status = container.hermes("gateway status -p coder --json");
    assert_eq!(status.status, 3, "{status:#?}");
    let note = format!("runs without a supervisor, pid {pid}");
    assert_eq!(status.json()["note"], json!(note), "{status:#?}");
    let reconcile = container.hermes("reconcile");
    assert_eq!(reconcile.status, 1, "{reconcile:#?}");
    assert_eq!(
        reconcile.stderr,
        format!(
            "error: coder: not started: its gateway runs without a supervisor, pid {pid}\n  \
             hint: end it first: kill {pid}\n"
        )
    );
    assert!(container.is_down("coder"));
    let intent = json!({ "desired": "stopped" }).to_string();
    container.write("/data/profiles/coder/gateway_intent.json", &intent);
}

#[test]
fn a_supervised_gateway_goes_with_its_profile() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    pid_in(&container.path("/data/profiles/coder"));
    Test::within(&container)
        .args("profile rename coder author")
        .stdout("coder: renamed to author, at /data/profiles/author, running\n")
        .run();
    Test::within(&container)
        .args("profile delete author --yes")
        .stdout("author: deleted\n")
        .run();
}
