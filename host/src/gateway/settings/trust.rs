//! Whether root may do what the settings of a home say.

use super::{FILE, SettingsError};
use crate::rehearsal::Attributes;
use crate::volume::{VolumeDir, VolumeError};

/// Write permission of the group and of everybody else.
const GROUP: u32 = 0o020;
const OTHERS: u32 = 0o002;

/// Refuses settings that somebody else than root could have written while the
/// gateways would run as root: those of a home that belongs to root.
///
/// In the home of another account whatever they say runs as that account, so
/// they are its own to write.
pub(super) fn check(home: &VolumeDir) -> Result<(), SettingsError> {
    let directory = home.attributes()?;
    if directory.uid != 0 {
        return Ok(());
    }
    // Nobody but root can exchange the file once the directory has passed.
    check_only_root_writes(&directory, || home.path().to_string_lossy().into_owned())?;
    let path = home.path().join(FILE);
    match home.attributes_of(FILE.as_ref())? {
        Some(file) => check_only_root_writes(&file, || path.to_string_lossy().into_owned()),
        None => Err(VolumeError::NotFound { path }.into()),
    }
}

fn check_only_root_writes(
    found: &Attributes,
    path: impl Fn() -> String,
) -> Result<(), SettingsError> {
    match other_writer(found.uid, found.gid, found.mode) {
        Some(writer) => Err(SettingsError::Untrusted {
            path: path(),
            writer,
        }),
        None => Ok(()),
    }
}

/// Who else than root may write, in words.
fn other_writer(uid: u32, gid: u32, mode: u32) -> Option<String> {
    if uid != 0 {
        Some(format!("uid {uid}"))
    } else if mode & OTHERS != 0 {
        Some("everybody".to_owned())
    } else {
        // The group 0 as well: containers put unprivileged users into it.
        (mode & GROUP != 0).then(|| format!("gid {gid}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_who_else_may_write() {
        for (uid, gid, mode, writer) in [
            (0, 0, 0o100_644, None),
            (0, 12, 0o100_600, None),
            (0, 0, 0o40_755, None),
            (0, 12, 0o100_664, Some("gid 12")),
            (0, 0, 0o40_775, Some("gid 0")),
            (0, 0, 0o41_777, Some("everybody")),
            (0, 0, 0o100_602, Some("everybody")),
            (10_000, 0, 0o100_400, Some("uid 10000")),
        ] {
            assert_eq!(
                other_writer(uid, gid, mode).as_deref(),
                writer,
                "{uid} {gid} {mode:o}"
            );
        }
    }
}
