use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use hermes_tests::require;
use serde_json::json;

use super::machine;

#[test]
fn a_start_that_stays_ends_with_a_stop_and_not_with_a_restart() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    container.hermes_as(0, "profile create coder").success();
    let mut attached = container
        .command(
            0,
            "hermes-host gateway start -p coder --attach".split(' '),
            &[],
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(attached.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    assert!(line.starts_with("coder: running, ready after "), "{line}");
    container.hermes_as(0, "gateway restart -p coder").success();
    container.hermes_as(0, "gateway stop -p coder").success();
    let mut said = String::new();
    let mut err = attached.stderr.take().unwrap();
    err.read_to_string(&mut said).unwrap();
    assert_eq!(said, "coder: stopped\n");
    assert_eq!(attached.wait().unwrap().code(), Some(0));
}

#[test]
fn a_start_that_stays_ends_with_the_gateways_own_exit_code() {
    require!(Root, Systemd, Namespaces);
    for (how, status, says) in [
        // systemd forgets how such a one has ended.
        ("0", 0, "coder: "),
        ("78", 78, "coder: exit 78 is final: not restarted"),
        ("9", 9, "coder: quarantined: died 2 times in 60 s"),
        ("KILL", 137, "coder: quarantined: died 2 times in 60 s"),
    ] {
        let container = machine();
        let restart = json!({ "max_deaths": 2, "window": "60s" });
        container.configure(&json!({ "command": ["/gateways/does-as-told"], "restart": restart }));
        container.hermes_as(0, "profile create coder").success();
        container.write("/data/profiles/coder/exit", how);
        let attached = container.hermes_as(0, "gateway start -p coder --attach");
        assert_eq!(attached.status, status, "{attached:#?}");
        assert!(attached.stderr.contains(says), "{attached:#?}");
    }
}

#[test]
fn what_another_container_runs_is_not_installed_and_started() {
    require!(Root, Systemd, Namespaces);
    let container = machine();
    let record = r#"{"host":"far","boot":"b","container":"c","pid":1,"since":"long ago"}"#;
    container.write("/data/gateway_lease", record);
    for arguments in ["gateway install --now", "gateway install --migrate"] {
        let refused = container.hermes_as(0, arguments);
        assert_eq!(refused.status, 1, "{refused:#?}");
        assert_eq!(
            refused.stderr,
            "error: the gateways of /data are run by another container (far, since long ago)\n  \
             hint: stop that container; hermes-host lease show looks again\n"
        );
        assert_eq!(refused.stdout, "");
    }
    container.hermes_as(0, "gateway install").success();
    container.sh("touch -d '1 minute ago' /data/gateway_lease");
    container.hermes_as(0, "gateway install --now").success();
}
