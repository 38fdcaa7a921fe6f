//! What the invariants are there to find, done on purpose: one that they did
//! not see would make this suite worthless.

use hermes_tests::{Output, assurance, require};

use crate::invariants::{answered, consistent, homeless, whole};
use crate::site::Site;
use crate::state::State;

/// What is done in the scan directory, how it is undone, and what is to be
/// said about it. `$v` is the volume.
const PLANTED: [(&str, &str, &str); 13] = [
    (
        "mkdir gateway-twin; echo '#!/bin/sh' >gateway-twin/run",
        "rm -r gateway-twin",
        "slot gateway-twin is in sight, and nobody wanted it",
    ),
    (
        "mv gateway-coder/finish finish",
        "mv finish gateway-coder/finish",
        "slot gateway-coder is in sight without gateway-coder/finish",
    ),
    (
        "mv gateway-coder/run run; echo x >gateway-coder/run",
        "mv run gateway-coder/run",
        "slot gateway-coder is in sight, half written: gateway-coder/run",
    ),
    (
        "mv $v/profiles/writer/gateway_port $v/port",
        "mv $v/port $v/profiles/writer/gateway_port",
        "profile profiles/writer is in sight without profiles/writer/gateway_port",
    ),
    (
        "cp -p $v/profiles/coder/gateway_intent.json $v/i; echo '{\"desi' >$v/profiles/coder/gateway_intent.json",
        "mv $v/i $v/profiles/coder/gateway_intent.json",
        "the intent of `profiles/coder` is neither old nor new",
    ),
    (
        "mkfifo .events-000000006b04df1a1cda7068:ddb3b1",
        "rm .events-*",
        "left in the scan directory: .events-",
    ),
    (
        "mkdir .stage-gateway-coder",
        "rmdir .stage-gateway-coder",
        "left in the scan directory: .stage-",
    ),
    (
        "mkdir $v/profiles/.stage-twin-7",
        "rmdir $v/profiles/.stage-twin-7",
        "left on the volume: profiles/.stage-twin-7",
    ),
    (
        "touch $v/profiles/coder/.gateway_intent.json.7-0.tmp",
        "rm $v/profiles/coder/.gateway_intent.json.7-0.tmp",
        "the volume: profiles/coder/.gateway_intent.json.7-0.tmp is",
    ),
    (
        "mv gateway-writer .gone-gateway-writer",
        "mv .gone-gateway-writer gateway-writer",
        "a process nobody answers for: s6-supervise of /run/hermes/service/.gone-gateway-writer",
    ),
    (
        "mv $v/profiles/writer $v/writer",
        "mv $v/writer $v/profiles/writer",
        "slot gateway-writer has no profile",
    ),
    (
        "mv $v/profiles/coder $v/profiles/author",
        "mv $v/profiles/author $v/profiles/coder",
        "slot gateway-coder is in sight without its profile",
    ),
    (
        "sleep 1000 & echo $! >$v/pid",
        "kill $(cat $v/pid); rm $v/pid",
        "a process nobody answers for: sleep",
    ),
];

/// The same by a byte to a supervisor.
const SIGNALLED: [(&str, &[u8], &[u8], &str); 2] = [
    (
        "gateway-writer",
        b"u",
        b"d",
        "writer is to be stopped, but is",
    ),
    (
        "gateway-coder",
        b"d",
        b"u",
        "coder is to be running, but is",
    ),
];

#[test]
fn what_is_wrong_is_seen() {
    require!(Root, S6, Namespaces);
    let mut site = Site::new();
    let sound = site.at_rest();
    assert_eq!(judged(&sound, &sound), [""; 0]);
    let sees = |site: &Site, what: &str, expected: &str| {
        let missing = site.settle(|now| lacks(&judged(now, &sound), expected));
        assert_eq!(missing, [""; 0], "{what}");
    };
    let place = format!("cd {}; v=/data; ", site.scandir());
    for (done, undone, expected) in PLANTED {
        site.sh(&format!("{place}{done}"));
        sees(&site, done, expected);
        site.sh(&format!("{place}{undone}"));
        assert_eq!(site.settle(|now| judged(now, &sound)), [""; 0], "{undone}");
    }
    for (slot, done, undone, expected) in SIGNALLED {
        site.signal(slot, done);
        sees(&site, slot, expected);
        site.signal(slot, undone);
        assert_eq!(site.settle(consistent), [""; 0], "{slot}");
    }
    // A command that is cut off, and nobody to make it good.
    let stop = "gateway stop -p coder --trace /tmp/trace";
    site.hermes(stop).expect("it ends").success();
    site.hermes("gateway start -p coder")
        .expect("it ends")
        .success();
    let traced = site.read("/tmp/trace");
    let told = traced.lines().filter(|line| line.contains("\"effect\""));
    let told = told
        .take_while(|line| !line.contains("\"bytes\":\"d\""))
        .count()
        + 1;
    let killed = format!("gateway stop -p coder --fault {told}:kill-before");
    assert_eq!(site.hermes(&killed).expect("it ends").status, 137);
    let found = consistent(&site.state());
    assert!(
        found
            .iter()
            .any(|found| found.contains("coder is to be stopped, but is supervised")),
        "{found:#?}"
    );
    assurance(&[("control-violations", PLANTED.len() + SIGNALLED.len() + 1)]);
}

#[test]
fn an_answer_that_is_none_is_seen() {
    let ended = |status, stderr: &str| Output {
        stdout: String::new(),
        stderr: stderr.to_owned(),
        status,
    };
    for (status, stderr, kills, fine) in [
        (0, "", false, true),
        (1, "error: coder: no\n", false, true),
        (1, "", false, false),
        (101, "thread 'main' panicked", false, false),
        (134, "", false, false),
        (137, "", true, true),
        (137, "", false, false),
    ] {
        let found = answered(&ended(status, stderr), kills);
        assert_eq!(found.is_empty(), fine, "{status} {stderr}: {found:?}");
    }
}

fn judged(now: &State, sound: &State) -> Vec<String> {
    let mut found = whole(now, sound, sound);
    found.extend(homeless(now, sound));
    found.extend(consistent(now));
    found.extend(sound.differences(now));
    found
}

/// Empty once something says what is expected.
fn lacks(found: &[String], expected: &str) -> Vec<String> {
    if found.iter().any(|found| found.contains(expected)) {
        Vec::new()
    } else {
        vec![format!("not `{expected}` but {found:?}")]
    }
}
