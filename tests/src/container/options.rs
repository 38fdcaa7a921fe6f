use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{GATEWAY_UID, PATH};

/// Which supervision tree takes the gateways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tree {
    /// The container's own, run by root, on `/run/service`.
    Root,
    /// The intended set-up: a nested one, run by the gateway account, on
    /// `/run/hermes/service`, as one service of the container's own.
    Nested,
}

/// How to boot a container.
#[derive(Debug, Clone)]
pub struct Options {
    pub(super) tree: Tree,
    pub(super) lower: PathBuf,
    pub(super) init: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Options {
    /// With the root file system of `$HERMES_TESTS_ROOTFS`, else this machine's.
    pub fn new(tree: Tree) -> Self {
        let lower = std::env::var_os("HERMES_TESTS_ROOTFS").unwrap_or_else(|| "/".into());
        let variables = [("PATH", PATH), ("HOME", "/data"), ("HERMES_HOME", "/data")];
        Self {
            tree,
            lower: lower.into(),
            init: vec!["s6-svscan".into(), "/run/service".into()],
            variables: variables
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
        }
    }

    /// The command that becomes PID 1, instead of `s6-svscan /run/service`.
    #[must_use]
    pub fn init(mut self, command: &[&str]) -> Self {
        self.init = command.iter().map(ToString::to_string).collect();
        self
    }

    /// Sets a variable for PID 1 and for every command, as `docker run --env`.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    pub(super) fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The FIFOs, below the root, that have readers once it is up.
    pub(super) fn ready(&self) -> Vec<&'static str> {
        let mut fifos = vec!["run/service/.s6-svscan/control"];
        if self.tree == Tree::Nested {
            fifos.push("run/hermes/service/.s6-svscan/control");
        }
        fifos
    }

    /// Lays out the volume, and what `/run` holds at each boot.
    pub(super) fn prepare(&self, state: &Path) {
        let volume = state.join("volume");
        let run = state.join("run");
        for directory in [&volume, &run.join("service"), &run.join("s6/basedir")] {
            std::fs::create_dir_all(directory).expect("the state directory is writable");
        }
        chown(&volume, Some(GATEWAY_UID), Some(GATEWAY_UID)).expect("root owns the volume");
        if self.tree == Tree::Nested {
            let service = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docker/nested-svscan");
            let copied = Command::new("cp")
                .arg("-a")
                .args([&service, &run.join("service")])
                .status();
            assert!(
                copied.is_ok_and(|status| status.success()),
                "no {}",
                service.display()
            );
        }
    }
}
