//! The verbs on a real systemd: as root on the machine's, and as a user on their
//! own.

mod attach;
mod boot;
mod failing;
mod going_away;
mod homes;
mod in_the_way;
mod install;
mod linger;
mod lost_files;
mod many;
mod masked;
mod migration;
mod migration_failing;
mod migration_whose;
mod out_of_service;
mod queued;
mod read_only;
mod scopes;
mod targets;
mod units;
mod user;
mod verbs;
mod without_directory;

use hermes_tests::{Container, Options, Tree};

/// A machine with a home of the gateway account, whose gateways just sleep.
fn machine() -> Container {
    let container = Container::start(Options::new(Tree::Systemd));
    container.run_gateway("sleeps");
    container
}

/// With coder and writer, whom root has made.
fn machine_of_two() -> Container {
    let container = machine();
    for profile in ["coder", "writer"] {
        container
            .hermes_as(0, &format!("profile create {profile}"))
            .success();
    }
    container
}

fn starts(container: &Container, profile: &str) -> usize {
    let path = format!("/data/profiles/{profile}/starts");
    if container.exists(&path) {
        container.read(&path).lines().count()
    } else {
        0
    }
}
