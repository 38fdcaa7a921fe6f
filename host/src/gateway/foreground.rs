//! A gateway that runs without a supervisor.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::Deserialize;

use crate::volume::VolumeDir;

/// What a gateway leaves in its profile while it runs: hermes-agent's and the
/// embedded one alike.
const FILE: &str = "gateway.pid";

/// Bytes.
const MAX_SIZE: u64 = 64 * 1024;

#[derive(Deserialize)]
struct PidFile {
    pid: u32,
}

/// The process that says it is the profile's gateway, if there is one: it must
/// belong to the profile's owner, or to whoever asks, and look like a gateway,
/// for a number alone may long be somebody else's. `proc` is where procfs is
/// mounted.
pub fn find(profile: &VolumeDir, proc: &Path) -> Option<u32> {
    let contents = profile.read(FILE, MAX_SIZE).ok().flatten()?;
    let PidFile { pid } = serde_json::from_slice(&contents).ok()?;
    let process = proc.join(pid.to_string());
    let uid = fs::metadata(&process).ok()?.uid();
    let (owner, _) = profile.owner().ok()?;
    let command = fs::read(process.join("cmdline")).ok()?;
    let is_gateway = command
        .split(|byte| *byte == 0)
        .any(|word| word == b"gateway");
    let is_theirs = uid == owner || uid == rustix::process::geteuid().as_raw();
    (is_gateway && is_theirs).then_some(pid)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_a_gateway_of_the_owner_counts() {
        let profile = tempfile::tempdir().unwrap();
        let proc = tempfile::tempdir().unwrap();
        fs::create_dir(proc.path().join("7")).unwrap();
        for (pid_file, command, found) in [
            (r#"{"pid":7}"#, "hermes\0gateway\0run\0", Some(7)),
            (r#"{"pid":7}"#, "sleep\0infinity\0", None),
            (r#"{"pid":8}"#, "hermes\0gateway\0run\0", None),
            ("7", "hermes\0gateway\0run\0", None),
            ("", "hermes\0gateway\0run\0", None),
        ] {
            fs::write(profile.path().join(FILE), pid_file).unwrap();
            fs::write(proc.path().join("7/cmdline"), command).unwrap();
            let dir = VolumeDir::open(profile.path()).unwrap();
            assert_eq!(find(&dir, proc.path()), found, "{pid_file} {command:?}");
        }
    }
}
