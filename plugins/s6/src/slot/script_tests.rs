//! Runs the scripts of a slot with the system's shell.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use hermes_backend_sdk::types::{ServiceSpec, User};
use tempfile::TempDir;

use super::sample;

/// A slot's directory without a supervisor.
struct Scripts(TempDir);

impl Scripts {
    fn of(spec: &ServiceSpec) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let slot = sample::slot(spec);
        fs::create_dir(directory.path().join("data")).unwrap();
        for (name, text) in [("run", &slot.run), ("finish", &slot.common.finish)] {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        }
        Self(directory)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn script(&self, name: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.arg(format!("./{name}")).current_dir(self.path());
        command
    }

    /// As s6-supervise calls it: the exit code or 256, and the signal.
    fn finish(&self, code: u32, signal: u32) -> Option<i32> {
        let arguments = [code.to_string(), signal.to_string(), "gateway-coder".into()];
        let output = self.script("finish").args(arguments).output().unwrap();
        output.status.code()
    }

    /// With fd 3 as `/dev/null`, where the supervisor would listen.
    fn run(&self) -> Output {
        let script = "exec 3>/dev/null; exec /bin/sh ./run gateway-coder";
        Command::new("/bin/sh")
            .args(["-c", script])
            .current_dir(self.path())
            .output()
            .unwrap()
    }

    fn put(&self, name: &str, contents: &[u8]) {
        fs::write(self.path().join("data").join(name), contents).unwrap();
    }

    fn data(&self, name: &str) -> String {
        fs::read_to_string(self.path().join("data").join(name)).unwrap_or_default()
    }
}

const RESTART: Option<i32> = Some(0);
const STAY_DOWN: Option<i32> = Some(125);

#[test]
fn finish_decides_by_how_the_service_ended() {
    // Exit code and signal; finish's answer, restarts, verdict.
    for (code, signal, answer, restarts, verdict) in [
        (0, 0, STAY_DOWN, "", "final\n"),
        (78, 0, STAY_DOWN, "", "final\n"),
        (1, 0, RESTART, "\n", ""),
        (7, 0, RESTART, "\n", ""),
        (75, 0, RESTART, "\n", ""),
        (137, 0, RESTART, "\n", ""),
        (256, 15, RESTART, "\n", ""),
        (256, 9, RESTART, "\n", ""),
    ] {
        let scripts = Scripts::of(&sample::spec());
        assert_eq!(scripts.finish(code, signal), answer, "{code} {signal}");
        assert_eq!(scripts.data("restarts"), restarts, "{code} {signal}");
        assert_eq!(scripts.data("verdict"), verdict, "{code} {signal}");
    }
}

#[test]
fn a_planned_death_counts_once_and_for_nothing() {
    for (code, signal) in [(256, 15), (0, 0), (78, 0), (1, 0)] {
        let scripts = Scripts::of(&sample::spec());
        scripts.put("planned", b"1\n");
        assert_eq!(scripts.finish(code, signal), RESTART);
        assert_eq!(scripts.data("deaths"), "");
        assert_eq!(scripts.data("restarts"), "");
        assert_eq!(scripts.data("verdict"), "");
        assert_eq!(scripts.finish(1, 0), RESTART);
        assert_eq!(scripts.data("deaths").lines().count(), 1);
    }
}

#[test]
fn too_many_deaths_within_the_window_are_a_verdict() {
    let scripts = Scripts::of(&sample::spec());
    for _ in 1..5 {
        assert_eq!(scripts.finish(256, 9), RESTART);
    }
    assert_eq!(scripts.finish(256, 9), STAY_DOWN);
    assert_eq!(scripts.data("verdict"), "quarantined 5 60\n");
    assert_eq!(scripts.data("restarts").len(), 4);
}

#[test]
fn a_restart_that_is_asked_for_is_no_death_and_yet_paused() {
    let scripts = Scripts::of(&sample::spec());
    for _ in 0..20 {
        assert_eq!(scripts.finish(75, 0), RESTART);
    }
    assert_eq!(scripts.data("verdict"), "");
    assert_eq!(scripts.data("restarts").len(), 20);
    // What `run` makes its pause of.
    assert_eq!(scripts.data("deaths").lines().count(), 20);

    for _ in 1..5 {
        assert_eq!(scripts.finish(1, 0), RESTART);
        assert_eq!(scripts.finish(75, 0), RESTART);
    }
    assert_eq!(scripts.finish(1, 0), STAY_DOWN);
    assert_eq!(scripts.data("verdict"), "quarantined 5 60\n");
}

#[test]
fn restarts_that_are_asked_for_do_not_pile_up() {
    let scripts = Scripts::of(&sample::spec());
    for _ in 0..60 {
        assert_eq!(scripts.finish(75, 0), RESTART);
    }
    assert_eq!(scripts.data("deaths").lines().count(), 40);
    scripts.put("deaths", b"1 asked\n7 $(touch pwned)\n7 asked more\n");
    assert_eq!(scripts.finish(75, 0), RESTART);
    assert_eq!(scripts.data("deaths").lines().count(), 1);
    assert!(!scripts.path().join("pwned").exists());
}

