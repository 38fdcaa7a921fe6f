use super::*;

#[test]
fn run_becomes_the_command_with_its_environment() {
    let hostile = "it's $(id) \"`id`\"\n\\ $HOME";
    let spec = ServiceSpec {
        command: vec![
            "/bin/sh".into(),
            "-c".into(),
            "printf '%s|' \"$PWD\" \"$A\" \"$HERMES_SUPERVISED_CHILD\" \"$@\"".into(),
            "sh".into(),
            hostile.into(),
            String::new(),
        ],
        environment: vec![("A".into(), hostile.into())],
        working_directory: "/usr".into(),
        ..sample::spec()
    };
    let output = Scripts::of(&spec).run();
    let expected = format!("/usr|{hostile}|1|{hostile}||");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn run_says_that_it_is_ready_only_for_those_who_cannot() {
    for (readiness, said, announced) in [(None, "\n", ""), (Some(1), "", "3")] {
        let spec = ServiceSpec {
            command: vec![
                "/bin/sh".into(),
                "-c".into(),
                "printf %s \"$HERMES_NOTIFY_FD\" >fd".into(),
            ],
            readiness,
            ..sample::spec()
        };
        let scripts = Scripts::of(&spec);
        let spec = ServiceSpec {
            working_directory: scripts.path().to_str().unwrap().into(),
            ..spec
        };
        fs::write(scripts.path().join("run"), sample::slot(&spec).run).unwrap();
        let script = "exec 3>notified; exec /bin/sh ./run gateway-coder";
        let status = Command::new("/bin/sh")
            .args(["-c", script])
            .current_dir(scripts.path())
            .status()
            .unwrap();
        assert!(status.success());
        let read = |name: &str| fs::read_to_string(scripts.path().join(name)).unwrap();
        assert_eq!(read("notified"), said);
        assert_eq!(read("fd"), announced);
    }
}

#[test]
fn run_is_not_ready_where_the_command_is_missing() {
    let spec = ServiceSpec {
        command: vec!["/nonexistent/gateway".into()],
        ..sample::spec()
    };
    let scripts = Scripts::of(&spec);
    let status = Command::new("/bin/sh")
        .args(["-c", "exec 3>notified; exec /bin/sh ./run gateway-coder"])
        .current_dir(scripts.path())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(127));
    assert_eq!(fs::read(scripts.path().join("notified")).unwrap(), b"");
}

#[test]
fn run_takes_the_environment_that_s6_overlay_keeps_aside() {
    let spec = ServiceSpec {
        command: vec!["/usr/bin/env".into()],
        ..sample::spec()
    };
    let scripts = Scripts::of(&spec);
    // Like the real one, it removes all variables but its own.
    let with_contenv = scripts.path().join("with-contenv");
    let text = "#!/bin/sh\nexec env -i PATH=/usr/bin:/bin KEPT=aside \"$@\"\n";
    fs::write(&with_contenv, text).unwrap();
    fs::set_permissions(&with_contenv, fs::Permissions::from_mode(0o700)).unwrap();
    let run = sample::slot(&spec)
        .run
        .replace("/command/with-contenv", with_contenv.to_str().unwrap())
        .replace(
            "/run/s6/container_environment",
            scripts.path().to_str().unwrap(),
        );
    fs::write(scripts.path().join("run"), run).unwrap();
    let script = "exec 3>/dev/null; exec ./run gateway-coder";
    let output = Command::new("/bin/sh")
        .args(["-c", script])
        .current_dir(scripts.path())
        .env("LOST", "yes")
        .output()
        .unwrap();
    let environment = String::from_utf8(output.stdout).unwrap();
    for (line, expected) in [
        ("KEPT=aside", true),
        ("LOST=yes", false),
        ("PATH=/usr/bin:/bin:/command", true),
        ("HERMES_SUPERVISED_CHILD=1", true),
    ] {
        let found = environment.lines().any(|other| other == line);
        assert_eq!(found, expected, "{line} in {environment}");
    }
}

#[test]
fn run_takes_the_verdict_back() {
    let scripts = Scripts::of(&sample::spec());
    scripts.put("verdict", b"final\n");
    assert!(scripts.run().status.success());
    assert!(!scripts.path().join("data/verdict").exists());
}
