//! The whole output of commands that no supervisor answers, and of those that
//! are wrong in themselves.

use std::path::Path;
use std::process::{Command, Stdio};

use hermes_tests::{Test, host_binary};

/// A home with profiles of which no supervisor knows.
fn home_with(names: &[&str]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for name in names {
        let create = Test::home(home.path())
            .args("profile create")
            .arg(*name)
            .output();
        assert_eq!(create.status, 0, "{create:#?}");
    }
    home
}

#[track_caller]
fn fails(home: &Path, arguments: &str, status: i32, stderr: &str) {
    Test::home(home)
        .args(arguments)
        .stderr(stderr)
        .status(status)
        .run();
}

#[test]
fn without_a_supervisor_each_verb_says_the_way_forward() {
    let home = home_with(&["coder"]);
    for backend in ["", "--backend noop "] {
        for verb in ["start", "restart"] {
            fails(
                home.path(),
                &format!("{backend}gateway {verb} -p coder"),
                1,
                "
                error: coder: no supervisor runs here
                  hint: hermes-host gateway run -p coder
                ",
            );
        }
        fails(
            home.path(),
            &format!("{backend}gateway stop -p coder"),
            1,
            "error: coder: no supervisor runs here, and its gateway does not run in the foreground\n",
        );
    }
    assert!(
        !home
            .path()
            .join("profiles/coder/gateway_intent.json")
            .exists()
    );
}

#[test]
fn without_a_supervisor_all_names_each_failure_and_counts_them() {
    let home = home_with(&["coder"]);
    fails(
        home.path(),
        "gateway stop --all",
        1,
        "
        error: default: no supervisor runs here, and its gateway does not run in the foreground
        error: coder: no supervisor runs here, and its gateway does not run in the foreground
        error: 2 of 2 gateways did not stop
        ",
    );
}

#[test]
fn without_a_supervisor_status_and_list_say_so() {
    let home = home_with(&["coder"]);
    let table = "
        PROFILE  STATE  PID  UPTIME  RESTARTS  WANTED  PORT  NOTE
        default  down  -  -  -  stopped  -  not supervised
        coder  down  -  -  -  stopped  9570  not supervised
        Manager: none (manual process)
        ";
    for arguments in ["gateway list", "gateway status --all"] {
        Test::home(home.path()).args(arguments).stdout(table).run();
    }
    Test::home(home.path())
        .args("gateway status")
        .stdout(
            "
            PROFILE  STATE  PID  UPTIME  RESTARTS  WANTED  PORT  NOTE
            default  down  -  -  -  stopped  -  not supervised
            Manager: none (manual process)
            ",
        )
        .status(3)
        .run();
}

#[test]
fn without_a_supervisor_nothing_can_be_installed() {
    let home = home_with(&[]);
    for verb in ["install", "uninstall"] {
        fails(
            home.path(),
            &format!("gateway {verb}"),
            1,
            "
            error: no supervisor runs here
              hint: run the gateway in the foreground: hermes-host gateway run
              hint: or start s6-svscan on a scan directory and name it: HERMES_S6_SCANDIR=DIR
            ",
        );
    }
}

#[test]
fn a_backend_may_be_named_though_its_supervisor_is_absent() {
    let home = home_with(&["coder"]);
    Test::home(home.path())
        .args("--backend s6 gateway start -p coder")
        .env("HERMES_S6_SCANDIR", "/nonexistent")
        .stderr(
            "error: coder: there is no scan directory: is s6-svscan running? \
             (scan directory /nonexistent)\n",
        )
        .status(1)
        .run();
}

#[test]
fn a_scan_directory_that_was_set_and_cannot_be_used_is_named() {
    let home = home_with(&["coder"]);
    for (directory, error, status) in [
        (
            "/nonexistent",
            "error: HERMES_S6_SCANDIR=/nonexistent: no s6-svscan answers there\n  \
             hint: start one as this user, or unset HERMES_S6_SCANDIR\n",
            1,
        ),
        (
            "service",
            "error: HERMES_S6_SCANDIR=service: not an absolute path\n",
            2,
        ),
    ] {
        Test::home(home.path())
            .args("gateway start -p coder")
            .env("HERMES_S6_SCANDIR", directory)
            .stderr(error)
            .status(status)
            .run();
    }
}

#[test]
fn what_does_not_exist_is_named_with_what_does() {
    let home = home_with(&["coder"]);
    let nearest = "
        error: no profile named codr in [HOME]
          hint: did you mean coder? hermes-host profile list shows all
        ";
    for arguments in [
        "gateway start -p codr",
        "gateway stop -p codr",
        "gateway restart -p codr",
        "gateway status -p codr",
        "profile show codr",
        "profile delete codr --yes",
        "profile rename codr author",
        "profile create author --clone codr",
    ] {
        fails(home.path(), arguments, 4, nearest);
    }
    fails(
        home.path(),
        "--backend launchd gateway list",
        2,
        "
        error: no backend is called launchd
          hint: the built-in ones are s6, systemd, noop
        ",
    );
}

