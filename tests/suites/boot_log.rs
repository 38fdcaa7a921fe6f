//! The log that tells each boot's findings and doings.

use hermes_tests::{Container, Options, Output, Test, Tree, require};

const LOG: &str = "/data/logs/container-boot.log";

fn start() -> Container {
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container
}

fn reconcile(container: &Container) -> Output {
    container.hermes("reconcile")
}

fn plant(container: &Container, profile: &str, file: &str, contents: &str) {
    container.plant_profile(profile);
    container.write(&format!("{}/{file}", container.home_of(profile)), contents);
}

#[test]
fn each_boot_is_logged_one_line_a_profile_the_default_first() {
    require!(Root, S6, Namespaces);
    let container = start();
    plant(
        &container,
        "writer",
        "gateway_state.json",
        r#"{"gateway_state":"running"}"#,
    );
    plant(
        &container,
        "coder",
        "state/gateway.lifecycle.json",
        r#"{"phase":"running"}"#,
    );
    reconcile(&container).success();
    let log = container.read(LOG);
    let lines: Vec<_> = log
        .lines()
        .map(|line| line.split_once(' ').unwrap().1)
        .collect();
    assert_eq!(
        lines,
        [
            "profile=default prior_state=None action=registered prior_exit=unknown",
            "profile=coder prior_state=None action=registered prior_exit=unclean",
            "profile=writer prior_state=running action=started prior_exit=unknown",
        ]
    );
    reconcile(&container).success();
    assert_eq!(
        container.read(LOG).lines().count(),
        6,
        "the second boot is appended"
    );
}

#[test]
fn a_profile_that_cannot_be_used_has_its_line_too() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.plant_profile("coder");
    plant(&container, "writer", "gateway_intent.json", "[]");
    container.sh("ln -s coder /data/profiles/linked");
    let output = reconcile(&container);
    assert_eq!(output.status, 1, "{output:?}");
    let log = container.read(LOG);
    let actions: Vec<_> = log
        .lines()
        .map(|line| line.split(' ').skip(1).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        actions,
        [
            "profile=default prior_state=None action=registered prior_exit=unknown",
            "profile=coder prior_state=None action=registered prior_exit=unknown",
            "profile=writer prior_state=None action=registered prior_exit=unknown",
            "profile=linked prior_state=None action=failed prior_exit=unknown",
        ],
        "{output:?}"
    );
}

#[test]
fn the_boot_log_is_rotated_once_it_is_large() {
    require!(Root, S6, Namespaces);
    let container = start();
    let old = "an older generation\n";
    let large = "x".repeat(256 * 1024);
    container.write(&format!("{LOG}.1"), old);
    container.write(LOG, "small\n");
    reconcile(&container).success();
    assert_eq!(
        container.read(&format!("{LOG}.1")),
        old,
        "a small log is not rotated"
    );
    assert!(container.read(LOG).starts_with("small\n"));

    container.write(LOG, &large);
    reconcile(&container).success();
    assert_eq!(
        container.read(&format!("{LOG}.1")),
        large,
        "the one older generation is replaced"
    );
    assert_eq!(container.read(LOG).lines().count(), 1);
}

#[test]
fn a_log_that_cannot_be_written_is_a_problem_of_its_own() {
    require!(Root, S6, Namespaces);
    let container = start();
    container.sh(&format!("mkdir -p {LOG}"));
    let output = reconcile(&container);
    assert_eq!(output.status, 1, "{output:#?}");
    assert_eq!(
        output.stderr,
        format!("error: boot log: {LOG}: is not a regular file\n  hint: move it out of the way\n")
    );
    let output = container.hermes("reconcile --json");
    let problems = output.json()["problems"].clone();
    assert_eq!(problems[0]["profile"], "boot log", "{problems}");
    assert_eq!(problems.as_array().unwrap().len(), 1, "{problems}");
}

#[test]
fn its_times_are_utc_whatever_zone_somebody_is_in() {
    require!(Root, S6, Namespaces);
    let container = start();
    for zone in ["Europe/Berlin", ":/dev/zero", ":/tmp/fifo"] {
        container.sh("rm -f /tmp/fifo; mkfifo /tmp/fifo");
        Test::within(&container)
            .env("TZ", zone)
            .args("reconcile")
            .stdout(match zone {
                "Europe/Berlin" => "default: registered (down), was never started\n",
                _ => "default: already registered (down), was never started\n",
            })
            .run();
        let now = container.sh("date -u +%Y-%m-%dT%H:");
        let log = container.read(LOG);
        let last = log.lines().last().unwrap();
        let (time, _) = last.split_once(' ').unwrap();
        assert!(time.ends_with("+0000"), "{last}");
        // Unless an hour has just begun.
        let minutes = container.sh("date -u +%M");
        assert!(
            time.starts_with(now.trim()) || minutes.trim() == "00",
            "{last}"
        );
    }
}
