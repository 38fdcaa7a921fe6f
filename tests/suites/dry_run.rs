//! A dry run says what the command would do, on real s6: for each verb its plan
//! is what the trace of the command itself shows next, and the machine is as it
//! was, to the inode.

use std::collections::BTreeMap;

use hermes_tests::{
    Changes, Container, GATEWAY_UID, HomeModel, Options, Output, Tree, eventually, require,
};
use serde_json::{Value, json};

const TRACE: &str = "/tmp/trace";

/// A container, and the account that commands it.
struct Machine {
    container: Container,
    uid: u32,
}

impl Machine {
    /// Runs `test` under each tree.
    fn everywhere(test: impl Fn(&Self)) {
        for (tree, uid) in [(Tree::Nested, GATEWAY_UID), (Tree::Root, 0)] {
            let container = Container::start(Options::new(tree));
            container.configure(&json!({
                "command": ["/gateways/ready-later"], "ready_timeout": "20s",
            }));
            // What gateways and their loggers would make when they start.
            container.write("/data/gateway_port", "9449\n");
            container.write("/data/logs/gateways/none", "");
            test(&Self { container, uid });
        }
    }

    fn hermes(&self, arguments: &str) -> Output {
        self.container.hermes_as(self.uid, arguments)
    }

    /// Names, types, modes, owners, times, inodes, links and contents.
    fn snapshot(&self) -> String {
        let scandir = self.container.scandir();
        self.container.sh(&format!(
            "find /data {scandir} -printf '%p %y %m %U:%G %n %s %T@ %C@ %i %l\\n' \
                -type f -exec md5sum {{}} \\; | sort"
        ))
    }

    /// Once loggers have made their files and supervisors have said their last.
    fn settled(&self) -> String {
        eventually("every gateway is down or ready, and is logged", || {
            let status = self.container.hermes_as(0, "gateway list --json").json();
            let mut gateways = status.as_array().expect("a list").iter();
            gateways.all(|gateway| {
                let log = format!("/data/logs/gateways/{}/state", text(&gateway["profile"]));
                match text(&gateway["phase"]) {
                    "running" => gateway["ready"] == true && self.container.exists(&log),
                    _ if gateway["note"] == "not registered" => true,
                    phase => phase == "down" && self.container.exists(&log),
                }
            })
        });
        let mut last = String::new();
        eventually("nothing changes any more", || {
            let now = self.snapshot();
            let same = now == last;
            last = now;
            same
        });
        last
    }

    /// The plan of a command, which changes nothing.
    fn plan(&self, command: &str) -> Value {
        let before = self.settled();
        let output = self.hermes(&format!("{command} --dry-run --json"));
        assert_eq!(
            (output.status, output.stderr.as_str()),
            (0, ""),
            "{output:#?}"
        );
        let after = self.snapshot();
        assert!(before == after, "{command}:\n{before}\n-----\n{after}");
        let plan = output.json();
        assert_eq!(plan["dry_run"], true, "{plan}");
        plan["plan"].clone()
    }

    fn home(&self) -> HomeModel {
        HomeModel::read(&self.container.path("/data"), "/data")
    }

