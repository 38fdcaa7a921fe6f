//! A systemd that is there and gives no answer, or starts nothing.

use std::process::Command;

use hermes_tests::{Container, Options, Test, Tree, require};

use super::{machine, machine_of_two};

/// Nobody hears of PID 1 for as long as this is there.
struct Silence(i32);

impl Silence {
    fn of(container: &Container) -> Self {
        let silence = Self(container.pid1());
        silence.send("-STOP");
        silence
    }

    fn send(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([signal, &self.0.to_string()])
            .status();
        assert!(sent.expect("kill runs").success(), "{signal}");
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        self.send("-CONT");
    }
}

const SILENT: &str = "the machine's systemd does not answer in time: try again, and see what \
                      `systemctl is-system-running` says (system units /etc/systemd/system)";

#[test]
fn one_that_is_silent_is_not_taken_for_none() {
    require!(Root, Systemd, Namespaces);
    let container = machine_of_two();
    container.hermes_as(0, "gateway start -p coder").success();
    container.hermes_as(0, "gateway start -p writer").success();
    container.sh("systemctl stop hermes-gateway@writer");
    let silence = Silence::of(&container);
    for verb in [
        "gateway start -p coder",
        "gateway stop -p coder",
        "gateway uninstall -p coder",
        "gateway install -p coder",
        "profile rename coder author",
        "profile delete coder --yes",
    ] {
        let refused = container.hermes_as(0, verb);
        assert_eq!(refused.status, 1, "{verb}: {refused:?}");
        let said = format!("error: coder: {SILENT}\n");
        assert!(refused.stderr.starts_with(&said), "{verb}: {refused:?}");
    }
    Test::within_as(&container, 0)
        .args("reconcile")
        .stderr(&format!("error: {SILENT}\n"))
        .status(1)
        .run();
    Test::within_as(&container, 0)
        .args("gateway status -p writer")
        .stdout(&format!(
            "
            PROFILE  STATE  PID  UPTIME  RESTARTS  WANTED  PORT  NOTE
            writer  unknown  -  -  -  running  9543  {SILENT}
            Manager: systemd (system), system units /etc/systemd/system
            "
        ))
        .stderr(&format!("error: writer: {SILENT}\n"))
        .status(1)
        .run();
    Test::within_as(&container, 0)
        .args("gateway detect")
        .stdout(
            "
            BACKEND  CONFIDENCE  USED  EVIDENCE
            s6  -  -  its supervisor is not in charge here
            systemd  50  yes  the machine's systemd does not answer in time
            noop  0  -  no supervisor was found
            ",
        )
        .run();
    // It has nothing to do with a user who has no systemd.
    let nobody = container.hermes("gateway start -p coder");
    assert!(
        nobody
            .stderr
            .starts_with("error: coder: no supervisor runs here\n"),
        "{nobody:?}"
    );
    drop(silence);
    assert_eq!(container.unit(0, "coder").active, "active");
    let reconciled = container.hermes_as(0, "reconcile").success();
    assert!(
        reconciled.contains("writer: started, was running\n"),
        "{reconciled}"
    );
}

#[test]
fn nor_is_a_users_own() {
    require!(Root, Systemd, Namespaces);
    let container = Container::start(Options::new(Tree::SystemdUser));
    container.run_gateway("sleeps");
    container.plant_profile("coder");
    let thaw = container.freeze("systemd --user --unit=default.target");
    Test::within(&container)
        .args("gateway start -p coder")
        .stderr(
            "error: coder: the user's systemd does not answer in time: try again, and see what \
             `systemctl --user is-system-running` says (user units /data/.config/systemd/user)\n",
        )
        .status(1)
        .run();
    container.sh(&thaw);
    container.hermes("gateway start -p coder").success();
}

#[test]
fn one_in_maintenance_says_so_and_stops_what_runs() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.plant_profile("coder");
    container.plant_profile("writer");
    container.hermes_as(0, "gateway start -p coder").success();
    // That it is reached is all there is to it.
    container.sh(
        "printf '[Unit]\\nDescription=x\\n' >/etc/systemd/system/rescue.target
         systemctl daemon-reload; systemctl start rescue.target",
    );
    let words = "the machine's systemd is in maintenance, so it starts no gateway: systemctl \
                 default ends that (system units /etc/systemd/system)";
    Test::within_as(&container, 0)
        .args("gateway start -p writer")
        .stderr(&format!("error: writer: {words}\n"))
        .status(1)
        .run();
    let status = container.hermes_as(0, "gateway status -p coder --json");
    assert_eq!(status.json()["phase"], "running");
    let detected = container.hermes_as(0, "gateway detect --json").json();
    assert_eq!(
        detected[1]["evidence"],
        "the machine's systemd answers, it is in maintenance"
    );
    Test::within_as(&container, 0)
        .args("gateway stop -p coder")
        .stdout("coder: stopped\n")
        .run();
}
