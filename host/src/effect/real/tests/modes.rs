use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::*;

type WithMode = fn(u32) -> PathAction;

/// The umask belongs to the whole process: each has a process of its own.
#[test]
fn modes_are_exact_under_every_umask() {
    for umask in ["000", "027", "077"] {
        let output = Command::new("/bin/sh")
            .args([
                "-c",
                "umask \"$1\" && exec \"$2\" --ignored --exact \"$3\"",
                "sh",
            ])
            .arg(umask)
            .arg(std::env::current_exe().unwrap())
            .arg("effect::real::tests::modes::modes_are_exact")
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && shown.contains("1 passed"),
            "umask {umask}: {shown}"
        );
    }
}

#[test]
#[ignore = "started by modes_are_exact_under_every_umask"]
fn modes_are_exact() {
    let mut machine = Machine::new();
    let actions: [(&str, WithMode); 5] = [
        ("written", |mode| PathAction::Write {
            contents: text("x"),
            mode,
        }),
        ("created", |mode| PathAction::CreateFile {
            contents: text("x"),
            mode,
        }),
        ("directory", |mode| PathAction::CreateDirectory { mode }),
        ("fifo", |mode| PathAction::CreateFifo { mode }),
        ("listener", |mode| PathAction::Listen { mode }),
    ];
    for (name, action) in actions {
        for mode in [0o600, 0o644, 0o755, 0o777, 0o622, 0o3730] {
            let path = format!("{name}-{mode:o}");
            machine.on(&path, action(mode)).unwrap();
            let permissions = fs::metadata(machine.inside(&path)).unwrap().permissions();
            assert_eq!(permissions.mode() & 0o7777, mode, "{path}");
        }
    }
    fs::create_dir(machine.inside("below")).unwrap();
    machine
        .on("below/events", PathAction::CreateDirectory { mode: 0o3730 })
        .unwrap();
    let permissions = fs::metadata(machine.inside("below/events"))
        .unwrap()
        .permissions();
    assert_eq!(permissions.mode() & 0o7777, 0o3730);
}
