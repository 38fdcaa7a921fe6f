use std::path::{Path, PathBuf};

/// The main flows that `make recordings` records, each in a file of its name.
pub const FLOWS: [&str; 16] = [
    "noop-create",
    "noop-reconcile",
    "noop-status",
    "s6-create",
    "s6-delete",
    "s6-reconcile-boot",
    "s6-reconcile-unchanged",
    "s6-restart",
    "s6-start-registered",
    "s6-start-unregistered",
    "s6-status",
    "s6-stop",
    "systemd-create",
    "systemd-delete",
    "systemd-start",
    "systemd-status",
];

/// Where they lie.
pub fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings")
}
