use std::os::unix::fs::{chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Container, GATEWAY_UID, PATH, systemd};
use crate::has_reader;

const ROOT_CONTROL: &str = "run/service/.s6-svscan/control";
const NESTED_CONTROL: &str = "run/hermes/service/.s6-svscan/control";

/// Which supervision tree takes the gateways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tree {
    /// systemd as PID 1: the system manager, and user managers where they are
    /// asked for.
    Systemd,
    /// A `systemd --user` of the gateway account, and nothing else of systemd.
    SystemdUser,
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
    pub(super) host: String,
    /// `None`: one of its own.
    volume: Option<PathBuf>,
    variables: Vec<(String, String)>,
}

impl Options {
    /// With the root file system of `$HERMES_TESTS_ROOTFS`, else this machine's.
    pub fn new(tree: Tree) -> Self {
        let lower = std::env::var_os("HERMES_TESTS_ROOTFS").unwrap_or_else(|| "/".into());
        let variables = [("PATH", PATH), ("HOME", "/data"), ("HERMES_HOME", "/data")];
        let init: &[&str] = match tree {
            Tree::Root | Tree::Nested => &["s6-svscan", "/run/service"],
            Tree::Systemd => &["/lib/systemd/systemd", "--unit=multi-user.target"],
            Tree::SystemdUser => &["sh", "/container/user-manager.sh"],
        };
        let options = Self {
            tree,
            lower: lower.into(),
            init: init.iter().map(ToString::to_string).collect(),
            host: "hermes".to_owned(),
            volume: None,
            variables: variables
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
        };
        match tree {
            // What makes a systemd leave the hardware alone.
            Tree::Systemd => options.env("container", "hermes-tests"),
            _ => options,
        }
    }

    /// The command that becomes PID 1, instead of the tree's own.
    #[must_use]
    pub fn init(mut self, command: &[&str]) -> Self {
        self.init = command.iter().map(ToString::to_string).collect();
        self
    }

    /// Its host name.
    #[must_use]
    pub fn host(mut self, name: &str) -> Self {
        name.clone_into(&mut self.host);
        self
    }

    /// With the volume of another container, which has to outlive this one.
    #[must_use]
    pub fn volume_of(mut self, other: &Container) -> Self {
        self.volume = Some(other.state_directory().join("volume"));
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

    /// Whether its supervision trees answer: `root` is where the outside sees its
    /// root, `pid1` its PID 1.
    pub(super) fn is_ready(&self, root: &Path, pid1: &str) -> bool {
        let listens = |fifo: &str| has_reader(root.join(fifo));
        match self.tree {
            Tree::Root => listens(ROOT_CONTROL),
            Tree::Nested => listens(ROOT_CONTROL) && listens(NESTED_CONTROL),
            Tree::Systemd => systemd::has_booted(pid1),
            Tree::SystemdUser => systemd::listens(root, GATEWAY_UID),
        }
    }

    /// The signal that stops PID 1 in good order, as kill(1) takes it.
    pub(super) fn stop_signal(&self) -> &'static str {
        match self.tree {
            Tree::Systemd => "RTMIN+3",
            _ => "TERM",
        }
    }

    pub(super) fn needs_cgroup(&self) -> bool {
        matches!(self.tree, Tree::Systemd | Tree::SystemdUser)
    }

    /// Lays out the volume, and what `/run` holds at each boot.
    pub(super) fn prepare(&self, state: &Path) {
        let volume = state.join("volume");
        let run = state.join("run");
        if let Some(other) = &self.volume {
            symlink(other, &volume).expect("the state directory is writable");
        }
        let of_s6 = ["service", "s6/basedir"].map(|directory| run.join(directory));
        // systemd's own /run has none of these.
        let of_s6 = if self.needs_cgroup() { &[][..] } else { &of_s6 };
        for directory in [&volume, &run].into_iter().chain(of_s6) {
            std::fs::create_dir_all(directory).expect("the state directory is writable");
        }
        chown(&volume, Some(GATEWAY_UID), Some(GATEWAY_UID)).expect("root owns the volume");
        if self.needs_cgroup() {
            systemd::name_cgroup(state);
        }
        if self.tree == Tree::Nested {
            let service = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docker/s6-rc.d/gateways");
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
