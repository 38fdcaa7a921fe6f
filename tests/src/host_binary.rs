use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The built `hermes-host`: `$HERMES_HOST_BIN`, else built here once, so that a
/// plain `cargo test` never tests yesterday's binary.
pub fn host_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let given = std::env::var_os("HERMES_HOST_BIN").map(PathBuf::from);
        given.unwrap_or_else(|| build(&["--package", "hermes-host"]))
    })
}

/// The built `hermes-plugin`: beside `$HERMES_HOST_BIN`, else built here once.
pub fn plugin_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let host = std::env::var_os("HERMES_HOST_BIN").map(PathBuf::from);
        host.map_or_else(
            // With the features that the tests are built with, or all of the
            // compiler is built once more.
            || build(&["--workspace", "--bin", "hermes-plugin"]),
            |host| host.with_file_name("hermes-plugin"),
        )
    })
}

/// Puts a program in another place, by a process of its own: one that is started meanwhile
/// would hold what this one writes open for a moment, and nobody could run it.
#[track_caller]
pub fn install_program(program: &Path, place: &Path) {
    let mut install = Command::new("install");
    let installed = install.arg("-m755").arg(program).arg(place).status();
    assert!(
        installed.expect("install runs").success(),
        "{}",
        place.display()
    );
}

fn build(what: &[&str]) -> PathBuf {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet"]).args(what);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{what:?} does not build");
    output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok())
        .find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
        .expect("cargo names the executable it built")
}
