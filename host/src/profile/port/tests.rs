use std::fs;
use std::process::Command;
use std::thread;

use proptest::prelude::*;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::super::fixture::Fixture;
use super::*;

fn name(name: &str) -> ProfileName {
    name.parse().unwrap()
}

#[test]
fn prefers_the_ports_hermes_agent_computes() {
    for (profile, port) in [
        ("default", 9449),
        ("coder", 9570),
        ("writer", 9543),
        ("assistant", 9714),
        ("a", 9610),
        ("b", 9566),
    ] {
        assert_eq!(preferred(&name(profile)), port, "{profile}");
    }
}

#[test]
fn takes_the_next_free_port_around_the_end() {
    let coder = name("coder");
    for (taken, port) in [
        (BTreeSet::new(), Some(9570)),
        (BTreeSet::from([9571]), Some(9570)),
        (BTreeSet::from([9570, 9571]), Some(9572)),
        ((9570..9800).collect(), Some(9200)),
        ((9200..9799).collect(), Some(9799)),
        ((9200..9800).collect(), None),
    ] {
        assert_eq!(allocate(&coder, &taken), port);
    }
}

#[test]
fn records_once_and_keeps_it() {
    let fixture = Fixture::with(&["coder"]);
    let coder = fixture.home.profile(&name("coder")).unwrap();
    assert_eq!(coder.port().unwrap(), None);
    let record = PortRecord {
        port: 9570,
        source: PortSource::Recorded,
    };
    assert_eq!(fixture.home.ensure_port(&coder, "test").unwrap(), record);
    assert_eq!(
        fs::read_to_string(fixture.path("profiles/coder/gateway_port")).unwrap(),
        "9570\n"
    );
    assert_eq!(coder.port().unwrap(), Some(record));
    assert_eq!(fixture.home.ensure_port(&coder, "test").unwrap(), record);
}

#[test]
fn respects_what_others_have() {
    let fixture = Fixture::with(&["assistant", "coder", "writer"]);
    fs::write(
        fixture.path("profiles/writer/.env"),
        "API_SERVER_PORT=9570\n",
    )
    .unwrap();
    fs::write(fixture.path("profiles/assistant/gateway_port"), "9571").unwrap();
    fs::write(fixture.path("gateway_port"), "9572\n").unwrap();
    let coder = fixture.home.profile(&name("coder")).unwrap();
    assert_eq!(fixture.home.ensure_port(&coder, "test").unwrap().port, 9573);
}

#[test]
fn the_env_file_wins_unless_it_is_empty() {
    let fixture = Fixture::with(&["coder"]);
    let coder = fixture.home.profile(&name("coder")).unwrap();
    fs::write(fixture.path("profiles/coder/gateway_port"), "9600\n").unwrap();
    let recorded = PortRecord {
        port: 9600,
        source: PortSource::Recorded,
    };
    for (env, record) in [
        (
            "API_SERVER_PORT=8642",
            PortRecord {
                port: 8642,
                source: PortSource::Env,
            },
        ),
        (
            "export API_SERVER_PORT='8642' # x",
            PortRecord {
                port: 8642,
                source: PortSource::Env,
            },
        ),
        ("API_SERVER_PORT=", recorded),
        ("# API_SERVER_PORT=1", recorded),
        ("not a line", recorded),
    ] {
        fs::write(fixture.path("profiles/coder/.env"), env).unwrap();
        assert_eq!(coder.port().unwrap(), Some(record), "{env}");
        assert_eq!(fixture.home.ensure_port(&coder, "test").unwrap(), record);
    }
}

#[test]
fn a_bad_port_is_told_without_its_value_and_concerns_nobody_else() {
    let fixture = Fixture::with(&["coder", "writer"]);
    let coder = fixture.home.profile(&name("coder")).unwrap();
    let path = coder.path().display().to_string();
    for (file, content, message) in [
        (
            "gateway_port",
            "0",
            "gateway_port: does not hold a port from 1 to 65535",
        ),
        (
            "gateway_port",
            "65536",
            "gateway_port: does not hold a port from 1 to 65535",
        ),
        (
            "gateway_port",
            "\u{1b}",
            "gateway_port: does not hold a port from 1 to 65535",
        ),
        (
            ".env",
            "API_SERVER_PORT=s3cret",
            ".env: API_SERVER_PORT is not a port from 1 to 65535",
        ),
    ] {
        fs::write(fixture.path("profiles/coder").join(file), content).unwrap();
        let error = fixture.home.ensure_port(&coder, "test").unwrap_err();
        assert_eq!(error.to_string(), format!("{path}/{message}"));
        assert_eq!(
            error.hint().unwrap(),
            format!("correct or remove it in {path}/{file}")
        );
    }
    let writer = fixture.home.profile(&name("writer")).unwrap();
    assert_eq!(
        fixture.home.ensure_port(&writer, "test").unwrap().port,
        9543
    );
}

