use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

use super::super::fixture::Fixture;
use super::*;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn publishes_a_whole_profile_or_nothing() {
    let fixture = Fixture::with(&[]);
    fs::remove_dir(fixture.path("profiles")).unwrap();
    let draft = fixture
        .home
        .create_profile(&fixture.name("coder"), None, "test")
        .unwrap();
    assert_eq!((draft.name().as_str(), draft.port()), ("coder", 9570));
    assert!(
        fixture
            .home
            .profile(&fixture.name("coder"))
            .unwrap_err()
            .is_not_found()
    );
    drop(draft);
    assert!(fixture.entries("profiles").is_empty());

    let draft = fixture
        .home
        .create_profile(&fixture.name("coder"), None, "test")
        .unwrap();
    let coder = draft.publish().unwrap();
    assert_eq!(coder.path(), fixture.path("profiles/coder"));
    assert_eq!(coder.port().unwrap().unwrap().port, 9570);
    assert_eq!(fixture.entries("profiles"), ["coder"]);
    assert_eq!(
        fixture.entries("profiles/coder"),
        ["SOUL.md", "gateway_port"]
    );
    assert!(
        fs::read_to_string(coder.path().join("SOUL.md"))
            .unwrap()
            .starts_with("# coder\n")
    );
    assert_eq!(
        fs::metadata(coder.path()).unwrap().permissions().mode() & 0o777,
        0o700
    );
    fixture.home.profile(&fixture.name("coder")).unwrap();
}

#[test]
fn refuses_names_that_are_taken_or_reserved() {
    let fixture = Fixture::with(&["coder"]);
    fs::create_dir(fixture.path("profiles/directory")).unwrap();
    symlink("absent", fixture.path("profiles/link")).unwrap();
    fs::write(fixture.path("profiles/file"), "").unwrap();
    for (name, is_profile) in [
        ("coder", true),
        ("directory", false),
        ("file", false),
        ("link", false),
    ] {
        let error = fixture
            .home
            .create_profile(&fixture.name(name), None, "test")
            .unwrap_err();
        let path = fixture.path(&format!("profiles/{name}"));
        let (message, hint) = match is_profile {
            true => (
                format!("already exists at {}", path.display()),
                format!("choose another name, or hermes-host profile delete {name}"),
            ),
            false => (
                format!(
                    "{} is in the way, and cannot be used as a profile",
                    path.display()
                ),
                format!("remove or rename {}", path.display()),
            ),
        };
        assert_eq!(error.to_string(), format!("{name}: {message}"));
        assert_eq!(error.hint(), Some(hint));
    }
    for name in ["default", "root", "hermes"] {
        let error = fixture
            .home
            .create_profile(&fixture.name(name), None, "test")
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("profile name {name} is reserved")
        );
    }
    assert_eq!(
        fixture.entries("profiles"),
        ["coder", "directory", "file", "link"]
    );
}

#[test]
fn a_name_taken_meanwhile_is_not_replaced() {
    let fixture = Fixture::with(&[]);
    let draft = fixture
        .home
        .create_profile(&fixture.name("coder"), None, "test")
        .unwrap();
    fs::create_dir(fixture.path("profiles/coder")).unwrap();
    let error = draft.publish().unwrap_err();
    assert!(
        matches!(error, ProfileError::AlreadyExists { .. }),
        "{error}"
    );
    assert_eq!(fixture.entries("profiles"), ["coder"]);
    assert!(fixture.entries("profiles/coder").is_empty());
}

#[test]
fn ports_of_profiles_do_not_collide() {
    let fixture = Fixture::with(&["writer"]);
    fs::write(fixture.path("profiles/writer/.env"), "API_SERVER_PORT=9570").unwrap();
    let draft = fixture
        .home
        .create_profile(&fixture.name("coder"), None, "test")
        .unwrap();
    assert_eq!(draft.port(), 9571);
}

#[test]
fn clears_away_stale_stages_without_following_them() {
    let fixture = Fixture::with(&["coder"]);
    let stale = format!("profiles/.stage-writer-{}", std::process::id());
    symlink("coder", fixture.path(&stale)).unwrap();
    fs::create_dir_all(fixture.path("profiles/.stage-other-1/memories")).unwrap();
    fixture
        .home
        .create_profile(&fixture.name("writer"), None, "test")
        .unwrap()
        .publish()
        .unwrap();
    assert_eq!(fixture.entries("profiles"), ["coder", "writer"]);
    assert_eq!(fixture.entries("profiles/coder"), ["SOUL.md"]);
}

#[test]
fn root_leaves_a_profile_to_the_owner_of_the_home() {
    if !is_root() {
        return;
    }
    let fixture = Fixture::with(&[]);
    fs::remove_dir(fixture.path("profiles")).unwrap();
    chown(fixture.path(""), Some(10000), Some(10001)).unwrap();
    fixture
        .home
        .create_profile(&fixture.name("coder"), None, "test")
        .unwrap()
        .publish()
        .unwrap();
    for path in [
        "hermes-host.lock",
        "profiles",
        "profiles/coder",
        "profiles/coder/SOUL.md",
        "profiles/coder/gateway_port",
    ] {
        let metadata = fs::metadata(fixture.path(path)).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (10000, 10001), "{path}");
    }
}
