use std::env;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;

use crate::backend::Variables;
use crate::gateway::launch::{NOTIFY_FD, NOTIFY_SOCKET};

/// What this process was started with and in, read once.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // independent facts
pub(super) struct Environment {
    pub(super) hermes_home: Option<PathBuf>,
    pub(super) user_home: Option<PathBuf>,
    /// `None`: it has been removed.
    pub(super) current_directory: Option<PathBuf>,
    pub(super) path: OsString,
    pub(super) notify_fd: Option<OsString>,
    pub(super) notify_socket: Option<OsString>,
    pub(super) supervised: bool,
    /// `HERMES_GATEWAY_NO_SUPERVISE`.
    pub(super) no_supervise: String,
    pub(super) no_color: bool,
    pub(super) stdin_is_terminal: bool,
    pub(super) stdout_is_terminal: bool,
    pub(super) stderr_is_terminal: bool,
    /// `HERMES_S6_SCANDIR`, which is among the variables as well.
    pub(super) scan_directory: Option<PathBuf>,
    pub(super) variables: Variables,
}

/// Where s6's scan directory is, for an operator who knows better.
pub(super) const SCAN_DIRECTORY: &str = "HERMES_S6_SCANDIR";

impl Environment {
    pub(super) fn read() -> Self {
        // Set to nothing means not set.
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let path = |name: &str| set(name).map(PathBuf::from);
        Self {
            hermes_home: path("HERMES_HOME"),
            // A relative one means another directory wherever one is.
            user_home: path("HOME").filter(|path| path.is_absolute()),
            current_directory: env::current_dir().ok(),
            path: set("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into()),
            notify_fd: set(NOTIFY_FD),
            notify_socket: set(NOTIFY_SOCKET),
            supervised: set("HERMES_SUPERVISED_CHILD").is_some(),
            no_supervise: set("HERMES_GATEWAY_NO_SUPERVISE")
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            no_color: set("NO_COLOR").is_some(),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            scan_directory: path(SCAN_DIRECTORY),
            variables: Variables::new(
                Variables::NAMES
                    .into_iter()
                    .filter_map(|name| Some((name, path(name).or_else(|| usual(name))?))),
            ),
        }
    }

    /// All of it, for the gateway that this process becomes.
    pub(super) fn all() -> Vec<(OsString, OsString)> {
        env::vars_os().collect()
    }

    /// argv.
    pub(super) fn arguments() -> Vec<OsString> {
        env::args_os().collect()
    }

    /// Where this program lies, which procfs knows.
    pub(super) fn executable() -> Option<PathBuf> {
        env::current_exe().ok()
    }
}

/// Where something is that is not set, as after `su`: `pam_systemd(8)`.
fn usual(name: &str) -> Option<PathBuf> {
    let uid = rustix::process::geteuid().as_raw();
    (name == "XDG_RUNTIME_DIR").then(|| format!("/run/user/{uid}").into())
}
