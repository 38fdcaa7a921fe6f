//! The whole output of the gateway verbs on real s6: the same words under the
//! nested tree of the gateway account and under that of root.

use hermes_tests::{Container, GATEWAY_UID, Options, Test, Tree, eventually, require};
use serde_json::json;

/// A container with profiles, and the account that commands it.
struct Gateways {
    container: Container,
    uid: u32,
}

impl Gateways {
    /// Runs `test` under each tree.
    fn everywhere(profiles: &[&str], test: impl Fn(&Self)) {
        for (tree, uid) in [(Tree::Nested, GATEWAY_UID), (Tree::Root, 0)] {
            let container = Container::start(Options::new(tree));
            container.run_gateway("sleeps");
            container.create_profiles_as(uid, profiles);
            test(&Self { container, uid });
        }
    }

    fn run(&self, arguments: &str) -> Test<'_> {
        Test::within_as(&self.container, self.uid).args(arguments)
    }

    #[track_caller]
    fn says(&self, arguments: &str, stdout: &str) {
        self.run(arguments).stdout(stdout).run();
    }

    #[track_caller]
    fn fails(&self, arguments: &str, status: i32, stderr: &str) {
        self.run(arguments).stderr(stderr).status(status).run();
    }
}

#[test]
fn each_verb_says_what_was_seen() {
    require!(Root, S6, Namespaces);
    Gateways::everywhere(&["coder"], |here| {
        let running = "coder: running, ready after [DURATION], pid [PID], port 9570\n";
        here.says("gateway stop -p coder", "coder: already stopped\n");
        here.says("gateway start -p coder", running);
        here.says(
            "gateway start -p coder",
            "coder: already running, pid [PID], port 9570\n",
        );
        here.says("gateway restart -p coder", running);
        here.says("gateway stop -p coder", "coder: stopped\n");
        here.says("gateway restart -p coder", running);
        here.says("gateway stop -p coder --no-wait", "coder: told to stop\n");
        eventually("it is down", || here.container.is_down("coder"));
        here.says("gateway start -p coder --no-wait", "coder: told to start\n");
        eventually("it is up", || here.container.is_up("coder"));
        here.says(
            "gateway restart -p coder --no-wait",
            "coder: told to restart\n",
        );
    });
}

#[test]
fn all_says_a_line_for_each() {
    require!(Root, S6, Namespaces);
    Gateways::everywhere(&["coder", "writer"], |here| {
        here.says(
            "gateway start -p coder",
            "coder: running, ready after [DURATION], pid [PID], port 9570\n",
        );
        here.says(
            "gateway restart --all",
            "
            default: stopped, left alone
            writer: stopped, left alone
            coder: running, ready after [DURATION], pid [PID], port 9570
            ",
        );
        here.says(
            "gateway stop --all",
            "
            default: not registered, left alone
            coder: stopped
            writer: already stopped
            ",
        );
        here.says(
            "gateway start --all",
            "
            default: running, ready after [DURATION], pid [PID], port 9449
            coder: running, ready after [DURATION], pid [PID], port 9570
            writer: running, ready after [DURATION], pid [PID], port 9543
            ",
        );
    });
}

#[test]
fn a_gateway_that_ignores_sigterm_is_named_and_in_the_end_killed() {
    require!(Root, S6, Namespaces);
    Gateways::everywhere(&["coder", "writer"], |here| {
        let stubborn = |stop_timeout: &str| {
            here.container.configure(&json!({
                "command": ["/gateways/ignores-term"], "stop_timeout": stop_timeout,
            }));
            here.run("gateway start -p coder").output().success();
            // What it executes ignores the signal, not the shell before.
            let pid = here.container.gateway_pid("coder");
            eventually("it ignores SIGTERM", || {
                here.container.read(&format!("/proc/{pid}/comm")) == "sleep\n"
            });
        };
        stubborn("1200ms");
        here.says(
            "gateway stop -p coder",
            "coder: killed after [DURATION], it did not stop on SIGTERM\n",
        );
        stubborn("45s");
        let error = "error: coder: still running after [DURATION], pid [PID]\n  \
                     hint: hermes-host gateway stop -p coder --timeout [DURATION], \
                     or set stop_timeout in hermes-host.json\n";
        let alone = here.run("gateway stop -p coder --timeout 300ms").output();
        assert!(alone.stderr.contains("--timeout 100s, or"), "{alone:#?}");
        here.fails("gateway stop -p coder --timeout 300ms", 5, error);
        here.run("gateway stop --all --timeout 300ms")
            .stdout("default: not registered, left alone\nwriter: already stopped\n")
            .stderr(&format!("{error}error: 1 of 3 gateways did not stop\n"))
            .status(5)
            .run();
    });
}

