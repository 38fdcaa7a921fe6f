use hermes_tests::{Container, GATEWAY_UID, Options, Test, Tree, eventually, require};

use super::{FILE, Holder};

fn container() -> Container {
    Container::start(Options::new(Tree::Nested))
}

#[test]
fn asked_to_end_it_gives_the_lease_back() {
    require!(Root, S6, Namespaces);
    let container = container();
    for signal in ["TERM", "INT"] {
        let holder = Holder::start(&container, "");
        holder.has_it();
        holder.signal(signal);
        holder.ends_with("0");
        assert_eq!(container.hermes("lease show").status, 3);
        assert_eq!(holder.said(), "");
    }
    Test::within(&container)
        .args("lease show")
        .stdout("Lease: not held\n")
        .status(3)
        .run();
}

#[test]
fn asked_to_end_while_it_waits_it_ends() {
    require!(Root, S6, Namespaces);
    let first = container();
    let second = Container::start(Options::new(Tree::Nested).volume_of(&first));
    Holder::start(&first, "").has_it();
    let waiter = Holder::start(&second, "-- touch /tmp/ran");
    waiter.is_waiting_for("hermes");
    waiter.signal("TERM");
    waiter.ends_with("0");
    assert!(!second.exists("/tmp/ran"));
    assert_eq!(first.hermes("lease show").status, 0);
}

#[test]
fn a_second_one_in_the_same_container_waits() {
    require!(Root, S6, Namespaces);
    let container = container();
    Holder::start(&container, "").has_it();
    let second = container.exec_as(
        GATEWAY_UID,
        "timeout --preserve-status 2 hermes-host lease hold".split(' '),
    );
    assert_eq!(second.status, 0, "{second:#?}");
    let words = "waiting for the lease: held by this container already (hermes, since ";
    assert!(second.stderr.starts_with(words), "{second:#?}");
}

#[test]
fn the_end_of_the_command_is_waited_for() {
    require!(Root, S6, Namespaces);
    let container = container();
    let script = "trap 'sleep 0.5; exit 0' TERM; touch /tmp/began; while :; do sleep 0.1; done";
    container.write("/data/slow", &format!("#!/bin/sh\n{script}\n"));
    let holder = Holder::start(&container, "-- sh /data/slow");
    eventually("it runs", || container.exists("/tmp/began"));
    holder.signal("TERM");
    holder.ends_with("0");
    let left = container.processes();
    assert!(
        left.iter().all(|one| one.command != "sh /data/slow"),
        "{left:#?}"
    );
    assert_eq!(container.hermes("lease show").status, 3);
}

#[test]
fn a_command_that_fails_is_told_and_costs_no_lease() {
    require!(Root, S6, Namespaces);
    let container = container();
    for (command, says) in [
        (
            "-- sh -c 'exit 3'",
            "the command failed (exit status: 3); the lease is held all the same\n",
        ),
        (
            "-- /nonexistent/program",
            "error: /nonexistent/program cannot be run: no such file or directory; \
             the lease is held all the same\n",
        ),
    ] {
        let holder = Holder::start(&container, command);
        holder.says(says);
        holder.has_it();
        holder.signal("TERM");
        holder.ends_with("0");
        assert_eq!(holder.said(), says);
    }
}

/// As under a supervisor of root's, which has made the pipe.
#[test]
fn the_descriptor_hears_of_the_end_of_the_command() {
    require!(Root, S6, Namespaces);
    let container = container();
    let hold = "hermes-host lease hold --ready-fd 3 -- sh -c 'touch /tmp/ran; exit 1'";
    let heard = container.sh(&format!(
        "(setpriv --reuid=10000 --regid=10000 --clear-groups {hold} 3>&1 >/tmp/said 2>&1 &) |
         head -c 1 | od -An -c"
    ));
    assert_eq!(heard.trim(), "\\n");
    assert!(container.exists("/tmp/ran"));
    Test::within(&container)
        .args("lease hold --ready-fd 7")
        .stderr(
            "
            error: --ready-fd 7: there is no such descriptor
              hint: under s6 it is the number in the file notification-fd
            ",
        )
        .status(2)
        .run();
}

#[test]
fn a_lost_lease_ends_it_and_its_command() {
    require!(Root, S6, Namespaces);
    let container = container();
    let far = r#"{"host":"far","boot":"b","container":"c","pid":1,"since":"2026-05-18T07:00:00Z"}"#;
    let gone = "gateway_lease was removed, replaced or written to";
    for (spoil, says) in [
        (format!("rm {FILE}"), gone),
        (format!("echo '{{}}' >{FILE}"), gone),
        (
            format!("echo '{far}' >/data/new; mv /data/new {FILE}"),
            gone,
        ),
        (
            format!("echo '{far}' >{FILE}"),
            "gateway_lease says that another container has it (far, since 2026-05-18T07:00:00Z)",
        ),
    ] {
        let holder = Holder::start(&container, "-- sleep 1000");
        holder.has_it();
        container.sh(&spoil);
        holder.ends_with("1");
        let error = format!("error: the lease on the gateways is lost: {says}\n");
        assert_eq!(holder.said(), error);
        let left = container.processes();
        assert!(
            left.iter().all(|one| one.command != "sleep 1000"),
            "{left:#?}"
        );
        container.sh(&format!("rm -f {FILE}"));
    }
}

#[test]
fn a_home_that_is_not_there_is_not_made() {
    Test::new()
        .args("--home /nonexistent/home lease hold")
        .stderr(
            "
            error: /nonexistent/home: there is no hermes home
              hint: hermes-host profile create NAME makes it, --home names another one
            ",
        )
        .status(1)
        .run();
}

/// Leaves no space on the one of [`small_volume`].
const FILL: &str = "cat /dev/zero >/run/full/zeros 2>/dev/null || :";

/// A home on a volume of its own, at `/run/full`.
fn small_volume(container: &Container) {
    container.sh(
        "mkdir /run/full; mount -t tmpfs -o size=64k,mode=0755 tmpfs /run/full
         chown hermes: /run/full",
    );
}

#[test]
fn a_volume_that_has_filled_up_still_has_room_for_it() {
    require!(Root, S6, Namespaces);
    let container = container();
    small_volume(&container);
    for fill in ["", FILL] {
        container.sh(fill);
        let holder = Holder::start(&container, "--home /run/full");
        eventually("it has the lease", || {
            container.hermes("--home /run/full lease show").status == 0
        });
        holder.signal("TERM");
        holder.ends_with("0");
    }
}

#[test]
fn one_that_cannot_be_written_keeps_nobody_waiting() {
    require!(Root, S6, Namespaces);
    let container = container();
    small_volume(&container);
    container.sh(FILL);
    let hold = container.hermes("--home /run/full lease hold -- true");
    assert_eq!(hold.status, 1, "{hold:#?}");
    assert!(hold.stderr.contains("no space left"), "{hold:#?}");
    assert!(!container.exists("/run/full/gateway_lease"));
}
