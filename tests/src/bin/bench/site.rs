use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;
use hermes_tests::{eventually, has_reader, host_binary};
use tempfile::TempDir;

use crate::lifeline::Lifeline;
use crate::process::find;
use crate::storage;

/// A gateway that is there at once.
const SETTINGS: &str = r#"{"gateway": {"command": ["/bin/sleep", "infinity"]}}"#;

/// An empty home and an empty scan directory of an s6-svscan of its own. All of
/// it ends with this value.
pub(crate) struct Site {
    pub(crate) home: PathBuf,
    scan_directory: PathBuf,
    _lifeline: Lifeline,
}

impl Site {
    /// The scan directory is on tmpfs, wherever the home is.
    pub(crate) fn start(home: &Path) -> Result<Self> {
        // The lifeline removes both.
        let scan_directory =
            TempDir::with_prefix_in("hermes-bench-s6-", storage::memory()?)?.keep();
        let home = TempDir::with_prefix_in("hermes-bench-home-", home)?.keep();
        let lifeline = Lifeline::start(&scan_directory, &home)?;
        std::fs::write(home.join("hermes-host.json"), SETTINGS)?;
        let control = scan_directory.join(".s6-svscan/control");
        eventually("s6-svscan listens", || has_reader(&control));
        Ok(Self {
            home,
            scan_directory,
            _lifeline: lifeline,
        })
    }

    /// `hermes-host` with arguments that are separated by spaces.
    pub(crate) fn hermes(&self, arguments: &str) -> Command {
        let mut command = self.command(host_binary());
        command.args(arguments.split_whitespace());
        command
    }

    /// A tool of s6, with its arguments, on the slot of a profile.
    pub(crate) fn s6(&self, tool: &str, arguments: &str, profile: &str) -> Command {
        let mut command = self.command(find(tool));
        command
            .args(arguments.split_whitespace())
            .arg(self.slot(profile));
        command
    }

    pub(crate) fn slot(&self, profile: &str) -> PathBuf {
        self.scan_directory.join(format!("gateway-{profile}"))
    }

    /// The same surroundings for both. Errors are seen.
    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HERMES_HOME", &self.home)
            .env("HERMES_S6_SCANDIR", &self.scan_directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }
}
