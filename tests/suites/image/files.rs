use std::path::{Path, PathBuf};

use hermes_tests::{ImageHost, ImageOptions, Volume};

/// Every file that goes into the image.
fn sources() -> Vec<PathBuf> {
    let mut directories = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../docker")];
    let mut files = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).expect("it is readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}

/// A kernel that finds a byte order mark or a carriage return runs no script.
#[test]
fn scripts_are_plain_short_and_executable() {
    use std::os::unix::fs::PermissionsExt;
    let files = sources();
    assert!(files.len() > 20, "{files:?}");
    for file in files {
        let text = std::fs::read(&file).expect("it is readable");
        assert!(text.is_ascii(), "{}: no byte order mark", file.display());
        assert!(!text.contains(&b'\r'), "{}: LF alone", file.display());
        assert!(
            text.is_empty() || text.ends_with(b"\n"),
            "{}",
            file.display()
        );
        let executable = file.metadata().expect("it is there").permissions().mode() & 0o111 != 0;
        assert_eq!(text.starts_with(b"#!"), executable, "{}", file.display());
        let lines = text.split(|byte| *byte == b'\n').count();
        assert!(lines <= 80, "{}: {lines} lines", file.display());
    }
}

pub(crate) fn what_root_executes_belongs_to_root_alone(host: ImageHost) {
    let volume = Volume::new();
    let container = host.boot(&volume, ImageOptions::new());
    let wrong = container.sh(
        "find /usr/local /command /etc/cont-init.d /etc/s6-overlay /run/service /run/s6 \
         \\( ! -uid 0 -o ! -gid 0 -o -perm /022 ! -type l ! -type p \\)",
    );
    // The events of a service are for whoever may know of them.
    let wrong: Vec<_> = wrong
        .lines()
        .filter(|line| !line.ends_with("/event"))
        .collect();
    assert_eq!(wrong, [""; 0]);
    let scripts = container.sh(
        "find /etc/cont-init.d /usr/local/bin /usr/local/lib/hermes-host /command -type f ! -perm -0755",
    );
    let mut scripts: Vec<_> = scripts.lines().collect();
    scripts.sort_unstable();
    let library = "/usr/local/lib/hermes-host";
    assert_eq!(
        scripts,
        [format!("{library}/SOUL.md"), format!("{library}/common.sh")]
    );
    assert_eq!(
        container.sh("find / -xdev -perm /6000 -type f"),
        "",
        "nothing gives rights"
    );
}
