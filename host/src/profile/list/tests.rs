use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{chown, symlink};

use super::super::PERSONA;
use super::super::fixture::Fixture;
use super::*;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn lists_the_default_first_and_the_rest_sorted() {
    let fixture = Fixture::with(&["writer", "coder", "10x"]);
    let profiles: Vec<_> = fixture.home.profiles().collect();
    let names: Vec<_> = profiles.iter().map(|(shown, _)| shown.as_str()).collect();
    assert_eq!(names, ["default", "10x", "coder", "writer"]);
    for (shown, profile) in profiles {
        assert_eq!(profile.unwrap().name().as_str(), shown);
    }
}

#[test]
fn a_home_without_profiles_has_the_default() {
    let fixture = Fixture::with(&[]);
    fs::remove_dir(fixture.path("profiles")).unwrap();
    let profiles: Vec<_> = fixture.home.profiles().collect();
    assert_eq!(profiles.len(), 1);
    assert_eq!(
        fixture
            .home
            .profile(&ProfileName::default_profile())
            .unwrap()
            .path(),
        fixture.home.path()
    );
}

#[test]
fn one_bad_entry_does_not_stop_the_others() {
    let fixture = Fixture::with(&["coder", "default", "Bad Name", "esc\u{1b}[2J", "writer"]);
    let profiles = fixture.path("profiles");
    symlink("coder", profiles.join("linked")).unwrap();
    fixture.add("soulless");
    fs::remove_file(profiles.join("soulless").join(PERSONA)).unwrap();
    symlink("../coder/SOUL.md", profiles.join("soulless").join(PERSONA)).unwrap();
    // Passed over: no persona, no directory, hidden.
    fs::create_dir(profiles.join("Empty One")).unwrap();
    fs::write(profiles.join("notes.txt"), "").unwrap();
    fixture.add(".stage-x-1");
    fixture.add(".deleted-x-1");

    let results: Vec<_> = fixture
        .home
        .profiles()
        .map(|(shown, result)| (shown, result.err().map(|error| error.to_string())))
        .collect();
    let of = |rest: &str| format!("{}/{rest}", profiles.display());
    let got = |name: &str| {
        format!(
            "profile name must be a-z, 0-9, - and _, starting with a letter or digit, got \"{name}\""
        )
    };
    let expected = [
        ("default", None),
        (
            "Bad Name",
            Some(of(&format!("Bad Name: {}", got("Bad Name")))),
        ),
        ("coder", None),
        (
            "default",
            Some(of(
                "default: ignored, the default profile is the home itself",
            )),
        ),
        (
            "esc\\u{1b}[2J",
            Some(of(&format!("esc\\u{{1b}}[2J: {}", got("esc\\u{1b}[2J")))),
        ),
        (
            "linked",
            Some(of(
                "linked: is a symbolic link, which is never followed here",
            )),
        ),
        (
            "soulless",
            Some(of(
                "soulless/SOUL.md: is a symbolic link, which is never followed here",
            )),
        ),
        ("writer", None),
    ];
    assert_eq!(
        results,
        expected.map(|(shown, error)| (shown.to_owned(), error))
    );
}

#[test]
fn a_name_that_is_no_text_is_an_error_entry() {
    let fixture = Fixture::with(&[]);
    let path = fixture.path("profiles").join(OsStr::from_bytes(b"\xff\n"));
    fs::create_dir(&path).unwrap();
    fs::write(path.join(PERSONA), "").unwrap();
    let (shown, result) = fixture.home.profiles().last().unwrap();
    assert_eq!(shown, "\u{fffd}\\u{a}");
    assert!(matches!(result, Err(ProfileError::NameOnDisk { .. })));
}

#[test]
fn a_linked_profiles_directory_is_an_error_after_the_default() {
    let fixture = Fixture::with(&["coder"]);
    fs::rename(fixture.path("profiles"), fixture.path("elsewhere")).unwrap();
    symlink("elsewhere", fixture.path("profiles")).unwrap();
    let results: Vec<_> = fixture.home.profiles().collect();
    assert!(matches!(
        &results[..],
        [(first, Ok(_)), (second, Err(ProfileError::Volume(VolumeError::Symlink { .. })))]
            if first == "default" && second == "profiles"
    ));
    assert!(fixture.home.profile(&fixture.name("coder")).is_err());
}

#[test]
fn a_foreign_owner_is_named() {
    if !is_root() {
        return;
    }
    let fixture = Fixture::with(&["coder", "roots", "writer"]);
    for (path, owner) in [
        ("", 10000),
        ("profiles", 10000),
        ("profiles/coder", 10000),
        ("profiles/writer", 10001),
    ] {
        chown(fixture.path(path), Some(owner), Some(owner)).unwrap();
    }
    let error = fixture.home.profile(&fixture.name("writer")).unwrap_err();
    let path = fixture.path("profiles/writer");
    assert_eq!(
        error.to_string(),
        format!(
            "{}: belongs to uid 10001, not to uid 10000 like the home",
            path.display()
        )
    );
    let usable: Vec<_> = fixture
        .home
        .profiles()
        .filter(|(_, result)| result.is_ok())
        .map(|(shown, _)| shown)
        .collect();
    assert_eq!(usable, ["default", "coder", "roots"]);
}

#[test]
fn tells_why_there_is_no_such_profile() {
    let fixture = Fixture::with(&["coder", "writer"]);
    fs::create_dir(fixture.path("profiles/empty")).unwrap();
    fs::write(fixture.path("profiles/file"), "").unwrap();
    let home = fixture.home.path().display().to_string();
    let all = "hermes-host profile list shows all";
    for (name, message, hint) in [
        (
            "codr",
            format!("no profile named codr in {home}"),
            Some(format!("did you mean coder? {all}")),
        ),
        (
            "defualt",
            format!("no profile named defualt in {home}"),
            Some(format!("did you mean default? {all}")),
        ),
        // As like as `default` is, it is not what somebody has misspelt.
        (
            "fa",
            format!("no profile named fa in {home}"),
            Some(all.to_owned()),
        ),
        (
            "zzz",
            format!("no profile named zzz in {home}"),
            Some(all.to_owned()),
        ),
        (
            "empty",
            format!("empty: {home}/profiles/empty has no SOUL.md, so it is no profile"),
            Some(format!(
                "write its persona to {home}/profiles/empty/SOUL.md"
            )),
        ),
    ] {
        let error = fixture.home.profile(&fixture.name(name)).unwrap_err();
        assert_eq!((error.to_string(), error.hint()), (message, hint));
        assert!(error.is_not_found());
    }
    let error = fixture.home.profile(&fixture.name("file")).unwrap_err();
    assert!(
        matches!(
            error,
            ProfileError::Volume(VolumeError::NotADirectory { .. })
        ),
        "{error}"
    );
}
