//! A holder on another machine, whose lock does not reach this one.

use std::fs::{self, File, FileTimes};
use std::time::{Duration, SystemTime};

use hermes_tests::Test;

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let record = r#"{"host":"\u001b[2Jfar","boot":"b","container":"c","pid":1,"since":"long ago"}"#;
    fs::write(home.path().join("gateway_lease"), record).unwrap();
    home
}

fn renewed(home: &tempfile::TempDir, ago: Duration) {
    let file = File::options()
        .write(true)
        .open(home.path().join("gateway_lease"));
    let times = FileTimes::new().set_modified(SystemTime::now() - ago);
    file.unwrap().set_times(times).unwrap();
}

#[test]
fn it_counts_while_it_is_renewed() {
    let home = home();
    let run = |arguments: &str| Test::home(home.path()).args(arguments);
    run("lease show")
        .stdout("Lease: held by another container (\\u{1b}[2Jfar, since long ago)\n")
        .status(1)
        .run();
    run("reconcile")
        .stderr(
            "
            error: the gateways of [HOME] are run by another container (\\u{1b}[2Jfar, since long ago)
              hint: stop that container; hermes-host lease show looks again
            ",
        )
        .status(1)
        .run();
}

#[test]
fn it_counts_no_more_when_it_has_not_been_renewed() {
    let home = home();
    renewed(&home, Duration::from_mins(1));
    let run = |arguments: &str| Test::home(home.path()).args(arguments);
    run("lease show")
        .stdout("Lease: not held any more (\\u{1b}[2Jfar, since long ago)\n")
        .status(3)
        .run();
    let state = run("lease show --json").output().json();
    assert_eq!(state["state"], "stale", "{state:#}");
    assert_eq!(run("reconcile").output().status, 0);
    renewed(&home, Duration::ZERO);
    assert_eq!(run("reconcile").output().status, 1);
}

#[test]
fn no_lease_is_nobodys() {
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &str| Test::home(home.path()).args(arguments);
    run("lease show")
        .stdout("Lease: not held\n")
        .status(3)
        .run();
    let fields = run("lease show --json").output().json();
    let mut expected = serde_json::json!({
        "state": "none", "ours": false, "host": null, "pid": null, "since": null, "problem": null,
    });
    expected["path"] = home.path().join("gateway_lease").to_str().into();
    assert_eq!(fields, expected);
    assert!(!home.path().join("gateway_lease").exists());
}