#[test]
fn a_planted_fifo_does_not_block() {
    let fixture = Fixture::with(&["coder"]);
    let coder = fixture.home.profile(&name("coder")).unwrap();
    let fifo = fixture.path("profiles/coder/.env");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::RWXU, 0).unwrap();
    assert!(
        coder
            .port()
            .unwrap_err()
            .to_string()
            .ends_with(".env: is not a regular file")
    );
    fs::remove_file(fifo).unwrap();
    mknodat(
        CWD,
        fixture.path("profiles/coder/gateway_port"),
        FileType::Fifo,
        Mode::RWXU,
        0,
    )
    .unwrap();
    assert!(
        coder
            .port()
            .unwrap_err()
            .to_string()
            .ends_with("gateway_port: is not a regular file")
    );
}

#[test]
fn a_full_range_is_told() {
    let name = name("coder");
    let fixture = Fixture::with(&["coder"]);
    let coder = fixture.home.profile(&name).unwrap();
    let error = record(&name, coder.dir(), &(9200..9800).collect()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "coder: all 600 ports from 9200 are taken"
    );
    assert!(!fixture.path("profiles/coder/gateway_port").exists());
}

#[test]
fn commands_at_the_same_time_get_different_ports() {
    let names: Vec<_> = (0..8).map(|number| format!("p{number}")).collect();
    let fixture = Fixture::with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    // Each asks under the same name, so that all prefer the same port.
    let ports: BTreeSet<_> = thread::scope(|scope| {
        let threads: Vec<_> = names
            .iter()
            .map(|profile| {
                let home = &fixture.home;
                scope.spawn(move || {
                    let profile = home.profile(&name(profile)).unwrap();
                    let mut allocator = home.port_allocator("test").unwrap();
                    let alias = Profile {
                        name: name("p0"),
                        dir: profile.dir.clone(),
                    };
                    allocator.ensure(&alias).unwrap().port
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let start = preferred(&name("p0"));
    assert_eq!(
        ports,
        (0..8)
            .map(|step| FIRST + (start - FIRST + step) % COUNT)
            .collect()
    );
}

#[test]
fn another_commands_lock_is_respected() {
    let fixture = Fixture::with(&["coder"]);
    let _held = fixture.home.lock("profile create").unwrap();
    // Another process, as the wait would be this test's.
    let status = Command::new("flock")
        .args(["--nonblock", "--conflict-exit-code", "42"])
        .arg(fixture.path("hermes-host.lock"))
        .arg("true")
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(42));
}

proptest! {
    #[test]
    fn an_allocated_port_is_free_and_in_range(
        profile in "[a-z0-9][a-z0-9_-]{0,63}",
        taken in prop::collection::btree_set(FIRST - 5..FIRST + COUNT + 5, 0..600),
    ) {
        let port = allocate(&name(&profile), &taken);
        let full = (FIRST..FIRST + COUNT).all(|port| taken.contains(&port));
        prop_assert_eq!(port.is_none(), full);
        if let Some(port) = port {
            prop_assert!((FIRST..FIRST + COUNT).contains(&port) && !taken.contains(&port));
        }
    }

    #[test]
    fn foreign_records_never_panic(content in any::<Vec<u8>>()) {
        let fixture = Fixture::with(&["coder"]);
        fs::write(fixture.path("profiles/coder/gateway_port"), &content).unwrap();
        fs::write(fixture.path("profiles/coder/.env"), &content).unwrap();
        let port = fixture.home.profile(&name("coder")).unwrap().port();
        let is_zero = port.is_ok_and(|record| record.is_some_and(|record| record.port == 0));
        prop_assert!(!is_zero);
    }
}
