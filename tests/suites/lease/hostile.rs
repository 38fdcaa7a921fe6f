//! The agent's account puts something else in the place of the file.

use hermes_tests::{Container, GATEWAY_UID, Options, Test, Tree, require};

use super::FILE;

#[test]
fn what_is_no_lease_starts_nothing_and_stops_no_stop() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    for (plant, says) in [
        (
            "ln -s /etc/passwd",
            "is a symbolic link, which is never followed here",
        ),
        ("mkfifo", "is not a regular file"),
        ("mkdir", "is not a regular file"),
        (
            "ln /data/hermes-host.json",
            "is a hard link to another owner's file",
        ),
    ] {
        container.sh("rm -rf /data/gateway_lease");
        container.hermes("gateway start -p coder").success();
        let plant = format!("{plant} {FILE}");
        container.exec_as(GATEWAY_UID, plant.split(' ')).success();
        for uid in [0, 10000] {
            for arguments in [
                "lease hold",
                "lease show",
                "gateway restart -p coder",
                "reconcile",
            ] {
                Test::within_as(&container, uid)
                    .args(arguments)
                    .stderr(&format!(
                        "error: {FILE}: {says}\n  \
                         hint: remove it: a lease is a file that hermes-host makes\n"
                    ))
                    .status(1)
                    .run();
            }
        }
        let status = container.hermes("gateway status --all");
        let warning = format!("warning: {FILE}: {says}\n");
        assert!(status.stderr.starts_with(&warning), "{status:#?}");
        container.hermes("gateway stop -p coder").success();
        assert!(container.is_down("coder"));
    }
}

#[test]
fn a_huge_file_is_not_read() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.sh(&format!("truncate -s 100G {FILE}"));
    Test::within(&container)
        .args("lease show")
        .stdout(
            "Lease: held by another container (unknown, gateway_lease is larger than 4096 bytes)\n",
        )
        .status(1)
        .run();
    let problem = container.hermes("lease show --json").json();
    assert_eq!(problem["problem"], "is larger than 4096 bytes");
    container.sh(&format!("touch -d '1 hour ago' {FILE}"));
    assert_eq!(container.hermes("lease show").status, 3);
}

#[test]
fn a_read_only_home_gives_no_lease() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.sh("mkdir /run/ro; mount --bind /data /run/ro; mount -o remount,bind,ro /run/ro");
    Test::within(&container)
        .args("--home /run/ro lease hold")
        .stderr(
            "
            error: /run/ro/gateway_lease: the file system is read-only
              hint: mount it writable
            ",
        )
        .status(1)
        .run();
    Test::within(&container)
        .args("--home /run/ro lease show")
        .stdout("Lease: not held\n")
        .status(3)
        .run();
}

#[test]
fn another_account_learns_why_it_sees_nothing() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    super::Holder::start(&container, "").has_it();
    Test::within_as(&container, 65534)
        .args("lease show")
        .stderr(
            "
            error: /data/gateway_lease: permission denied
              hint: run as root or as the user that owns it
            ",
        )
        .status(1)
        .run();
}
