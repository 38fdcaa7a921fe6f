use hermes_tests::{Container, GATEWAY_UID, Options, Tree, eventually, require};

use super::machine;

fn use_every_verb(container: &Container) {
    let unit = || container.unit(GATEWAY_UID, "coder");
    container.hermes("profile create coder").success();
    container.hermes("gateway start -p coder").success();
    let first = unit();
    assert_eq!(
        (first.active.as_str(), first.at_boot.as_str()),
        ("active", "enabled")
    );
    container.hermes("gateway restart -p coder").success();
    assert_ne!(unit().pid, first.pid);
    let status = container.hermes("gateway status -p coder --json").json();
    assert_eq!(status["manager"], "systemd (user)");
    assert_eq!(status["pid"].as_u64(), unit().pid.map(u64::from));
    container.hermes("gateway stop -p coder").success();
    assert_eq!(
        (unit().active.as_str(), unit().at_boot.as_str()),
        ("inactive", "disabled")
    );
    container.hermes("profile delete coder --yes").success();
    let left = container.sh("find /data/.config/systemd -name '*hermes*'");
    assert_eq!(left, "");
}

#[test]
fn a_user_manager_alone_takes_every_verb() {
    require!(Root, Systemd, Namespaces);
    let container = Container::start(Options::new(Tree::SystemdUser));
    container.run_gateway("sleeps");
    use_every_verb(&container);
}

#[test]
fn a_user_of_a_machine_has_gateways_that_come_back_with_it() {
    require!(Root, Systemd, Namespaces);
    let mut container = machine();
    container.enable_linger();
    use_every_verb(&container);
    for profile in ["coder", "writer"] {
        container
            .hermes(&format!("profile create {profile}"))
            .success();
    }
    container.hermes("gateway start -p coder").success();
    container.restart();
    eventually("what was wanted runs", || {
        container.exists("/run/user/10000/systemd/private")
            && container.unit(GATEWAY_UID, "coder").active == "active"
    });
    assert_eq!(container.unit(GATEWAY_UID, "writer").active, "inactive");
}

#[test]
fn a_user_sees_what_they_have_masked() {
    require!(Root, Systemd, Namespaces);
    let container = Container::start(Options::new(Tree::SystemdUser));
    container.run_gateway("sleeps");
    container.hermes("profile create coder").success();
    for how in ["mask", "mask --runtime"] {
        for how in [how.to_owned(), format!("un{how}")] {
            let mut arguments: Vec<&str> = how.split(' ').collect();
            arguments.push("hermes-gateway@coder");
            container.systemctl(GATEWAY_UID, &arguments).success();
            let status = container.hermes("gateway status -p coder --json").json();
            let note = status["note"].as_str().unwrap_or_default();
            assert_eq!(
                note.starts_with("hermes-gateway@coder.service is masked: systemctl --user"),
                how.starts_with("mask"),
                "{how}: {status}"
            );
        }
    }
}

#[test]
fn without_linger_the_user_is_told_what_to_do() {
    require!(Root, Systemd, Namespaces);
    let container = Container::start(Options::new(Tree::SystemdUser));
    container.run_gateway("sleeps");
    let installed = container.hermes("gateway install --user");
    assert_eq!(installed.status, 0, "{installed:?}");
    assert!(installed.stdout.contains("systemd (user)"), "{installed:?}");
    assert_eq!(
        installed.stderr,
        "warning: without linger these gateways end with your last session\n  \
         hint: loginctl enable-linger hermes\n"
    );
}

#[test]
fn an_account_without_a_name_is_told_that_linger_goes_by_name() {
    require!(Root, Systemd, Namespaces);
    let container = Container::start(Options::new(Tree::SystemdUser));
    container.run_gateway("sleeps");
    container.sh("sed -i '/^hermes:/d' /etc/passwd");
    let installed = container.hermes("gateway install");
    assert_eq!(
        (installed.status, installed.stderr.as_str()),
        (
            0,
            "warning: without linger these gateways end with your last session\n  \
             hint: linger goes by name: as root, useradd --uid 10000 NAME, and then loginctl \
             enable-linger NAME\n"
        ),
        "{installed:?}"
    );
}

#[test]
fn where_the_private_socket_is_missing_the_bus_will_do() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.sh("systemctl start dbus; rm /run/systemd/private");
    container.hermes_as(0, "profile create coder").success();
    container.hermes_as(0, "gateway start -p coder").success();
    container.hermes_as(0, "gateway stop -p coder").success();
}

#[test]
fn a_relative_home_directory_counts_as_none() {
    require!(Root, Systemd, Namespaces);
    let container = Container::start(Options::new(Tree::SystemdUser));
    container.run_gateway("sleeps");
    let script = "HOME=relative XDG_CONFIG_HOME=relative hermes-host profile create coder";
    let created = container.exec_as(GATEWAY_UID, ["sh", "-c", script]);
    assert_eq!(
        created.success(),
        "coder: created at /data/profiles/coder, port 9570, registered with systemd (down)\n"
    );
    container.hermes("gateway start -p coder").success();
}
