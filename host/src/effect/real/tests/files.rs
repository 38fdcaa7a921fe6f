use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::UnixListener;

use super::*;
use crate::effect::FileKind;

#[test]
fn read_takes_the_whole_file_up_to_its_limit() {
    let mut machine = Machine::new();
    fs::write(machine.inside("file"), "12345").unwrap();
    symlink("file", machine.inside("link")).unwrap();
    for (path, limit, outcome) in [
        ("file", 5, Ok(Reply::Bytes(text("12345")))),
        ("./file", 6, Ok(Reply::Bytes(text("12345")))),
        ("link", 5, Ok(Reply::Bytes(text("12345")))),
        ("file", 4, Err(Failure::TooLarge)),
    ] {
        assert_eq!(
            machine.on(path, PathAction::Read { limit }),
            outcome,
            "{path}"
        );
    }
}

#[test]
fn read_refuses_what_is_no_regular_file_inside_and_never_blocks() {
    let mut machine = Machine::new();
    fs::write(machine.inside("file"), "x").unwrap();
    fs::write(machine.outside("secret"), "x").unwrap();
    fs::create_dir(machine.inside("dir")).unwrap();
    make_fifo(&machine.inside("fifo"));
    symlink("fifo", machine.inside("to-fifo")).unwrap();
    symlink("../out/secret", machine.inside("out")).unwrap();
    symlink(machine.outside("secret"), machine.inside("absolute")).unwrap();
    let absolute = machine.inside("file");
    let not_regular = Failure::Other("not a regular file".into());
    for (path, failure) in [
        ("fifo", not_regular.clone()),
        ("to-fifo", not_regular),
        ("dir", Failure::IsADirectory),
        (".", Failure::IsADirectory),
        ("out", Failure::Escapes),
        ("absolute", Failure::Escapes),
        ("..", Failure::Escapes),
        ("../in/file", Failure::Escapes),
        ("dir/../../in/file", Failure::Escapes),
        (absolute.to_str().unwrap(), Failure::Escapes),
        ("file/", Failure::NotADirectory),
        ("file/x", Failure::NotADirectory),
        ("missing", Failure::NotFound),
        ("", Failure::NotFound),
    ] {
        let outcome = machine.on(path, PathAction::Read { limit: 10 });
        assert_eq!(outcome, Err(failure), "{path}");
    }
    let outcome = machine.on("fi\0le", PathAction::Read { limit: 10 });
    assert!(matches!(outcome, Err(Failure::Other(_))), "{outcome:?}");
}

#[test]
fn a_granted_file_is_read_up_to_its_limit() {
    let mut machine = Machine::new();
    let mut read = |limit| {
        machine.real.perform(&Effect::ReadGranted {
            label: "file".into(),
            limit,
        })
    };
    assert_eq!(read(3), Err(Failure::NotFound));
    let path = machine.temp.path().join("granted");
    fs::write(&path, "123").unwrap();
    let mut read = |limit| {
        machine.real.perform(&Effect::ReadGranted {
            label: "file".into(),
            limit,
        })
    };
    assert_eq!(read(3), Ok(Reply::Bytes(text("123"))));
    assert_eq!(read(2), Err(Failure::TooLarge));
}

#[test]
fn create_file_and_create_directory_replace_nothing() {
    let mut machine = Machine::new();
    fs::write(machine.inside("there"), "old").unwrap();
    symlink("nowhere", machine.inside("dangling")).unwrap();
    for path in ["there", "dangling"] {
        for action in [
            PathAction::CreateFile {
                contents: text("new"),
                mode: 0o644,
            },
            PathAction::CreateDirectory { mode: 0o3730 },
            PathAction::CreateFifo { mode: 0o600 },
            PathAction::CreateSymlink { target: "x".into() },
        ] {
            assert_eq!(machine.on(path, action), Err(Failure::AlreadyExists));
        }
    }
    // Refused before anything is made.
    for mode in [0o755, 0o3730] {
        let outcome = machine.on("new/", PathAction::CreateDirectory { mode });
        assert_eq!(outcome, Err(Failure::Escapes));
    }
    assert_eq!(fs::read_to_string(machine.inside("there")).unwrap(), "old");
    assert_eq!(machine.names(), ["dangling", "there"]);
}

#[test]
fn a_link_may_stand_in_another_directory_that_is_open() {
    let mut machine = Machine::new();
    fs::write(machine.inside("file"), "shared").unwrap();
    fs::create_dir(machine.inside("other")).unwrap();
    let Ok(Reply::Directory(other)) = machine.on("other", PathAction::OpenDirectory) else {
        panic!("it is there");
    };
    let mut link = |new_path: &str, other| {
        let new_path = new_path.into();
        let other = Some(other);
        machine.on("file", PathAction::CreateLink { new_path, other })
    };
    assert_eq!(link("second", other), Ok(Reply::Done));
    assert_eq!(link("../third", other), Err(Failure::Escapes));
    assert_eq!(link("third", DirectoryId(99)), Err(Failure::Closed));
    let second = fs::read_to_string(machine.inside("other/second"));
    assert_eq!(second.unwrap(), "shared");
    assert_eq!(machine.names(), ["file", "other"]);
}

