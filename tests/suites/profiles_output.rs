//! The whole output of the profile verbs, where no supervisor runs.

use std::path::Path;

use hermes_tests::Test;
use serde_json::{Value, json};

#[track_caller]
fn says(home: &Path, arguments: &str, stdout: &str) {
    Test::home(home).args(arguments).stdout(stdout).run();
}

#[track_caller]
fn fails(home: &Path, arguments: &str, status: i32, stderr: &str) {
    Test::home(home)
        .args(arguments)
        .stderr(stderr)
        .status(status)
        .run();
}

fn json_of(home: &Path, arguments: &str) -> Value {
    let output = Test::home(home).args(arguments).output();
    assert_eq!(
        (output.status, output.stderr.as_str()),
        (0, ""),
        "{output:#?}"
    );
    output.json()
}

#[test]
fn a_profile_from_its_creation_to_its_end() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    says(
        home,
        "profile create coder",
        "coder: created at [HOME]/profiles/coder, port 9570\n",
    );
    says(
        home,
        "profile create writer --clone coder",
        "writer: created at [HOME]/profiles/writer, port 9543\n",
    );
    says(
        home,
        "profile list",
        "
        PROFILE  PORT  WANTED  PATH  NOTE
        default  -  stopped  [HOME]
        coder  9570  stopped  [HOME]/profiles/coder
        writer  9543  stopped  [HOME]/profiles/writer
        ",
    );
    says(
        home,
        "profile show coder",
        "
        profile  coder
        path  [HOME]/profiles/coder
        port  9570
        wanted  stopped
        ",
    );
    says(
        home,
        "profile rename coder author",
        "coder: renamed to author, at [HOME]/profiles/author\n",
    );
    says(home, "profile delete author --yes", "author: deleted\n");
    fails(
        home,
        "profile delete author --yes",
        4,
        "
        error: no profile named author in [HOME]
          hint: hermes-host profile list shows all
        ",
    );
    let left: Vec<_> = std::fs::read_dir(home.join("profiles")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn json_has_documented_fields_and_no_others() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let path = home.join("profiles/coder");
    let created = json_of(home, "profile create coder --json");
    assert_eq!(
        created,
        json!({
            "profile": "coder", "path": path, "port": 9570,
            "registered_with": null, "skipped": [], "dry_run": false,
        })
    );
    let coder = json!({
        "profile": "coder", "path": path, "port": 9570, "port_source": "recorded",
        "wanted": "stopped", "problem": null,
    });
    let default = json!({
        "profile": "default", "path": home, "port": null, "port_source": null,
        "wanted": "stopped", "problem": null,
    });
    assert_eq!(json_of(home, "profile show coder --json"), coder);
    assert_eq!(
        json_of(home, "profile list --json"),
        json!([default, coder])
    );
}

#[test]
fn a_port_of_the_dot_env_is_shown_as_such() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    json_of(home, "profile create coder --json");
    std::fs::write(home.join("profiles/coder/.env"), "API_SERVER_PORT=8123\n").unwrap();
    says(
        home,
        "profile show coder",
        "
        profile  coder
        path  [HOME]/profiles/coder
        port  8123 (from its .env)
        wanted  stopped
        ",
    );
    assert_eq!(
        json_of(home, "profile show coder --json")["port_source"],
        "env"
    );
}

#[test]
fn names_that_cannot_be_are_usage_errors_and_change_nothing() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    for reserved in ["hermes", "default", "test", "tmp", "root", "sudo"] {
        fails(
            home,
            &format!("profile create {reserved}"),
            2,
            &format!("error: profile name {reserved} is reserved\n  hint: choose another name\n"),
        );
    }
    for invalid in ["Coder", "../x", "-", "_x", "a.b", "größe"] {
        fails(
            home,
            &format!("profile create -- {invalid}"),
            2,
            &format!(
                "error: profile name must be a-z, 0-9, - and _, \
                 starting with a letter or digit, got \"{invalid}\"\n"
            ),
        );
    }
    assert!(!home.join("profiles").exists());
}

#[test]
fn what_is_taken_stays_and_so_does_the_default_profile() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    json_of(home, "profile create coder --json");
    json_of(home, "profile create writer --json");
    for arguments in ["profile create coder", "profile rename writer coder"] {
        fails(
            home,
            arguments,
            1,
            "
            error: coder: already exists at [HOME]/profiles/coder
              hint: choose another name, or hermes-host profile delete coder
            ",
        );
    }
    fails(
        home,
        "profile rename coder coder",
        2,
        "
        error: coder: is its name already
          hint: choose another name
        ",
    );
    for (arguments, verb) in [
        ("profile delete default --yes", "deleted"),
        ("profile rename default coder", "renamed"),
    ] {
        let error = format!(
            "error: default: the default profile is the home itself and cannot be {verb}\n"
        );
        fails(home, arguments, 1, &error);
    }
    assert!(home.join("profiles/coder/SOUL.md").exists());
}

#[test]
fn delete_needs_a_yes_where_nobody_can_be_asked() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    json_of(home, "profile create coder --json");
    Test::home(home)
        .args("profile delete coder")
        .stdin("y\n")
        .stderr(
            "
            error: coder: not deleted, nobody can be asked here
              hint: hermes-host profile delete coder --yes
            ",
        )
        .status(2)
        .run();
    assert!(home.join("profiles/coder/SOUL.md").exists());
}
