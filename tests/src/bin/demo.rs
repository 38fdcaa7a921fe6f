//! The main job on a real s6: gateways are created, started, stopped, killed,
//! and come back after a restart of their container exactly as they were meant
//! to. Ends with exit code 1 where they do not.

use std::io::Write;
use std::process::ExitCode;

use hermes_tests::{Container, GATEWAY_UID, Options, Output, Requirement, Tree, eventually};

/// Each profile and whether its gateway is meant to run in the end.
const PROFILES: [(&str, bool); 3] = [("assistant", false), ("coder", true), ("writer", true)];

fn main() -> ExitCode {
    let needed = [Requirement::Root, Requirement::S6, Requirement::Namespaces];
    if let Some(reason) = hermes_tests::missing(&needed) {
        eprintln!("error: the demo {reason}\n  hint: sudo make demo");
        return ExitCode::FAILURE;
    }

    say("A container: PID 1 is s6-svscan, a nested one runs the gateways as hermes");
    let mut container = Container::start(Options::new(Tree::Nested));
    run(&container, "cat /proc/1/comm");
    run(&container, "id");
    run(&container, "ls -ld /run/service /run/hermes/service");

    say("Three profiles; nothing runs yet");
    for (profile, _) in PROFILES {
        run(&container, &format!("hermes-host profile create {profile}"));
    }
    run(&container, "hermes-host reconcile");
    show(&container, "hermes-host gateway status --all");

    say("Their gateways start, restart and stop; a verb says what was seen");
    for (profile, _) in PROFILES {
        run(
            &container,
            &format!("hermes-host gateway start -p {profile}"),
        );
    }
    run(&container, "hermes-host gateway restart -p coder");
    run(&container, "hermes-host gateway stop -p assistant");

    say("All a backend can do is ask for effects; here are those of one status");
    run(
        &container,
        "hermes-host --trace /tmp/trace gateway status -p coder",
    );
    run(&container, "cut -c -120 /tmp/trace");

    say("A gateway is killed, and comes back");
    let killed = container.gateway_pid("writer");
    run(&container, &format!("kill -9 {killed}"));
    eventually("another process is writer's gateway", || {
        container
            .svstat("writer")
            .and_then(|status| status.pid.filter(|_| status.ready))
            .is_some_and(|pid| pid != killed)
    });
    show(&container, "hermes-host gateway status --all");

    say("A mistake changes nothing and says what to do");
    show(&container, "hermes-host gateway start -p codr");

    say("The container restarts: /run is empty, the volume is as it was");
    container.restart();
    run(&container, "ls -A /run/hermes/service");
    run(&container, "hermes-host reconcile --dry-run");
    run(&container, "hermes-host reconcile");
    eventually("the gateways that were meant to run are ready", || {
        PROFILES.iter().all(|(profile, wanted)| {
            container
                .svstat(profile)
                .is_some_and(|status| !wanted || (status.up && status.ready))
        })
    });
    show(&container, "hermes-host gateway status --all");

    say("s6's own word on it");
    let mut as_meant = true;
    for (profile, wanted) in PROFILES {
        run(
            &container,
            &format!("s6-svstat {}", container.slot(profile)),
        );
        as_meant &= if wanted {
            container.is_up(profile)
        } else {
            container.is_down(profile)
        };
    }
    as_meant &= container.is_down("default");
    if !as_meant {
        eprintln!("error: not exactly the gateways that were meant to run came back");
        return ExitCode::FAILURE;
    }
    say("Exactly the gateways that were meant to run came back");
    ExitCode::SUCCESS
}

fn say(what: &str) {
    println!("\n# {what}");
}

/// Shows a command, run as the gateway account, and what it answers.
fn show(container: &Container, command: &str) -> Output {
    println!("$ {command}");
    let output = container.exec_as(GATEWAY_UID, command.split_whitespace());
    print!("{}{}", output.stdout, output.stderr);
    // The next step may take a moment.
    let _ = std::io::stdout().flush();
    output
}

/// The same for a command that has to succeed.
#[track_caller]
fn run(container: &Container, command: &str) {
    show(container, command).success();
}