#[test]
fn all_and_a_profile_contradict_each_other() {
    let home = home_with(&["coder"]);
    for verb in ["start", "stop", "restart", "status"] {
        fails(
            home.path(),
            &format!("gateway {verb} --all -p coder"),
            2,
            "
            error: --all and --profile contradict each other
              hint: leave one of them out
            ",
        );
    }
}

#[test]
fn wrong_options_are_usage_errors_that_say_what_is_right() {
    let home = home_with(&[]);
    for (arguments, stderr) in [
        (
            "gateway strat",
            "error: no command is called \"strat\"\n  \
             hint: did you mean start? hermes-host gateway --help shows all\n",
        ),
        (
            "gateway start --tiemout 1s",
            "error: no option is called --tiemout\n  \
             hint: did you mean --timeout? hermes-host gateway start --help shows all\n",
        ),
        (
            "gateway start --timeout 1x",
            "error: \"1x\" is no value of --timeout <DURATION>: is not a duration; write a whole \
             number and a unit: [DURATION], [DURATION], [DURATION], [DURATION]\n  \
             hint: hermes-host gateway start --help shows what there is\n",
        ),
        (
            "gateway start --timeout 1s --no-wait",
            "error: --timeout <DURATION> and --no-wait contradict each other\n  \
             hint: leave one of them out\n",
        ),
        (
            "gateway list --color=sometimes",
            "error: \"sometimes\" is no value of --color <WHEN>; there are auto, always, never\n  \
             hint: hermes-host gateway list --help shows what there is\n",
        ),
        (
            "profile create",
            "error: missing: <NAME>\n  \
             hint: hermes-host profile create --help shows what there is\n",
        ),
    ] {
        fails(home.path(), arguments, 2, stderr);
    }
}

#[test]
fn without_a_command_the_help_says_which_there_are() {
    for (arguments, says) in [
        ("", "Usage: hermes-host"),
        ("gateway", "Usage: hermes-host gateway"),
    ] {
        let output = Test::new().args(arguments).output();
        let seen = (output.status, output.stdout.as_str());
        assert_eq!(seen, (2, ""), "{arguments}");
        assert!(output.stderr.contains(says), "{arguments}: {output:#?}");
    }
}

#[test]
fn a_home_that_is_none_is_named() {
    let home = home_with(&[]);
    fails(
        home.path(),
        "--home /nonexistent gateway list",
        1,
        "
        error: /nonexistent: there is no hermes home
          hint: hermes-host profile create NAME makes it, --home names another one
        ",
    );
    fails(
        home.path(),
        "--home /dev/null gateway list",
        1,
        "error: /dev/null: is not a directory\n",
    );
}

#[test]
fn control_characters_never_reach_the_terminal() {
    let home = home_with(&["coder"]);
    let evil = "\u{1b}[31mred\u{7}\u{9b}1m\u{202e}";
    let coder = home.path().join("profiles/coder");
    std::fs::write(
        coder.join("gateway_state.json"),
        format!("{{\"gateway_state\": \"{evil}\"}}"),
    )
    .unwrap();
    std::fs::write(coder.join(".env"), format!("API_SERVER_PORT={evil}\n")).unwrap();
    std::fs::create_dir(home.path().join("profiles").join(evil)).unwrap();
    let name = evil.replace('\u{7}', "\n");
    let tests = [
        "gateway list",
        "gateway start --all",
        "profile list",
        "profile show coder",
        "reconcile --dry-run",
        "reconcile",
    ]
    .map(|arguments| Test::home(home.path()).args(arguments));
    let named = [
        Test::home(home.path()).args("gateway start -p").arg(&name),
        Test::home(home.path()).args("profile create").arg(&name),
        Test::home(home.path())
            .args("gateway list --backend")
            .arg(&name),
        Test::home(home.path())
            .args("gateway list --home")
            .arg(&name),
        Test::home(home.path())
            .args("gateway list --trace")
            .arg(format!("/nonexistent/{name}")),
    ];
    for test in tests.into_iter().chain(named) {
        let output = test.output();
        let shown = format!("{}{}", output.stdout, output.stderr);
        let hostile = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.is_empty() && !shown.contains(hostile), "{output:#?}");
    }
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let home = home_with(&["coder"]);
    for arguments in [
        &["gateway", "list"][..],
        &["gateway", "status"],
        &["--help"],
        &["--version"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let output = Command::new(host_binary())
            .args(arguments)
            .env("HERMES_HOME", home.path())
            .stdout(full.unwrap())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let home = home_with(&["coder"]);
    for arguments in [
        &["gateway", "list"][..],
        &["profile", "list", "--json"],
        &["--help"],
    ] {
        let mut child = Command::new(host_binary())
            .args(arguments)
            .env("HERMES_HOME", home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}
