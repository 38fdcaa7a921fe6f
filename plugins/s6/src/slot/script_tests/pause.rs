use super::*;

#[test]
fn the_pause_doubles_with_every_death_up_to_its_limit() {
    // A `sleep` that only says for how long it was asked to.
    let mut spec = sample::spec();
    spec.restart.max_delay = 5_000_000_000;
    let scripts = Scripts::of(&spec);
    let sleep = scripts.path().join("sleep");
    fs::write(&sleep, "#!/bin/sh\nprintf %s \"$1\"\n").unwrap();
    fs::set_permissions(&sleep, fs::Permissions::from_mode(0o700)).unwrap();
    let path = format!("{}:/usr/bin:/bin", scripts.path().display());
    for (deaths, expected) in [
        (0, ""),
        (1, ""),
        (2, "1"),
        (3, "2"),
        (4, "4"),
        (5, "5"),
        (60, "5"),
        (100_000, "5"),
    ] {
        scripts.put("deaths", "1\n".repeat(deaths).as_bytes());
        let script = "exec 3>/dev/null; exec /bin/sh ./run gateway-coder";
        let output = Command::new("/bin/sh")
            .args(["-c", script])
            .current_dir(scripts.path())
            .env("PATH", &path)
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            expected,
            "{deaths}"
        );
        assert_eq!(scripts.data("delay"), "", "{deaths}");
    }
}

#[test]
fn a_signal_ends_the_pause_and_its_sleep() {
    use std::os::unix::process::ExitStatusExt;
    use std::time::{Duration, Instant};

    let scripts = Scripts::of(&sample::spec());
    // Four deaths: a pause of four seconds. The sleep tells its pid.
    scripts.put("deaths", &b"1\n".repeat(4));
    let sleep = scripts.path().join("sleep");
    fs::write(&sleep, "#!/bin/sh\necho $$ >pid\nexec /bin/sleep 1000\n").unwrap();
    fs::set_permissions(&sleep, fs::Permissions::from_mode(0o700)).unwrap();
    let mut run = scripts
        .script("run")
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", scripts.path().display()),
        )
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let wait_until = |condition: &dyn Fn() -> bool| {
        while !condition() {
            assert!(Instant::now() < deadline, "it does not happen");
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let pid = || fs::read_to_string(scripts.path().join("pid")).unwrap_or_default();
    wait_until(&|| pid().ends_with('\n'));
    assert_eq!(scripts.data("delay"), "4\n");
    let killed = Command::new("/bin/sh")
        .args(["-c", &format!("kill -TERM {}", run.id())])
        .status()
        .unwrap();
    assert!(killed.success());
    assert_eq!(run.wait().unwrap().signal(), Some(15));
    let process = format!("/proc/{}", pid().trim());
    wait_until(&|| !Path::new(&process).exists());
}
