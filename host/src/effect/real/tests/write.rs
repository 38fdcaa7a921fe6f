use std::os::unix::fs::symlink;

use super::*;

fn write(contents: &str) -> PathAction {
    PathAction::Write {
        contents: text(contents),
        mode: 0o644,
    }
}

#[test]
fn write_puts_a_new_file_in_the_place_of_the_old_one() {
    let mut machine = Machine::new();
    fs::write(machine.inside("file"), "old").unwrap();
    fs::hard_link(machine.inside("file"), machine.inside("reader")).unwrap();
    fs::write(machine.outside("secret"), "secret").unwrap();
    symlink("../out/secret", machine.inside("link")).unwrap();
    for name in ["file", "link", "new"] {
        assert_eq!(machine.on(name, write("new")), Ok(Reply::Done));
        assert!(machine.inside(name).symlink_metadata().unwrap().is_file());
        assert_eq!(fs::read_to_string(machine.inside(name)).unwrap(), "new");
    }
    assert_eq!(fs::read_to_string(machine.inside("reader")).unwrap(), "old");
    assert_eq!(
        fs::read_to_string(machine.outside("secret")).unwrap(),
        "secret"
    );
    assert_eq!(machine.names(), ["file", "link", "new", "reader"]);
}

#[test]
fn a_write_that_fails_leaves_nothing_behind() {
    let mut machine = Machine::new();
    fs::create_dir(machine.inside("dir")).unwrap();
    for (path, failure) in [
        ("dir", Failure::IsADirectory),
        ("missing/file", Failure::NotFound),
        ("/file", Failure::Escapes),
        ("..", Failure::Escapes),
    ] {
        assert_eq!(machine.on(path, write("x")), Err(failure), "{path}");
    }
    assert_eq!(machine.names(), ["dir"]);
}

#[test]
fn a_temporary_file_of_a_killed_process_does_not_stop_a_write() {
    let mut machine = Machine::new();
    for number in 0..1000 {
        let stale = format!(".file.{}.{number}", std::process::id());
        fs::write(machine.inside(&stale), "half").unwrap();
    }
    assert_eq!(machine.on("file", write("whole")), Ok(Reply::Done));
    assert_eq!(fs::read_to_string(machine.inside("file")).unwrap(), "whole");
}
