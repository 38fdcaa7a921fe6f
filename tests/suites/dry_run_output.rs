//! The whole output of dry runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use hermes_tests::{Container, Options, Test, Tree, require};
use serde_json::json;

/// With a placeholder for what the time makes different.
fn shown(container: &Container, arguments: &str) -> String {
    let text = container.hermes(arguments).success();
    let label = text.split_once(".events-").map(|(_, rest)| &rest[..31]);
    let text = label.map_or(text.clone(), |label| text.replace(label, "[LABEL]"));
    text.lines()
        .map(|line| match line.split_once("\"at\":\"") {
            Some((before, rest)) => {
                let after = rest.split_once('"').map_or("", |(_, after)| after);
                format!("{before}\"at\":\"[TIME]\"{after}\n")
            }
            None => format!("{line}\n"),
        })
        .collect()
}

#[test]
fn a_plan_is_below_what_would_come_of_it() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    let scan = container.scandir();
    let slot = container.slot("coder");
    assert_eq!(
        shown(&container, "gateway start -p coder --dry-run"),
        format!(
            "coder: would be started\n\
             plan: 10 steps, not performed\n  \
             host  lock              /data/profiles/coder/gateway_intent.lock\n  \
             host  write             /data/profiles/coder/gateway_intent.json, mode 0644, \
             `{{\"at\":\"[TIME]\",\"by\":\"hermes\",\"desired\":\"running\",\"generation\":1}}`\n  \
             s6    remove            {slot}/down\n  \
             s6    listen            {scan}/.events-[LABEL], mode 0622\n  \
             s6    create-link       {slot}/event/ftrig1:@[LABEL], as {scan}/.events-[LABEL]\n  \
             s6    create-directory  {slot}/data, mode 0755\n  \
             s6    signal            {slot}/supervise/control, `u`: bring it up, and up again whenever it ends\n  \
             s6    expect            {slot}/supervise/status: it is up and ready\n  \
             s6    remove            {slot}/event/ftrig1:@[LABEL]\n  \
             s6    remove            {scan}/.events-[LABEL]\n"
        )
    );
    container.hermes("gateway stop -p coder").success();
    Test::within(&container)
        .args("gateway stop -p coder --dry-run")
        .stdout(
            "
            coder: already stopped
            plan: 3 steps, not performed
              host  lock  /data/profiles/coder/gateway_intent.lock
              s6  write  /run/hermes/service/gateway-coder/down, mode 0644, empty
              s6  signal  /run/hermes/service/gateway-coder/supervise/control, `d`: bring it down (SIGTERM), and leave it down
            ",
        )
        .run();
}

#[test]
fn json_has_the_same_steps() {
    require!(Root, S6, Namespaces);
    let container = Container::start(Options::new(Tree::Nested));
    container.run_gateway("sleeps");
    container.create_profiles(&["coder"]);
    container.hermes("gateway stop --all").success();
    // Of no bytes at all.
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let lock = |path: &str| json!({ "by": "host", "action": "lock", "path": path });
    for (arguments, fields) in [
        (
            "gateway stop -p coder --dry-run --json",
            json!({
                "manager": "s6 (container supervisor)", "dry_run": true,
                "gateways": [{ "profile": "coder", "action": "none", "problem": null }],
                "plan": [
                    lock("/data/profiles/coder/gateway_intent.lock"),
                    {
                        "by": "s6", "action": "write", "mode": 0o644,
                        "path": "/run/hermes/service/gateway-coder/down",
                        "size": 0, "sha256": nothing, "text": "",
                    },
                    {
                        "by": "s6", "action": "signal", "bytes": "d",
                        "path": "/run/hermes/service/gateway-coder/supervise/control",
                        "meaning": "bring it down (SIGTERM), and leave it down",
                    },
                ],
            }),
        ),
        (
            "profile rename coder author --dry-run --json --backend noop",
            json!({
                "profile": "coder", "new_name": "author", "path": "/data/profiles/author",
                "dry_run": true,
                "plan": [
                    lock("/data/hermes-host.lock"),
                    lock("/data/profiles/coder/gateway_intent.lock"),
                    {
                        "by": "host", "action": "rename",
                        "path": "/data/profiles/coder", "new_path": "/data/profiles/author",
                    },
                ],
            }),
        ),
    ] {
        let output = container.hermes(arguments);
        assert_eq!(
            (output.status, output.stderr.as_str()),
            (0, ""),
            "{arguments}"
        );
        assert_eq!(output.json(), fields, "{arguments}");
    }
    let plan = container.hermes("profile delete coder --dry-run --json --backend noop");
    let fields = plan.json();
    assert_eq!(
        (&fields["profile"], &fields["dry_run"]),
        (&json!("coder"), &json!(true))
    );
    assert_eq!(fields["plan"].as_array().map(Vec::len), Some(4), "{fields}");
}