#[test]
fn old_deaths_are_forgotten() {
    let scripts = Scripts::of(&sample::spec());
    // Long before the window, and (after the machine was started anew) after it.
    scripts.put("deaths", b"-100000\n0\n99999999999\n99999999999\n");
    assert_eq!(scripts.finish(1, 0), RESTART);
    let deaths = scripts.data("deaths");
    assert!(!deaths.contains("99999999999"), "{deaths}");
    assert!(!deaths.contains("-100000"), "{deaths}");
}

#[test]
fn one_death_may_be_too_many() {
    let mut spec = sample::spec();
    spec.restart.max_deaths = 1;
    assert_eq!(Scripts::of(&spec).finish(1, 0), STAY_DOWN);
}

#[test]
fn no_exit_code_need_be_final() {
    let mut spec = sample::spec();
    spec.restart.final_exit_codes.clear();
    assert_eq!(Scripts::of(&spec).finish(0, 0), RESTART);
}

#[test]
fn finish_survives_whatever_is_in_its_records() {
    for hostile in [
        &b"$(touch pwned)\n`touch pwned`\n; touch pwned\n"[..],
        b"\0\0\xff\xfe\n\n\n",
        b"999999999999999999999999999999999\n",
        b"08\n1e9\n-5\n+3\n0x10\n a b c\n",
        b"no newline",
        &b"7".repeat(100_000),
    ] {
        let scripts = Scripts::of(&sample::spec());
        scripts.put("deaths", hostile);
        scripts.put("restarts", hostile);
        assert_eq!(scripts.finish(1, 0), RESTART, "{hostile:?}");
        let deaths = scripts.data("deaths");
        assert_eq!(deaths.lines().count(), 1, "{deaths:?} of {hostile:?}");
        assert!(!scripts.path().join("pwned").exists());
    }
}

#[test]
fn finish_answers_without_its_records() {
    let scripts = Scripts::of(&sample::spec());
    fs::remove_dir_all(scripts.path().join("data")).unwrap();
    assert_eq!(scripts.finish(1, 0), RESTART);
    assert_eq!(scripts.finish(78, 0), STAY_DOWN);
    // A directory where a file should be.
    fs::create_dir_all(scripts.path().join("data/deaths")).unwrap();
    assert_eq!(scripts.finish(1, 0), RESTART);
}

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

#[test]
fn a_logger_finds_its_directory_in_the_script_of_its_service() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("it's $(id) \"here\" ");
    let spec = ServiceSpec {
        log_directory: Some(directory.to_str().unwrap().into()),
        ..sample::spec()
    };
    let scripts = Scripts::of(&spec);
    let log = scripts.path().join("log");
    fs::create_dir(&log).unwrap();
    fs::write(log.join("run"), sample::slot(&spec).log_run().unwrap()).unwrap();
    // In place of s6-log, which may not be here.
    let tools = home.path().join("tools");
    fs::create_dir(&tools).unwrap();
    let s6_log = tools.join("s6-log");
    fs::write(&s6_log, "#!/bin/sh\nprintf '%s|' \"$@\"\n").unwrap();
    fs::set_permissions(&s6_log, fs::Permissions::from_mode(0o700)).unwrap();
    let path = format!("{}:/usr/bin:/bin", tools.to_str().unwrap());
    let logger = || {
        let mut logger = Command::new("/bin/sh");
        logger.arg("./run").current_dir(&log).env("PATH", &path);
        let output = logger.output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let directory = directory.to_str().unwrap();
    assert_eq!(logger(), format!("1|n10|s1000000|T|{directory}|"));
    assert!(Path::new(directory).is_dir());
    // No line of it: to the console alone.
    fs::write(scripts.path().join("run"), "#!/bin/sh\n# Its log is not\n").unwrap();
    assert_eq!(logger(), "1|");
}

#[test]
fn shellcheck_finds_nothing() {
    if Command::new("shellcheck")
        .arg("--version")
        .output()
        .is_err()
    {
        return;
    }
    let spec = ServiceSpec {
        user: Some(User {
            name: "hermes".into(),
            uid: 1000,
            gid: 1000,
        }),
        log_directory: Some("/var/log/it's".into()),
        environment: vec![("A".into(), "it's".into())],
        readiness: Some(1),
        ..sample::spec()
    };
    let slot = sample::slot(&spec);
    let directory = tempfile::tempdir().unwrap();
    for text in [
        slot.run.as_str(),
        &slot.common.finish,
        slot.log_run().unwrap(),
    ] {
        let path = directory.path().join("script");
        fs::write(&path, text).unwrap();
        let output = Command::new("shellcheck").arg(&path).output().unwrap();
        let report = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{report}");
    }
}
