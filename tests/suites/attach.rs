//! `gateway start --attach`, on a real s6.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Stdio};

use hermes_tests::{Container, GATEWAY_UID, Options, Test, Tree, eventually, require};
use serde_json::json;

fn container() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("does-as-told");
    container.create_profiles(&["coder"]);
    container
}

/// What the gateway does the next time it is started, which is at once.
fn ends_next_with(container: &Container, how: &str) {
    let pid = container.gateway_pid("coder");
    eventually("it has looked what to do", || {
        container.read(&format!("/proc/{pid}/comm")) == "sleep\n"
    });
    container.write("/data/profiles/coder/exit", how);
    container.sh(&format!("kill -KILL {pid}"));
}

/// A start that stays.
struct Attached<'a> {
    container: &'a Container,
    child: Child,
    out: BufReader<ChildStdout>,
}

impl<'a> Attached<'a> {
    /// Returns once it has said that the gateway runs.
    fn start(container: &'a Container) -> Self {
        let words = "hermes-host gateway start -p coder --attach".split(' ');
        let mut child = container
            .command(GATEWAY_UID, words, &[])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert!(line.starts_with("coder: running, ready after "), "{line}");
        Self {
            container,
            child,
            out,
        }
    }

    fn signal(&self, signal: &str) {
        let processes = self.container.processes();
        let own = |command: &str| command == "hermes-host gateway start -p coder --attach";
        let own = processes.iter().find(|one| own(&one.command)).unwrap();
        self.container.sh(&format!("kill -s {signal} {}", own.pid));
    }

    /// Waits for its end.
    #[track_caller]
    fn ends(mut self, status: i32, stderr: &str) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        let mut said = String::new();
        let mut err = self.child.stderr.take().unwrap();
        err.read_to_string(&mut said).unwrap();
        let ended = self.child.wait().unwrap().code();
        let seen = (ended, rest.as_str(), said.as_str());
        assert_eq!(seen, (Some(status), "", stderr));
    }
}

#[test]
fn it_ends_with_an_operators_stop_and_not_with_a_restart() {
    require!(Root, S6, Namespaces);
    let container = container();
    let attached = Attached::start(&container);
    let first = container.gateway_pid("coder");
    container.sh(&format!("kill -KILL {first}"));
    eventually("it is back", || {
        container.is_up("coder") && container.gateway_pid("coder") != first
    });
    container.hermes("gateway restart -p coder").success();
    container.hermes("gateway stop -p coder").success();
    attached.ends(0, "coder: stopped\n");
    assert_eq!(container.intent("coder").as_deref(), Some("stopped"));
}

#[test]
fn it_ends_with_the_gateways_own_exit_code() {
    require!(Root, S6, Namespaces);
    for (how, status, says) in [
        ("78", 78, "coder: exit 78 is final: not restarted\n"),
        ("0", 0, "coder: ended by itself, with exit 0\n"),
    ] {
        let container = container();
        let attached = Attached::start(&container);
        ends_next_with(&container, how);
        attached.ends(status, says);
        assert_eq!(container.intent("coder").as_deref(), Some("running"));
    }
}

#[test]
fn one_that_is_given_up_ends_it_as_it_died() {
    require!(Root, S6, Namespaces);
    for (how, status) in [("7", 7), ("KILL", 137)] {
        let container = container();
        container.configure(&json!({
            "command": ["/gateways/does-as-told"],
            "restart": { "max_deaths": 2, "max_delay": "0s" },
        }));
        let attached = Attached::start(&container);
        ends_next_with(&container, how);
        let Attached { mut child, .. } = attached;
        let mut said = String::new();
        let mut err = child.stderr.take().unwrap();
        err.read_to_string(&mut said).unwrap();
        assert!(
            said.starts_with("coder: quarantined: died 2 times in 60 s"),
            "{said}"
        );
        assert_eq!(child.wait().unwrap().code(), Some(status));
    }
}