    /// Plans a command, then does it.
    fn rehearses(&self, command: &str) {
        let plan = self.plan(command);
        let mut expected = self.home();
        let real = command.replace("profile delete", "profile delete --yes");
        self.container.sh(&format!("rm -f {TRACE}"));
        self.hermes(&format!("{real} --trace {TRACE}")).success();

        let scandir = self.container.scandir();
        let planned = Changes::planned(&plan, "s6");
        let traced = Changes::traced(&self.container.read(TRACE), scandir);
        // Which of several gateways stops first is chance: each has its own order.
        if command.ends_with("--all") {
            assert_eq!(by_gateway(&planned), by_gateway(&traced), "{command}");
        } else {
            assert_eq!(planned, traced, "{command}");
        }
        expected.apply(&plan, self.uid);
        assert_eq!(expected.differences(&self.home()), [""; 0], "{command}");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The lines of each gateway, and those of none.
fn by_gateway(lines: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut sorted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines {
        let name = line.split_once("gateway-").map_or("", |(_, rest)| rest);
        let name = name.split(['/', ' ']).next().unwrap_or_default();
        sorted
            .entry(name.to_owned())
            .or_default()
            .push(line.clone());
    }
    sorted
}

#[test]
fn each_gateway_verb_does_what_was_planned() {
    require!(Root, S6, Namespaces);
    Machine::everywhere(|here| {
        here.hermes("profile create coder").success();
        for command in [
            "gateway stop -p coder",
            "gateway start -p coder",
            "gateway start -p coder",
            "gateway restart -p coder",
            "gateway stop -p coder",
            "gateway restart -p coder",
            "gateway stop -p coder --no-wait",
            "gateway start -p coder --no-wait",
            // Registers it first.
            "gateway start -p default",
        ] {
            here.rehearses(command);
        }
    });
}

#[test]
fn verbs_on_all_gateways_do_what_was_planned() {
    require!(Root, S6, Namespaces);
    Machine::everywhere(|here| {
        for name in ["coder", "writer"] {
            here.hermes(&format!("profile create {name}")).success();
        }
        for verb in ["start", "restart", "stop"] {
            here.rehearses(&format!("gateway {verb} --all"));
        }
    });
}

#[test]
fn each_profile_verb_does_what_was_planned() {
    require!(Root, S6, Namespaces);
    Machine::everywhere(|here| {
        // What ended commands have left is swept, but not yet.
        let stale = [
            "/data/profiles/.stage-coder-1".to_owned(),
            format!("{}/.stage-gateway-coder", here.container.scandir()),
        ];
        for stale in stale {
            here.container
                .exec_as(here.uid, ["mkdir", "-p", &stale])
                .success();
        }
        here.rehearses("profile create coder");
        here.container.write(
            "/data/profiles/coder/.env",
            "TOKEN=secret\nAPI_SERVER_PORT=4000\n",
        );
        here.container
            .write("/data/profiles/coder/skills/deep/one.md", "How to.\n");
        here.container.sh("chmod 600 /data/profiles/coder/.env");
        for command in [
            "profile create writer --clone coder",
            "profile rename coder author",
            "gateway start -p author",
            "profile rename author editor",
            "profile delete editor",
            "profile delete writer",
        ] {
            here.rehearses(command);
        }
    });
}

#[test]
fn reconcile_does_what_was_planned() {
    require!(Root, S6, Namespaces);
    Machine::everywhere(|here| {
        for name in ["orphan", "stopped"] {
            here.hermes(&format!("profile create {name}")).success();
        }
        here.hermes("gateway start -p orphan").success();
        here.container.sh("rm -r /data/profiles/orphan");
        for name in ["coder", "writer"] {
            here.container.plant_profile(name);
            let port = format!("/data/profiles/{name}/gateway_port");
            here.container.write(&port, "9400\n");
        }
        let state = json!({ "gateway_state": "running" }).to_string();
        here.container
            .write("/data/profiles/coder/gateway_state.json", &state);
        here.container
            .write("/data/profiles/coder/gateway.pid", "{\"pid\": 1}");
        // What there is to do, and then nothing.
        here.rehearses("reconcile");
        here.rehearses("reconcile");
    });
}

#[test]
fn a_plan_tells_no_secret() {
    require!(Root, S6, Namespaces);
    Machine::everywhere(|here| {
        here.hermes("profile create coder").success();
        here.container
            .write("/data/profiles/coder/.env", "TOKEN=hunter2\n");
        here.container.sh("chmod 600 /data/profiles/coder/.env");
        for format in ["", " --json"] {
            let command = format!("profile create writer --clone coder --dry-run{format}");
            let plan = here.hermes(&command).success();
            assert!(
                plan.contains("/.env") && !plan.contains("hunter2"),
                "{plan}"
            );
        }
    });
}

#[test]
fn who_may_not_touch_is_refused_in_a_dry_run_too() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    let here = Machine {
        container,
        uid: 65534,
    };
    for command in [
        "gateway stop -p coder",
        "gateway restart -p coder",
        "profile create writer",
        "profile rename coder writer",
        "profile delete coder --yes",
        "reconcile",
    ] {
        let before = here.settled();
        let planned = here.hermes(&format!("{command} --dry-run"));
        assert_eq!(here.snapshot(), before, "{command}");
        let done = here.hermes(command);
        assert_eq!(done.status, 1, "{command}: {done:#?}");
        assert_eq!(
            (planned.status, planned.stderr),
            (done.status, done.stderr),
            "{command}"
        );
    }
}

#[test]
fn a_plan_of_a_stop_that_does_not_wait_says_what_it_would_do() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    // Its own file says that it runs.
    container.configure(&serde_json::json!({}));
    container.create_profiles(&["coder"]);
    container.hermes("gateway start -p coder").success();
    for command in [
        "gateway stop -p coder --no-wait --dry-run",
        "gateway stop --all --no-wait --dry-run",
    ] {
        let plan = container.hermes(command);
        assert_eq!((plan.status, plan.stderr.as_str()), (0, ""), "{plan:#?}");
        assert!(plan.stdout.contains("coder: would be stopped"), "{plan:#?}");
        assert!(container.is_up("coder"));
    }
}
