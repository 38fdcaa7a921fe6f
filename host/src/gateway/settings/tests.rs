#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};

use proptest::prelude::*;

use super::*;

fn parse(json: &str) -> Result<Settings, SettingsError> {
    Settings::parse(json.as_bytes(), Path::new("/home/hermes-host.json"))
}

#[test]
fn every_key_is_optional() {
    for json in [
        "{}",
        "{\"gateway\":{}}",
        " {\"gateway\":{\"restart\":{}}}\n",
    ] {
        assert_eq!(parse(json).unwrap(), Settings::default(), "{json}");
    }
}

#[test]
fn reads_every_key() {
    let settings = parse(
        "{\"gateway\": {\"command\": [\"/bin/x\", \"{profile}\"], \"stop_timeout\": \"500ms\", \
         \"ready_timeout\": \"10s\", \"user\": \"hermes\", \
         \"restart\": {\"max_deaths\": 3, \"window\": \"2m\", \"max_delay\": \"1h\"}}}",
    )
    .unwrap();
    assert_eq!(
        settings.command.unwrap().for_profile("coder"),
        ["/bin/x", "coder"]
    );
    assert_eq!(settings.stop_timeout, Duration::from_millis(500));
    assert_eq!(settings.ready_timeout, Some(Duration::from_secs(10)));
    assert_eq!(settings.user.as_deref(), Some("hermes"));
    let restart = RestartBudget {
        max_deaths: 3,
        window: Duration::from_mins(2),
        max_delay: Duration::from_hours(1),
    };
    assert_eq!(settings.restart, restart);
}

#[test]
fn says_what_is_wrong_and_where() {
    for (json, reason) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("[]", "is not a JSON object"),
        (
            "{\"gateway\":",
            "EOF while parsing a value at line 1 column 11",
        ),
        (
            "{\"gateway\":[]}",
            "gateway: invalid type: sequence, expected a map",
        ),
        (
            "{\"gateway\":{\"command\":\"x\"}}",
            "gateway.command: invalid type: string \"x\", expected a sequence",
        ),
        (
            "{\"gateway\":{\"command\":[]}}",
            "gateway.command: is empty; write the program and its arguments as a list",
        ),
        (
            "{\"gateway\":{\"stop_timeout\":30}}",
            "gateway.stop_timeout: invalid type: integer `30`, \
             expected a duration such as \"500ms\", \"30s\", \"2m\" or \"1h\"",
        ),
        (
            "{\"gateway\":{\"ready_timeout\":\"soon\"}}",
            "gateway.ready_timeout: invalid value: string \"soon\", \
             expected a duration such as \"500ms\", \"30s\", \"2m\" or \"1h\"",
        ),
        (
            "{\"gateway\":{\"stop_timeout\":\"99ms\"}}",
            "gateway.stop_timeout: 99ms is not within 100ms to 1h",
        ),
        (
            "{\"gateway\":{\"stop_timeout\":\"61m\"}}",
            "gateway.stop_timeout: 61m is not within 100ms to 1h",
        ),
        (
            "{\"gateway\":{\"user\":\"a\\u0000\"}}",
            "gateway.user: is not the name of an account",
        ),
        (
            "{\"gateway\":{\"user\":\"\"}}",
            "gateway.user: is not the name of an account",
        ),
        (
            "{\"gateway\":{\"restart\":{\"max_deaths\":0}}}",
            "gateway.restart.max_deaths: 0 is not within 1 to 1000",
        ),
        (
            "{\"gateway\":{\"restart\":{\"window\":\"0s\"}}}",
            "gateway.restart.window: 0s is not within 1s to 24h",
        ),
        (
            "{\"gateway\":{\"stop_timeout\":\"1s\",\"stop_timeout\":\"1h\"}}",
            "gateway.stop_timeout stands twice at line 1 column 46",
        ),
        (
            "{\"gateway\":{},\"gateway\":{}}",
            "gateway stands twice at line 1 column 23",
        ),
        ("{\"gateways\":{}}", "unknown key gateways"),
        (
            "{\"gateway\":{\"restart\":{\"windows\":1}}}",
            "unknown key gateway.restart.windows",
        ),
        (
            "{\"gateway\":{\"\\u001b[2J\":1}}",
            "unknown key gateway.\\u{1b}[2J",
        ),
    ] {
        let error = parse(json).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("/home/hermes-host.json: {reason}"),
            "{json}"
        );
    }
}

#[test]
fn suggests_the_nearest_key() {
    for (json, hint) in [
        ("{\"gatway\":{}}", "did you mean gateway?"),
        (
            "{\"gateway\":{\"stop_timeot\":1}}",
            "did you mean gateway.stop_timeout?",
        ),
        (
            "{\"gateway\":{\"restart\":{\"max_death\":1}}}",
            "did you mean gateway.restart.max_deaths?",
        ),
        (
            "{\"gateway\":{\"zzz\":1}}",
            "known here: command, stop_timeout, ready_timeout, user, restart, limits",
        ),
    ] {
        assert_eq!(parse(json).unwrap_err().hint().unwrap(), hint);
    }
}

const PASSWD: &str = "root:x:0:0:::\nhermes:x:10000:10001:::\nother:x:10002:10002:::\n";

fn account(user: Option<&str>, owner: (u32, u32), euid: u32) -> Result<Option<Account>, String> {
    Settings {
        user: user.map(str::to_owned),
        ..Settings::default()
    }
    .account(Path::new("/data"), owner, euid, &Accounts::parse(PASSWD))
    .map_err(|error| error.to_string())
}

