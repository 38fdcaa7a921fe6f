//! The containers of systemd keep what they promise.

use std::path::Path;

use hermes_tests::{Container, GATEWAY_UID, Options, Tree, eventually, require};

fn cgroup_of(container: &Container) -> String {
    let file = container.state_directory().join("cgroup");
    std::fs::read_to_string(file)
        .expect("the container has a cgroup")
        .trim()
        .to_owned()
}

#[test]
fn pid_1_is_a_systemd_that_has_booted_and_restarts() {
    require!(Root, Systemd, Namespaces);
    let mut container = Container::start(Options::new(Tree::Systemd));
    assert_eq!(container.sh("cat /proc/1/comm"), "systemd\n");
    assert_eq!(container.sh("systemctl is-system-running"), "running\n");
    container.sh("echo x >/run/mark; echo x >/etc/mark");
    assert!(container.stop(), "it took a KILL:\n{}", container.log());
    container.start_again();
    assert!(!container.exists("/run/mark"));
    assert_eq!(container.read("/etc/mark"), "x\n");
    assert_eq!(container.sh("systemctl is-system-running"), "running\n");
}

#[test]
fn the_machine_keeps_its_kernel_its_devices_and_its_services() {
    require!(Root, Systemd, Namespaces);
    let container = Container::start(Options::new(Tree::Systemd));
    let refused = container.exec(["sh", "-c", "echo hermes >/proc/sys/kernel/domainname"]);
    assert_ne!(refused.status, 0, "{refused:?}");
    container.sh("echo x >/dev/hermes-tests");
    assert!(!Path::new("/dev/hermes-tests").exists());
    let services = container.sh("systemctl list-units --type=service --plain --no-legend");
    for line in services.lines() {
        assert!(
            ["dbus.", "systemd-", "user@", "user-runtime-dir@"]
                .iter()
                .any(|ours| line.starts_with(ours)),
            "{line}"
        );
    }
}

#[test]
fn a_user_manager_comes_with_linger_and_with_the_boot() {
    require!(Root, Systemd, Namespaces);
    let mut container = Container::start(Options::new(Tree::Systemd));
    assert!(!container.exists("/run/user/10000"));
    container.enable_linger();
    container.restart();
    eventually("the user manager runs again", || {
        let state = container.systemctl(GATEWAY_UID, &["is-system-running"]);
        state.stdout == "running\n"
    });
}

#[test]
fn a_user_manager_runs_alone() {
    require!(Root, Systemd, Namespaces);
    let mut container = Container::start(Options::new(Tree::SystemdUser));
    // It forks before it executes something else.
    eventually("there is one manager, the user's", || {
        let mut managers = container.processes();
        managers.retain(|process| process.name == "systemd");
        managers.len() == 1 && managers[0].uid == GATEWAY_UID
    });
    assert!(!container.exists("/run/systemd/private"));
    assert!(container.stop(), "it took a KILL:\n{}", container.log());
}

#[test]
fn nothing_is_left_of_a_systemd_even_after_a_panic() {
    require!(Root, Systemd, Namespaces);
    for (tree, panics) in [
        (Tree::Systemd, false),
        (Tree::Systemd, true),
        (Tree::SystemdUser, true),
    ] {
        let (send, receive) = std::sync::mpsc::channel();
        let ended = std::thread::spawn(move || {
            let container = Container::start(Options::new(tree));
            let state = container.state_directory().to_owned();
            let pid1 = container.pid1();
            send.send((state, cgroup_of(&container), pid1))
                .expect("the test listens");
            assert!(!panics, "as asked");
        })
        .join();
        assert_eq!(ended.is_err(), panics);
        let (state, cgroup, pid1) = receive.recv().expect("the container had started");
        assert!(!state.exists(), "{state:?}");
        assert!(!Path::new(&cgroup).exists(), "{cgroup}");
        assert!(!Path::new(&format!("/proc/{pid1}")).exists());
        let mounts = std::fs::read_to_string("/proc/self/mounts").expect("procfs");
        assert!(!mounts.contains(state.to_str().expect("UTF-8")), "{mounts}");
    }
}
