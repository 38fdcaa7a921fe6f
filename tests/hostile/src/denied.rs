use hermes_backend_sdk::files::{Directory, Error};
use hermes_backend_sdk::{commands, files, sockets};

use crate::manifest::{DEVICE, LIBRARY, SITE, UNITS};

/// Uses what no grant allows.
pub(crate) fn act(behaviour: &str) -> Option<String> {
    let refused = match behaviour {
        "a directory without a grant" => files::open("etc").map(drop),
        "a label of a path" => files::open("/etc").map(drop),
        "a label that is no word" => files::open("\u{1b}[2J\netc").map(drop),
        "a file as a directory" => files::open(DEVICE).map(drop),
        "a directory as a file" => files::read_granted(SITE, 1).map(drop),
        "a write with a grant to read" => {
            files::open(LIBRARY).and_then(|library| library.write("x", b"x", 0o644))
        }
        "a removal with a grant to read" => {
            files::open(LIBRARY).and_then(|library| library.remove_tree("inside"))
        }
        "a signal with a grant to read" => files::open(LIBRARY)
            .and_then(|library| library.open_directory("inside"))
            .and_then(|inside| inside.signal("control", b"x", "")),
        "a unit file of another" => on_units(|units| units.write("sshd.service", b"x", 0o644)),
        "a unit of its own by another name" => on_units(|units| {
            units.write("ours.service", b"x", 0o644)?;
            units.rename("ours.service", "sshd.service")
        }),
        "a link to a unit of another" => {
            on_units(|units| units.create_symlink("sshd.service", "ours.service"))
        }
        "a hard link of a unit of another" => {
            on_units(|units| units.create_link("sshd.service", "ours.service", None))
        }
        "a unit of another at boot" => on_units(|units| {
            units.create_directory("boot.wants", 0o755)?;
            units.create_symlink("../ours.service", "boot.wants/sshd.service")
        }),
        "the removal of a unit of another" => on_units(|units| units.remove("sshd.service")),
        "a device without an end" => files::read_granted(DEVICE, 1 << 20).map(drop),
        "a socket" => return Some(format!("{:?}", sockets::connect("docker", 0).map(drop))),
        "a command" => return Some(format!("{:?}", commands::run("shell", &[]).map(drop))),
        _ => return None,
    };
    Some(format!("{refused:?}"))
}

fn on_units(act: impl FnOnce(&Directory) -> Result<(), Error>) -> Result<(), Error> {
    files::open(UNITS).and_then(|units| act(&units))
}
