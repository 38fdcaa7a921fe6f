//! The harness keeps what it promises: otherwise no other suite proves a thing.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hermes_tests::{
    Container, GATEWAY_UID, Options, Output, Svscan, Test, Tree, eventually, has_reader, require,
};

fn start(tree: Tree) -> Container {
    Container::start(Options::new(tree))
}

#[test]
fn pid_1_is_a_real_s6_svscan_that_sees_only_the_container() {
    require!(Root, S6, Namespaces);
    let container = start(Tree::Root);
    assert_eq!(container.sh("cat /proc/1/comm"), "s6-svscan\n");
    assert_eq!(container.sh("hostname"), "hermes\n");
    let processes = container.processes();
    assert_eq!(processes.len(), 1, "{processes:?}");
    assert_eq!((processes[0].pid, processes[0].uid), (1, 0));
    assert!(!container.exists(&format!("/proc/{}", std::process::id())));
}

#[test]
fn nothing_written_inside_reaches_the_machine() {
    require!(Root, S6, Namespaces);
    let container = start(Tree::Root);
    container.sh("echo x >/etc/hermes-tests; echo x >/tmp/hermes-tests; echo x >/run/hermes-tests");
    for path in [
        "/etc/hermes-tests",
        "/tmp/hermes-tests",
        "/run/hermes-tests",
    ] {
        assert!(container.exists(path));
        assert!(!Path::new(path).exists(), "{path} is on the machine");
    }
}

#[test]
fn a_restart_empties_run_and_keeps_the_volume_and_the_writable_layer() {
    require!(Root, S6, Namespaces);
    let mut container = start(Tree::Nested);
    container.sh("echo x >/run/mark; echo x >/data/mark; echo x >/etc/mark; sleep 1000 >&- 2>&- &");
    container.restart();
    assert!(!container.exists("/run/mark"));
    assert_eq!(container.read("/data/mark"), "x\n");
    assert_eq!(container.read("/etc/mark"), "x\n");
    assert!(
        !container
            .processes()
            .iter()
            .any(|process| process.name == "sleep")
    );
}

#[test]
fn a_stop_is_orderly_and_a_kill_takes_everything_at_once() {
    require!(Root, S6, Namespaces);
    let mut container = start(Tree::Nested);
    assert!(container.stop(), "it took a KILL:\n{}", container.log());
    container.start_again();
    container.write("/data/mark", "x");
    container.kill();
    container.start_again();
    assert_eq!(container.read("/data/mark"), "x");
}

#[test]
fn the_nested_tree_belongs_to_the_gateway_account() {
    require!(Root, S6, Namespaces);
    let container = start(Tree::Nested);
    let processes = container.processes();
    let nested = processes
        .iter()
        .find(|process| process.command.ends_with("/run/hermes/service"));
    assert_eq!(
        nested.expect("a nested s6-svscan").uid,
        GATEWAY_UID,
        "{processes:#?}"
    );
    let owners = container.sh("stat -c '%U %a' /run/hermes /run/hermes/service /run/service");
    assert_eq!(owners, "root 755\nhermes 755\nroot 755\n");
    let allowed = container.exec_as(GATEWAY_UID, ["s6-svscanctl", "-a", "/run/hermes/service"]);
    assert_eq!(allowed.status, 0, "{allowed:?}");
    let denied = container.exec_as(GATEWAY_UID, ["s6-svscanctl", "-a", "/run/service"]);
    assert_ne!(denied.status, 0);
}

#[test]
fn the_nested_tree_holds_as_many_slots_as_it_is_told_to() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested).env("HERMES_S6_SLOTS", "12"));
    let add = "cd /run/hermes/service; mkdir 1 2 3; s6-svscanctl -a .";
    container
        .exec_as(GATEWAY_UID, ["sh", "-euc", add])
        .success();
    eventually("all three are supervised", || {
        (1..=3).all(|i| {
            has_reader(container.path(&format!("/run/hermes/service/{i}/supervise/control")))
        })
    });
    let command = container
        .processes()
        .into_iter()
        .find(|process| process.command.contains(" 12 "));
    assert!(command.is_some(), "{:#?}", container.processes());
}