#[test]
fn links_renames_and_owners_are_as_asked() {
    let mut machine = Machine::new();
    make_fifo(&machine.inside("fifo"));
    let inode =
        |machine: &Machine, name: &str| machine.inside(name).symlink_metadata().unwrap().ino();
    machine
        .on(
            "fifo",
            PathAction::CreateLink {
                new_path: "second".into(),
                other: None,
            },
        )
        .unwrap();
    assert_eq!(inode(&machine, "fifo"), inode(&machine, "second"));
    machine
        .on(
            "here",
            PathAction::CreateSymlink {
                target: "fifo".into(),
            },
        )
        .unwrap();
    assert_eq!(
        fs::read_link(machine.inside("here")).unwrap(),
        Path::new("fifo")
    );
    machine
        .on(
            "second",
            PathAction::Rename {
                new_path: "here".into(),
            },
        )
        .unwrap();
    assert_eq!(machine.names(), ["fifo", "here"]);
    assert_eq!(inode(&machine, "here"), inode(&machine, "fifo"));
    let (uid, gid) = (
        rustix::process::geteuid().as_raw(),
        rustix::process::getegid().as_raw(),
    );
    assert_eq!(
        machine.on("fifo", PathAction::SetOwner { uid, gid }),
        Ok(Reply::Done)
    );
    assert_eq!(
        machine.on("missing", PathAction::SetOwner { uid, gid }),
        Err(Failure::NotFound)
    );
}

#[test]
fn entries_and_metadata_tell_the_kinds_and_skip_what_is_not_text() {
    let mut machine = Machine::new();
    fs::write(machine.inside("file"), "123").unwrap();
    fs::create_dir(machine.inside("dir")).unwrap();
    make_fifo(&machine.inside("fifo"));
    symlink("../out", machine.inside("link")).unwrap();
    let _socket = UnixListener::bind(machine.inside("socket")).unwrap();
    fs::write(machine.inside(".").join(OsStr::from_bytes(b"\xff")), "").unwrap();
    let expected = [
        ("dir", FileKind::Directory),
        ("fifo", FileKind::Fifo),
        ("file", FileKind::File),
        ("link", FileKind::Symlink),
        ("socket", FileKind::Socket),
    ];
    let Ok(Reply::Entries(mut entries)) = machine.on(".", PathAction::Entries) else {
        panic!("no entries");
    };
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(
        entries,
        expected.map(|(name, kind)| (name.to_owned(), kind))
    );
    for (name, kind) in expected {
        let Ok(Reply::Metadata(metadata)) = machine.on(name, PathAction::Metadata) else {
            panic!("no metadata");
        };
        // By another way.
        let detour = machine.on(&format!("./{name}"), PathAction::Metadata);
        assert_eq!(detour, Ok(Reply::Metadata(metadata.clone())), "{name}");
        let real = machine.inside(name).symlink_metadata().unwrap();
        assert_eq!(
            (metadata.kind, metadata.inode),
            (kind, real.ino()),
            "{name}"
        );
        assert_eq!(
            (metadata.uid, metadata.size),
            (real.uid(), real.len()),
            "{name}"
        );
    }
    assert_eq!(
        machine.on("file", PathAction::Entries),
        Err(Failure::NotADirectory)
    );
    assert_eq!(
        machine.on("link", PathAction::Entries),
        Err(Failure::Escapes)
    );
}

#[test]
fn remove_takes_one_thing_and_remove_tree_all_below_it_but_what_links_name() {
    let mut machine = Machine::new();
    fs::create_dir_all(machine.inside("tree/a/b")).unwrap();
    fs::write(machine.outside("secret"), "secret").unwrap();
    symlink("../../out", machine.inside("tree/a")).unwrap_err();
    symlink("../../../out", machine.inside("tree/a/out")).unwrap();
    symlink("../out", machine.inside("out")).unwrap();
    make_fifo(&machine.inside("tree/fifo"));
    fs::create_dir(machine.inside("empty")).unwrap();
    assert_eq!(
        machine.on("tree", PathAction::Remove),
        Err(Failure::NotEmpty)
    );
    for name in ["empty", "tree/fifo", "tree/a/out"] {
        assert_eq!(
            machine.on(name, PathAction::Remove),
            Ok(Reply::Done),
            "{name}"
        );
    }
    symlink("../../../out", machine.inside("tree/a/out")).unwrap();
    for name in ["tree", "out"] {
        assert_eq!(
            machine.on(name, PathAction::RemoveTree),
            Ok(Reply::Done),
            "{name}"
        );
        assert_eq!(
            machine.on(name, PathAction::RemoveTree),
            Err(Failure::NotFound)
        );
    }
    assert_eq!(machine.names(), [""; 0]);
    assert_eq!(
        fs::read_to_string(machine.outside("secret")).unwrap(),
        "secret"
    );
}
