use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::super::fixture::Fixture;
use super::super::{ProfileError, ProfileName};
use super::*;

fn write(path: &Path, content: &str, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn copies_the_persona_but_neither_port_nor_state() {
    let fixture = Fixture::with(&["coder"]);
    let coder = fixture.path("profiles/coder");
    write(
        &coder.join(".env"),
        "TOKEN=x\nAPI_SERVER_PORT=8642\n",
        0o600,
    );
    write(&coder.join("config.yaml"), "model: x\n", 0o640);
    write(&coder.join("memories/MEMORY.md"), "remember\n", 0o644);
    write(&coder.join("skills/review/run.sh"), "#!/bin/sh\n", 0o755);
    for state in [
        "gateway_port",
        "gateway_intent.json",
        "gateway_intent.lock",
        "gateway_state.json",
        "gateway.pid",
        "gateway.lock",
        "processes.json",
        "state/x",
        "logs/x",
        "state.db",
    ] {
        write(&coder.join(state), "state", 0o644);
    }
    let draft = fixture
        .home
        .create_profile(
            &fixture.name("writer"),
            Some(&fixture.name("coder")),
            "test",
        )
        .unwrap();
    assert_eq!(draft.skipped(), []);
    assert_eq!(draft.port(), 9543);
    draft.publish().unwrap();

    assert_eq!(
        fixture.entries("profiles/writer"),
        [
            ".env",
            "SOUL.md",
            "config.yaml",
            "gateway_port",
            "memories",
            "skills"
        ]
    );
    for (path, content, mode) in [
        ("SOUL.md", "persona\n", 0o644),
        (".env", "TOKEN=x\n", 0o600),
        ("config.yaml", "model: x\n", 0o640),
        ("memories/MEMORY.md", "remember\n", 0o644),
        ("skills/review/run.sh", "#!/bin/sh\n", 0o755),
        ("gateway_port", "9543\n", 0o644),
    ] {
        let path = fixture.path("profiles/writer").join(path);
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            mode,
            "{}",
            path.display()
        );
    }
}

#[test]
fn skips_links_and_special_files_and_says_so() {
    let fixture = Fixture::with(&["coder"]);
    let coder = fixture.path("profiles/coder");
    write(&coder.join("memories/real.md"), "real", 0o644);
    symlink("/etc/passwd", coder.join("config.yaml")).unwrap();
    symlink("/etc/passwd", coder.join("memories/passwd")).unwrap();
    symlink("/etc", coder.join("skills")).unwrap();
    mknodat(
        CWD,
        coder.join("memories/fifo"),
        FileType::Fifo,
        Mode::RWXU,
        0,
    )
    .unwrap();
    mknodat(CWD, coder.join(".env"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    let draft = fixture
        .home
        .create_profile(
            &fixture.name("writer"),
            Some(&fixture.name("coder")),
            "test",
        )
        .unwrap();
    let mut skipped: Vec<_> = draft
        .skipped()
        .iter()
        .map(|skipped| (skipped.path.to_str().unwrap(), skipped.kind))
        .collect();
    skipped.sort_unstable_by_key(|(path, _)| *path);
    assert_eq!(
        skipped,
        [
            (".env", FileKind::Other),
            ("config.yaml", FileKind::Symlink),
            ("memories/fifo", FileKind::Other),
            ("memories/passwd", FileKind::Symlink),
            ("skills", FileKind::Symlink),
        ]
    );
    draft.publish().unwrap();
    assert_eq!(
        fixture.entries("profiles/writer"),
        ["SOUL.md", "gateway_port", "memories"]
    );
    assert_eq!(fixture.entries("profiles/writer/memories"), ["real.md"]);
}

#[test]
fn a_default_without_a_persona_still_gives_its_settings() {
    let fixture = Fixture::with(&[]);
    write(&fixture.path("config.yaml"), "model: x\n", 0o600);
    let draft = fixture
        .home
        .create_profile(
            &fixture.name("coder"),
            Some(&ProfileName::default_profile()),
            "test",
        )
        .unwrap();
    draft.publish().unwrap();
    assert_eq!(
        fixture.entries("profiles/coder"),
        ["SOUL.md", "config.yaml", "gateway_port"]
    );
}

#[test]
fn an_absent_source_is_told_and_makes_nothing() {
    let fixture = Fixture::with(&[]);
    let error = fixture
        .home
        .create_profile(
            &fixture.name("coder"),
            Some(&fixture.name("absent")),
            "test",
        )
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(fixture.entries("profiles").is_empty());
}

#[test]
fn bounds_what_it_copies() {
    let fixture = Fixture::with(&["coder"]);
    let memories = fixture.path("profiles/coder/memories");
    fs::create_dir(&memories).unwrap();
    let clone = || {
        let source = fixture.name("coder");
        fixture
            .home
            .create_profile(&fixture.name("writer"), Some(&source), "test")
            .map(drop)
    };
    // Sparse, so that it takes no space.
    for part in ["a", "b", "c"] {
        fs::File::create(memories.join(part))
            .unwrap()
            .set_len(100 * 1024 * 1024)
            .unwrap();
    }
    let error = clone().unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("more to clone than 268435456 bytes"),
        "{error}"
    );
    assert_eq!(fixture.entries("profiles"), ["coder"]);

    fs::remove_dir_all(&memories).unwrap();
    fs::create_dir_all(memories.join("d/".repeat(70))).unwrap();
    let error = clone().unwrap_err();
    assert!(
        matches!(error, ProfileError::CloneTooLarge { limit: 64, .. }),
        "{error}"
    );
    assert_eq!(fixture.entries("profiles"), ["coder"]);
}