#[test]
fn commands_run_as_the_account_and_with_the_environment_they_are_given() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Root).env("COLOUR", "green"));
    let output = container.exec_as(
        GATEWAY_UID,
        ["sh", "-c", "id -u; id -G; env | sort; exit 7"],
    );
    let expected = "10000\n10000\nCOLOUR=green\nHERMES_HOME=/data\nHOME=/data\nPATH=";
    assert!(output.stdout.starts_with(expected), "{output:?}");
    assert_eq!((output.status, output.stderr.as_str()), (7, ""));
    assert_eq!(container.exec(["sh", "-c", "kill -9 $$"]).status, 137);
}

#[test]
fn nothing_is_left_of_a_container_even_after_a_panic() {
    require!(Root, S6, Namespaces);
    for panics in [false, true] {
        let mut namespace = PathBuf::new();
        let mut state = PathBuf::new();
        let test = std::panic::AssertUnwindSafe(|| {
            let container = start(Tree::Nested);
            container.sh("sleep 1000 >&- 2>&- &");
            namespace = namespace_of(&container.pid1().to_string()).unwrap();
            state = container.state_directory().to_owned();
            assert!(state.is_dir());
            assert!(!panics, "on purpose");
        });
        assert_eq!(std::panic::catch_unwind(test).is_err(), panics);
        assert!(!any_process_in(&namespace));
        assert!(!state.exists());
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
        assert!(!mounts.contains(state.to_str().unwrap()), "{mounts}");
    }
}

fn namespace_of(pid: &str) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/ns/pid")).ok()
}

fn any_process_in(namespace: &Path) -> bool {
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .any(|pid| namespace_of(&pid).as_deref() == Some(namespace))
}

#[test]
fn a_plain_svscan_supervises_without_root_and_ends_with_its_value() {
    require!(S6);
    let scandir = tempfile::tempdir().unwrap();
    let service = scandir.path().join("one");
    std::fs::create_dir(&service).unwrap();
    let svscan = Svscan::start(scandir.path(), None);
    let control = service.join("supervise/control");
    eventually("the service is supervised", || has_reader(&control));
    assert!(Path::new(&format!("/proc/{}", svscan.pid())).exists());
    drop(svscan);
    assert!(!has_reader(&control));
    assert!(!has_reader(scandir.path().join(".s6-svscan/control")));
}

#[test]
fn a_whole_output_that_differs_fails_its_test() {
    let wrong = || {
        Test::new()
            .arg("--version")
            .stdout("hermes-host of another age\n")
            .run();
    };
    assert!(std::panic::catch_unwind(wrong).is_err());
}

/// This very binary, for one test of it.
fn this_suite(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--include-ignored"]);
    command
}

#[test]
#[ignore = "the test below runs it, and kills it"]
fn victim() {
    let container = start(Tree::Nested);
    println!("{}", container.state_directory().display());
    std::thread::park();
}

#[test]
fn a_container_does_not_outlive_a_killed_test_process() {
    require!(Root, S6, Namespaces);
    let mut victim = this_suite("victim").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let state = lines.find_map(|line| line.ok().filter(|line| line.starts_with('/')));
    let state = PathBuf::from(state.expect("the victim's container"));
    let init = std::fs::read_to_string(state.join("init")).unwrap();
    victim.kill().unwrap();
    victim.wait().unwrap();
    eventually("the state directory is gone", || !state.exists());
    assert!(namespace_of(init.trim()).is_none());
}

#[test]
fn what_a_machine_lacks_skips_a_test_loudly_and_fails_it_in_a_pipeline() {
    let test = "a_plain_svscan_supervises_without_root_and_ends_with_its_value";
    let list = tempfile::NamedTempFile::new().unwrap();
    let mut poor = this_suite(test);
    poor.env("PATH", "/nonexistent")
        .env("HERMES_TESTS_SKIPPED", list.path())
        .env_remove("CI");
    let skipped = Output::from(poor.output().unwrap());
    let line = format!(
        "SKIPPED {test}: needs s6-svscan, s6-svc, s6-setuidgid (tests/install-prerequisites.sh)\n"
    );
    assert_eq!((skipped.status, &skipped.stderr), (0, &line));
    assert_eq!(std::fs::read_to_string(list.path()).unwrap(), line);
    assert_ne!(
        Output::from(poor.env("CI", "true").output().unwrap()).status,
        0
    );
}
