//! What a systemd needs of its container.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

/// Whether the system manager has brought up what belongs to its boot.
pub(super) fn has_booted(pid1: &str) -> bool {
    let state = Command::new("nsenter")
        .args(["--target", pid1, "--mount", "--pid", "--root"])
        .args(["systemctl", "is-system-running"])
        .output();
    state.is_ok_and(|state| matches!(state.stdout.trim_ascii_end(), b"running" | b"degraded"))
}

/// Whether the manager of that user answers.
pub(super) fn listens(root: &Path, uid: u32) -> bool {
    UnixStream::connect(root.join(format!("run/user/{uid}/systemd/private"))).is_ok()
}

/// Names a cgroup in the unified hierarchy of this machine, for `boot.sh` to make
/// and for the lifeline to remove.
pub(super) fn name_cgroup(state: &Path) {
    let hybrid = Path::new("/sys/fs/cgroup/unified");
    let hierarchy = if hybrid.is_dir() {
        hybrid
    } else {
        Path::new("/sys/fs/cgroup")
    };
    let name = state.file_name().expect("a state directory has a name");
    let cgroup = hierarchy.join(name);
    let path = cgroup.to_str().expect("a path in UTF-8");
    std::fs::write(state.join("cgroup"), format!("{path}\n")).expect("the state is writable");
}
