use hermes_tests::{ImageContainer, ImageHost, ImageOptions, Process, Volume, eventually};

fn boot(host: ImageHost, volume: &Volume) -> ImageContainer {
    volume.run_gateway("does-as-told");
    let container = host.boot(volume, ImageOptions::new());
    for profile in ["coder", "writer"] {
        container
            .hermes(&format!("profile create {profile}"))
            .success();
    }
    container.hermes("gateway start -p coder").success();
    container
}

/// So often has the gateway been started.
fn starts(volume: &Volume, profile: &str) -> usize {
    let file = format!("profiles/{profile}/starts");
    if volume.has(&file) {
        volume.read(&file).lines().count()
    } else {
        0
    }
}

/// Gateways that run: children of their supervisors.
fn running(container: &ImageContainer) -> usize {
    let processes = container.processes();
    let is_gateway = |one: &&Process| one.command == "sleep infinity";
    // The command of the container is one as well.
    processes.iter().filter(is_gateway).count() - 1
}

pub(crate) fn a_killed_gateway_comes_back(host: ImageHost) {
    let volume = Volume::new();
    let container = boot(host, &volume);
    let killed = container.gateway_pid("coder");
    container.sh(&format!("kill -9 {killed}"));
    eventually("another one runs", || {
        container.is_up("coder") == Some(true) && starts(&volume, "coder") == 2
    });
    assert_ne!(container.gateway_pid("coder"), killed);
    assert_eq!(container.is_up("writer"), Some(false));
}

pub(crate) fn a_killed_tree_comes_back_with_one_gateway_each(host: ImageHost) {
    let volume = Volume::new();
    let container = boot(host, &volume);
    let processes = container.processes();
    let tree = processes
        .iter()
        .find(|one| one.name == "s6-svscan" && one.uid != 0)
        .expect("the gateways have a tree of their own");
    container.sh(&format!("kill -9 {}", tree.pid));
    eventually("coder runs again", || starts(&volume, "coder") == 2);
    eventually("the tree answers", || {
        container
            .exec(&["s6-svscanctl", "-a", "/run/hermes/service"])
            .status
            == 0
    });
    eventually("one of it runs", || running(&container) == 1);
    assert_eq!(container.is_up("writer"), Some(false));
    assert_eq!(starts(&volume, "writer"), 0);
    container.hermes("gateway restart -p coder").success();
    container.hermes("gateway start -p writer").success();
    eventually("one of each runs", || running(&container) == 2);
}

pub(crate) fn a_killed_lease_holder_ends_its_gateways_and_gets_them_back(host: ImageHost) {
    let volume = Volume::new();
    let container = boot(host, &volume);
    container.sh("s6-svc -k /run/service/lease");
    eventually("coder was ended and started again", || {
        starts(&volume, "coder") == 2
    });
    eventually("it runs", || container.is_up("coder") == Some(true));
    eventually("one of it runs", || running(&container) == 1);
    assert_eq!(container.is_up("writer"), Some(false));
    assert_eq!(volume.intent("coder").as_deref(), Some("running"));
}

pub(crate) fn a_killed_container_comes_back(host: ImageHost) {
    let volume = Volume::new();
    let mut container = boot(host, &volume);
    // Up is already the shell that is going to say so.
    eventually("it has been started", || starts(&volume, "coder") == 1);
    container.kill();
    assert_eq!(container.wait(), 137);
    container.start();
    container.booted();
    assert_eq!(container.is_up("coder"), Some(true));
    assert_eq!(container.is_up("writer"), Some(false));
    eventually("it has been started once more", || {
        starts(&volume, "coder") == 2
    });
}

pub(crate) fn orphans_leave_no_zombies(host: ImageHost) {
    let volume = Volume::new();
    let container = boot(host, &volume);
    let pids = container.agent_sh("for n in 1 2 3; do sh -c 'sleep 0.2 & echo $!'; done");
    let pids = pids.success();
    for pid in pids.split_whitespace() {
        eventually("its process is gone, as a zombie too", || {
            !container.path(&format!("/proc/{pid}")).exists()
        });
    }
}