#[test]
fn a_gateway_that_does_not_come_up_says_where_to_read_why() {
    require!(Root, S6, Namespaces);
    Gateways::everywhere(&["coder", "writer"], |here| {
        let hint = "  hint: read what it says: /data/logs/gateways/coder/current\n";
        for (gateway, exit) in [
            (
                json!({ "command": ["/bin/false"], "ready_timeout": "20s" }),
                1,
            ),
            (json!({ "command": ["/nonexistent/gateway"] }), 78),
        ] {
            here.container.configure(&gateway);
            here.fails(
                "gateway start -p coder",
                1,
                &format!("error: coder: exited with {exit} before it was ready\n{hint}"),
            );
        }
        eventually("its log says why", || {
            let log = "/data/logs/gateways/coder/current";
            here.container.read(log).contains("/nonexistent/gateway")
        });
        here.container
            .configure(&json!({ "command": ["/gateways/sleeps"], "ready_timeout": "1h" }));
        here.fails(
            "gateway start -p writer --timeout 500ms",
            5,
            "
            error: writer: pid [PID] is not ready after [DURATION]
              hint: read what it says: /data/logs/gateways/writer/current
            ",
        );
    });
}

#[test]
fn what_is_not_registered_is_started_but_not_stopped() {
    require!(Root, S6, Namespaces);
    Gateways::everywhere(&[], |here| {
        here.container.plant_profile("coder");
        for verb in ["stop", "restart"] {
            here.fails(
                &format!("gateway {verb} -p coder"),
                4,
                "
                error: coder: not registered with the supervisor
                  hint: hermes-host gateway start -p coder registers and starts it
                ",
            );
        }
        here.says(
            "gateway start -p coder",
            "coder: running, ready after [DURATION], pid [PID], port 9570\n",
        );
    });
}

#[test]
fn profiles_are_registered_with_s6_and_leave_with_their_gateway() {
    require!(Root, S6, Namespaces);
    Gateways::everywhere(&[], |here| {
        here.says(
            "profile create coder",
            "coder: created at /data/profiles/coder, port 9570, registered with s6 (down)\n",
        );
        let created = here.run("profile create writer --json").output();
        assert_eq!(created.json()["registered_with"], "s6");
        here.says(
            "profile rename writer author",
            "writer: renamed to author, at /data/profiles/author\n",
        );
        here.run("gateway start -p coder").output().success();
        here.says(
            "profile rename coder editor",
            "coder: renamed to editor, at /data/profiles/editor, running\n",
        );
        here.says("profile delete editor --yes", "editor: deleted\n");
        for gone in ["coder", "writer", "editor"] {
            assert!(!here.container.exists(&here.container.slot(gone)), "{gone}");
        }
        assert!(here.container.is_down("author"));
    });
}

#[test]
fn under_s6_there_is_nothing_to_install() {
    require!(Root, S6, Namespaces);
    Gateways::everywhere(&[], |here| {
        here.says(
            "gateway install",
            "
            s6: nothing to install, a profile's gateway is registered when the profile is created
              hermes-host profile create NAME
              hermes-host gateway start -p NAME
              hermes-host gateway status --all
            ",
        );
        here.says(
            "gateway uninstall",
            "
            s6: nothing to uninstall, a profile's gateway is unregistered when the profile is deleted
              hermes-host gateway stop -p NAME
              hermes-host profile delete NAME
            ",
        );
    });
}