#[test]
fn chooses_the_account() {
    let hermes = Account {
        name: "hermes".to_owned(),
        uid: 10_000,
        gid: 10_001,
    };
    let unnamed = Account {
        name: "4711".to_owned(),
        uid: 4711,
        gid: 12,
    };
    for (user, owner, euid, expected) in [
        (None, (10_000, 5), 10_000, None),
        (Some("other"), (10_000, 5), 10_000, None),
        (None, (0, 0), 0, None),
        (None, (10_000, 5), 0, Some(&hermes)),
        (None, (4711, 12), 0, Some(&unnamed)),
        (Some("hermes"), (10_000, 5), 0, Some(&hermes)),
        (Some("hermes"), (0, 0), 0, Some(&hermes)),
    ] {
        assert_eq!(
            account(user, owner, euid),
            Ok(expected.cloned()),
            "{user:?} {owner:?} {euid}"
        );
    }
}

#[test]
fn the_owner_of_the_home_gets_nobody_elses_rights() {
    for (user, owner, message) in [
        (
            "root",
            10_000,
            "gateway.user: root is not the owner of the home (uid 10000)",
        ),
        (
            "other",
            10_000,
            "gateway.user: other is not the owner of the home (uid 10000)",
        ),
        (
            "hermes",
            4711,
            "gateway.user: hermes is not the owner of the home (uid 4711)",
        ),
        ("herms", 10_000, "gateway.user: no account named herms"),
        ("nobody", 0, "gateway.user: no account named nobody"),
    ] {
        let expected = Err(format!("/data/hermes-host.json: {message}"));
        assert_eq!(account(Some(user), (owner, 5), 0), expected);
    }
}

/// A home with a settings file, each with its owner and mode. Only root can
/// make one.
fn home(directory: (u32, u32), file: (u32, u32)) -> (tempfile::TempDir, VolumeDir) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE);
    fs::write(&path, "{}").unwrap();
    for (path, (owner, mode)) in [(home.path(), directory), (path.as_path(), file)] {
        chown(path, Some(owner), Some(owner)).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let volume = VolumeDir::open(home.path()).unwrap();
    (home, volume)
}

#[test]
fn root_takes_nobody_elses_word_for_what_root_runs() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for (directory, file, writer) in [
        ((0, 0o755), (0, 0o644), None),
        ((0, 0o700), (0, 0o600), None),
        ((10_000, 0o700), (10_000, 0o644), None),
        ((10_000, 0o700), (0, 0o644), None),
        ((0, 0o755), (10_000, 0o644), Some("uid 10000")),
        ((0, 0o755), (0, 0o664), Some("gid 0")),
        ((0, 0o755), (0, 0o646), Some("everybody")),
        ((0, 0o775), (0, 0o644), Some("gid 0")),
        ((0, 0o1777), (0, 0o644), Some("everybody")),
    ] {
        let (_directory, volume) = home(directory, file);
        assert!(Settings::load(&volume, 10_000).is_ok());
        match (Settings::load(&volume, 0), writer) {
            (Ok(settings), None) => assert_eq!(settings, Settings::default()),
            (Err(error @ SettingsError::Untrusted { .. }), Some(writer)) => {
                let message = format!(": root runs nothing that {writer} can change");
                assert!(error.to_string().ends_with(&message), "{error}");
                assert!(error.hint().is_some());
            }
            (result, _) => unreachable!("{directory:?} {file:?}: {result:?}"),
        }
    }
}

#[test]
fn a_home_without_the_file_has_the_defaults() {
    let directory = tempfile::tempdir().unwrap();
    let home = VolumeDir::open(directory.path()).unwrap();
    assert_eq!(Settings::load(&home, 0).unwrap(), Settings::default());
}

#[test]
fn neither_links_nor_huge_files_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let home = VolumeDir::open(directory.path()).unwrap();
    let path = directory.path().join(FILE);
    std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
    assert!(matches!(
        Settings::load(&home, 1),
        Err(SettingsError::Volume(_))
    ));
    fs::remove_file(&path).unwrap();
    fs::write(&path, format!("{{{}}}", " ".repeat(64 * 1024))).unwrap();
    assert!(matches!(
        Settings::load(&home, 1),
        Err(SettingsError::Volume(_))
    ));
}

#[test]
fn limits_are_numbers_within_bounds() {
    let parse = |limits: &str| {
        let text = format!("{{\"gateway\": {{\"limits\": {limits}}}}}");
        Settings::from_json(text.as_bytes())
    };
    let limits = parse(r#"{"memory_mb": 512, "cpu_percent": 150, "tasks": 64}"#)
        .unwrap()
        .limits;
    assert_eq!(limits.memory_mb, Some(512));
    assert_eq!((limits.cpu_percent, limits.tasks), (Some(150), Some(64)));
    for (limits, named) in [
        (r#"{"memory_mb": 1}"#, "gateway.limits.memory_mb"),
        (r#"{"memory_mb": "512M"}"#, "gateway.limits.memory_mb"),
        (r#"{"cpu_percent": 0}"#, "gateway.limits.cpu_percent"),
        (r#"{"tasks": -1}"#, "gateway.limits.tasks"),
        (r#"{"task": 64}"#, "gateway.limits.task"),
    ] {
        let error = parse(limits).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}

proptest! {
    #[test]
    fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Settings::from_json(&bytes);
    }
}