#[test]
fn without_a_supervisor_a_plan_is_the_hosts_alone() {
    let parent = tempfile::tempdir().unwrap();
    let home = parent.path().join("home");
    let run = |arguments: &str| {
        Test::home(parent.path())
            .args("--home home --backend noop")
            .args(arguments)
    };
    let created = run("profile create coder --dry-run").output().success();
    let lines: Vec<&str> = created.lines().collect();
    let actions: Vec<&str> = lines[2..]
        .iter()
        .map(|line| line.split_whitespace().nth(1).unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "create-directory",
            "lock",
            "create-directory",
            "create-directory",
            "write",
            "write",
            "rename"
        ],
        "{created}"
    );
    assert!(!home.exists(), "nothing was made");

    run("profile create coder").output().success();
    run("gateway start -p coder --dry-run")
        .stdout(
            "
            plan: 1 step, not performed
              host  lock  [HOME]/home/profiles/coder/gateway_intent.lock
            ",
        )
        .stderr(
            "
            error: coder: no supervisor runs here
              hint: hermes-host gateway run -p coder
            ",
        )
        .status(1)
        .run();
}

#[test]
fn what_is_copied_from_a_profile_is_never_quoted() {
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &str| {
        let test = Test::home(home.path()).args("--backend noop");
        test.args(arguments).output().success()
    };
    run("profile create coder");
    let coder = home.path().join("profiles/coder");
    fs::create_dir_all(coder.join("memories")).unwrap();
    // Whoever may read them: the directories above may keep everybody out.
    for file in [".env", "SOUL.md", "config.yaml", "memories/user.md"] {
        let path = coder.join(file);
        fs::write(&path, "TOKEN=hunter2\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    for format in ["", " --json"] {
        let plan = run(&format!(
            "profile create writer --clone coder --dry-run{format}"
        ));
        assert!(!plan.contains("hunter2"), "{plan}");
        // SHA-256 of the text.
        assert_eq!(plan.matches("cf1440f2d7c0").count(), 4, "{plan}");
    }
}

#[test]
fn what_cannot_be_done_is_refused_in_the_same_words_and_nothing_is_planned() {
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &str| Test::home(home.path()).args(arguments);
    run("profile create coder --backend noop")
        .output()
        .success();
    for command in [
        "gateway start -p codr",
        "gateway stop -p Bad",
        "gateway restart --all -p coder",
        "profile create Bad",
        "profile create root",
        "profile create writer --clone codr",
        "profile delete codr --yes",
        "profile delete default --yes",
        "profile rename codr writer",
        "profile rename coder coder",
        "profile rename default writer",
        "gateway start --home /nonexistent/home",
        "profile create writer --home /nonexistent/deep/home",
        "reconcile --home /nonexistent/deep/home",
    ] {
        let done = run(command).output();
        let planned = run(&format!("{command} --dry-run")).output();
        assert_ne!(done.status, 0, "{command}: {done:#?}");
        assert_eq!(planned, done, "{command}");
    }
    run("profile create coder --backend noop --dry-run")
        .stdout(
            "
            plan: 1 step, not performed
              host  lock  [HOME]/hermes-host.lock
            ",
        )
        .stderr(
            "
            error: coder: already exists at [HOME]/profiles/coder
              hint: choose another name, or hermes-host profile delete coder
            ",
        )
        .status(1)
        .run();
    let misused = run("gateway start --json").output();
    assert_eq!(misused.status, 2, "{misused:#?}");
    assert!(misused.stderr.contains("--dry-run"), "{misused:#?}");
}
