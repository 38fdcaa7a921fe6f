#![allow(clippy::unwrap_used)]

use std::fs;

use proptest::prelude::*;

use super::*;

fn parse(line: &str) -> ContainerCommand {
    let argv: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    ContainerCommand::parse(&argv)
}

#[test]
fn strips_the_wrappers() {
    for (line, profile, arguments) in [
        ("", None, ""),
        ("gateway run", None, "gateway run"),
        ("hermes gateway run", None, "gateway run"),
        ("/init main-wrapper.sh gateway run", None, "gateway run"),
        (
            "/init /opt/hermes/docker/main-wrapper.sh hermes gateway run",
            None,
            "gateway run",
        ),
        (
            "/opt/hermes/docker/entrypoint-dispatch.sh gateway run",
            None,
            "gateway run",
        ),
        (
            "/bin/sh /opt/hermes/docker/main-wrapper.sh gateway run",
            None,
            "gateway run",
        ),
        (
            "/bin/sh -e /run/s6/basedir/scripts/rc.init top /opt/hermes/docker/main-wrapper.sh gateway run",
            None,
            "gateway run",
        ),
        (
            "/bin/sh -e /run/s6/basedir/scripts/rc.init top hermes chat",
            None,
            "chat",
        ),
        (
            "/package/admin/s6/command/s6-svscan -d4 -- /run/service",
            None,
            "/package/admin/s6/command/s6-svscan -d4 -- /run/service",
        ),
        (
            "main-wrapper.sh -p coder gateway run -v",
            Some("coder"),
            "gateway run -v",
        ),
        (
            "main-wrapper.sh gateway run --profile=coder",
            Some("coder"),
            "gateway run",
        ),
        (
            "main-wrapper.sh gateway run --profile coder",
            Some("coder"),
            "gateway run",
        ),
        ("main-wrapper.sh gateway run -p", None, "gateway run"),
        ("main-wrapper.sh", None, ""),
    ] {
        let command = parse(line);
        assert_eq!(command.arguments.join(" "), arguments, "{line}");
        assert_eq!(command.profile.as_deref(), profile, "{line}");
    }
}

#[test]
fn tells_a_dashboard() {
    for line in [
        "dashboard",
        "hermes dashboard",
        "/init main-wrapper.sh dashboard",
        "/init /opt/hermes/docker/main-wrapper.sh hermes dashboard --host 0.0.0.0",
        "/opt/hermes/docker/entrypoint-dispatch.sh dashboard",
        "/bin/sh -e /run/s6/basedir/scripts/rc.init top /x/y/main-wrapper.sh dashboard",
        "main-wrapper.sh -p coder dashboard",
    ] {
        assert!(parse(line).is_dashboard(), "{line}");
    }
    for line in [
        "",
        "/init main-wrapper.sh",
        "/init main-wrapper.sh gateway run",
        "/init main-wrapper.sh gateway run -p dashboard",
        "/init main-wrapper.sh -p dashboard gateway run",
        "/init main-wrapper.sh chat dashboard",
        "/init main-wrapper.sh dashboards",
        "/init main-wrapper.sh /usr/bin/dashboard",
        "/init main-wrapper.sh sleep infinity",
    ] {
        assert!(!parse(line).is_dashboard(), "{line}");
    }
}

fn procfs(processes: &[(u32, &str)]) -> tempfile::TempDir {
    let proc = tempfile::tempdir().unwrap();
    fs::create_dir(proc.path().join("sys")).unwrap();
    for (pid, line) in processes {
        let process = proc.path().join(pid.to_string());
        fs::create_dir(&process).unwrap();
        fs::write(process.join("cmdline"), line.replace(' ', "\0") + "\0").unwrap();
    }
    proc
}

#[test]
fn finds_it_in_pid_1_or_below() {
    const SVSCAN: &str = "/package/admin/s6/command/s6-svscan -d4 -- /run/service";
    for (processes, arguments) in [
        (
            vec![
                (1, "/init main-wrapper.sh gateway run"),
                (9, "main-wrapper.sh chat"),
            ],
            "gateway run",
        ),
        (
            vec![
                (1, SVSCAN),
                (2, ""),
                (100, "sh main-wrapper.sh chat"),
                (17, "/bin/sh -e rc.init top /x/main-wrapper.sh gateway run"),
            ],
            "gateway run",
        ),
        (
            vec![(1, "/init hermes dashboard"), (7, "sleep infinity")],
            "dashboard",
        ),
        (vec![(1, SVSCAN), (7, "sh -c main-wrapper.sh.bak")], SVSCAN),
        (vec![], ""),
    ] {
        let proc = procfs(&processes);
        let command = ContainerCommand::find(proc.path());
        assert_eq!(command.arguments.join(" "), arguments, "{processes:?}");
    }
}

#[test]
fn reads_the_real_procfs() {
    let own = command_line(Path::new("/proc"), std::process::id());
    assert_eq!(words(&own), std::env::args().collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn what_is_asked_for_is_found_behind_any_path(
        path in "(/[a-z]{1,5}){0,3}/",
        arguments in proptest::collection::vec("[a-oq-z]{1,8}[0-9]", 0..5),
    ) {
        let mut argv = vec!["/init".to_owned(), format!("{path}main-wrapper.sh")];
        argv.extend(arguments.clone());
        prop_assert_eq!(ContainerCommand::parse(&argv).arguments, arguments);
    }
}