#[test]
fn a_gateway_that_does_not_come_up_ends_it_as_a_start_ends() {
    require!(Root, S6, Namespaces);
    let container = container();
    let attach = || container.hermes("gateway start -p coder --attach");
    container.write("/data/profiles/coder/exit", "78");
    let settings =
        |more: &str| json!({ "command": ["/gateways/does-as-told"], "ready_timeout": more });
    container.configure(&settings("20s"));
    let output = attach();
    assert_eq!(output.status, 78, "{output:#?}");
    assert!(
        output
            .stderr
            .starts_with("error: coder: exited with 78 before it was ready\n"),
        "{output:#?}"
    );
    assert!(
        output
            .stderr
            .ends_with("coder: exit 78 is final: not restarted\n"),
        "{output:#?}"
    );
    // Its supervisor tries again, which is waited for.
    container.configure(&json!({
        "command": ["/gateways/does-as-told"],
        "restart": { "max_deaths": 2, "max_delay": "0s" },
    }));
    container.write("/data/profiles/coder/exit", "9");
    let output = attach();
    assert_eq!(output.status, 9, "{output:#?}");
    let says = "coder: quarantined: died 2 times in 60 s";
    assert!(output.stderr.contains(says), "{output:#?}");
    container.hermes("gateway stop -p coder").success();
    // One that says nothing.
    container.sh("rm /data/profiles/coder/exit");
    container.configure(&settings("300ms"));
    assert_eq!(attach().status, 5);
}

#[test]
fn a_signal_ends_it_and_nothing_else() {
    require!(Root, S6, Namespaces);
    let container = container();
    for (signal, status) in [("TERM", 143), ("INT", 130)] {
        let attached = Attached::start(&container);
        let pid = container.gateway_pid("coder");
        // Until it has them both are as they are for every program.
        eventually("it takes signals over", || attached_catches(&container));
        attached.signal(signal);
        attached.ends(status, "");
        assert_eq!(container.gateway_pid("coder"), pid);
        assert_eq!(container.intent("coder").as_deref(), Some("running"));
        container.hermes("gateway stop -p coder").success();
    }
}

/// Whether SIGTERM and SIGINT are caught, by what the kernel says.
fn attached_catches(container: &Container) -> bool {
    let caught = container.sh(
        "for status in /proc/[0-9]*/status; do
             tr '\\0' ' ' <\"${status%status}cmdline\" 2>/dev/null | grep -q '^hermes-host.*--attach' || continue
             sed -n 's/^SigCgt:\t//p' $status
         done",
    );
    u64::from_str_radix(caught.trim(), 16).is_ok_and(|caught| caught & 0x4002 == 0x4002)
}

#[test]
fn a_profile_that_goes_ends_it() {
    require!(Root, S6, Namespaces);
    let container = container();
    let attached = Attached::start(&container);
    container.hermes("profile delete coder --yes").success();
    attached.ends(0, "coder: unregistered\n");
}

#[test]
fn a_supervision_tree_that_is_made_anew_does_not_end_it() {
    require!(Root, S6, Namespaces);
    let container = container();
    let attached = Attached::start(&container);
    container.sh("s6-svc -wD -d /run/service/gateways; rm -r /run/hermes/service/gateway-*");
    let nested = "/run/hermes/service/.s6-svscan/control";
    container.sh("s6-svc -u /run/service/gateways");
    eventually("there is a new tree", || {
        hermes_tests::has_reader(container.path(nested))
    });
    assert_eq!(container.intent("coder").as_deref(), Some("running"));
    container.hermes("reconcile").success();
    container.hermes("gateway stop -p coder").success();
    let Attached { mut child, .. } = attached;
    let mut said = String::new();
    let mut err = child.stderr.take().unwrap();
    err.read_to_string(&mut said).unwrap();
    assert!(said.ends_with("coder: stopped\n"), "{said}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn it_stays_with_one_gateway_that_it_has_started() {
    for option in ["--all", "--no-wait", "--dry-run"] {
        let output = Test::new()
            .args("gateway start --attach")
            .arg(option)
            .output();
        assert_eq!(output.status, 2, "{output:#?}");
        let says = format!("--attach and {option} contradict each other");
        let other = format!("{option} and --attach contradict each other");
        let said = &output.stderr;
        assert!(said.contains(&says) || said.contains(&other), "{output:#?}");
    }
    Test::new()
        .args("gateway start --attach -p coder")
        .stderr(
            "error: no profile named coder in [HOME]\n  hint: hermes-host profile list shows all\n",
        )
        .status(4)
        .run();
}
