use hermes_backend_sdk::files::{self, Directory, Error};

use crate::manifest::SITE;

/// Shapes of paths that leave the directory, or that are none.
const PATHS: [&str; 9] = [
    "..",
    "../outside/secret",
    "inside/../../outside/secret",
    "/etc/passwd",
    "//etc/passwd",
    "link/secret",
    "inside/file/",
    "inside\0/../../outside",
    "",
];

/// Tries to get out of its directory.
pub(crate) fn act(behaviour: &str) -> Option<String> {
    let site = files::open(SITE).ok()?;
    Some(match behaviour {
        "paths to read" => tried(|path| site.read(path, 100).map(drop)),
        "paths to open" => tried(|path| site.open_directory(path).map(drop)),
        "paths to list" => tried(|path| site.entries(path).map(drop)),
        "paths to write" => tried(|path| site.write(path, b"x", 0o644)),
        "paths to create" => tried(|path| site.create_file(path, b"x", 0o644)),
        "paths to make directories" => tried(|path| site.create_directory(path, 0o755)),
        "paths to make FIFOs" => tried(|path| site.create_fifo(path, 0o600)),
        "paths to listen" => tried(|path| site.listen(path, 0o600).map(drop)),
        "paths to signal" => tried(|path| site.signal(path, b"", "")),
        "paths to own" => tried(|path| site.set_owner(path, 1, 1)),
        "paths to rename to" => tried(|path| site.rename("inside/file", path)),
        "paths to rename from" => tried(|path| site.rename(path, "inside/stolen")),
        "paths to link to" => tried(|path| site.create_link("inside/file", path, None)),
        "paths to link from" => tried(|path| site.create_link(path, "inside/stolen", None)),
        "paths to remove" => tried(|path| site.remove(path)),
        "paths to remove trees" => tried(|path| site.remove_tree(path)),
        "links that lead outside" => tried(|path| {
            site.create_symlink(path, "planted")?;
            let followed = site.read("planted/secret", 100).map(drop);
            site.remove("planted")?;
            followed
        }),
        "a path without an end" => {
            let path = "x/".repeat(4000);
            format!("{:?}", site.read(&path, 1))
        }
        "a race with links" => race(&site),
        "a FIFO for a file" => format!(
            "{:?}, {:?}, {:?}, {:?}",
            site.read("fifo", 100),
            site.open_directory("fifo").map(drop),
            site.create_file("fifo", b"x", 0o644),
            site.signal("fifo", b"x", ""),
        ),
        "a file for a FIFO" => format!("{:?}", site.signal("inside/file", b"x", "")),
        "a program of root" => format!(
            "{:?}, {:?}",
            site.create_file("root", b"x", 0o4755),
            site.write("group", b"x", 0o2755),
        ),
        _ => return None,
    })
}

/// What became of each path, those with the same answer together.
fn tried(attempt: impl Fn(&str) -> Result<(), Error>) -> String {
    let answers = PATHS.map(|path| match attempt(path) {
        Ok(()) => "done".to_owned(),
        Err(Error::Other(words)) => words,
        Err(error) => format!("{error:?}").replace("Error::", ""),
    });
    answers.join(", ")
}

/// While somebody exchanges `swapped` for a link that leads outside.
fn race(site: &Directory) -> String {
    let mut outside = 0;
    for number in 0..2000 {
        if site
            .read("swapped/secret", 100)
            .is_ok_and(|read| read == b"outside")
        {
            outside += 1;
        }
        let _ = site.create_file(&format!("swapped/planted{number}"), b"", 0o644);
        let _ = site.remove("swapped/secret.old");
    }
    format!("read what is outside {outside} times")
}
