//! Whether an account can come to where its gateway is to run.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;

use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use thiserror::Error;

use super::account::Account;
use crate::text;

/// A directory that keeps an account from its gateway's profile.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the account {account} may not enter {}", shown(directory))]
pub struct Closed {
    pub account: String,
    pub directory: PathBuf,
    home: PathBuf,
    /// Whether the home is the account's own.
    own: bool,
}

impl Closed {
    /// What opens it.
    pub fn hint(&self) -> String {
        let (account, directory) = (&self.account, shown(&self.directory));
        if !self.directory.starts_with(&self.home) {
            format!("chmod o+x {directory}, or move the home to where {account} may go")
        } else if self.own {
            format!("chown -R {account} {directory}")
        } else {
            format!(
                "chown -R {account} {}: its gateways run as the owner of the home; or remove \
                 gateway.user from hermes-host.json",
                shown(&self.home)
            )
        }
    }
}

fn shown(path: &Path) -> String {
    text::sanitise(&path.to_string_lossy()).into_owned()
}

/// For each profile's directory the first one on the way to it that the account may not
/// enter. Only root can ask, and whoever cannot become the account gets no answer.
///
/// A thread asks that has become the account: the kernel knows all that counts, lists of
/// access rights among it.
pub fn closed_to(account: &Account, home: &Path, profiles: &[&Path]) -> Vec<Option<Closed>> {
    let own = fs::metadata(home).is_ok_and(|metadata| metadata.uid() == account.uid);
    let closed = |directory| Closed {
        account: account.name.clone(),
        directory,
        home: home.to_owned(),
        own,
    };
    let asked = thread::scope(|scope| {
        scope
            .spawn(|| {
                become_account(account).ok()?;
                let closed = profiles.iter().map(|profile| first_closed(home, profile));
                Some(closed.collect())
            })
            .join()
    });
    let asked: Vec<Option<PathBuf>> = asked
        .ok()
        .flatten()
        .unwrap_or_else(|| vec![None; profiles.len()]);
    asked
        .into_iter()
        .map(|directory| directory.map(closed))
        .collect()
}

/// Of this thread alone, and only what it may do: whom it belongs to stays root, or the
/// account could send it signals.
fn become_account(account: &Account) -> rustix::io::Result<()> {
    let (uid, gid) = (Uid::from_raw(account.uid), Gid::from_raw(account.gid));
    set_thread_groups(&[])?;
    set_thread_res_gid(Gid::ROOT, gid, Gid::ROOT)?;
    set_thread_res_uid(Uid::ROOT, uid, Uid::ROOT)
}

fn first_closed(home: &Path, profile: &Path) -> Option<PathBuf> {
    let mut way: Vec<&Path> = profile.ancestors().collect();
    way.reverse();
    let closed = way.into_iter().find(|directory| {
        let rights = match directory.starts_with(home) {
            true => Access::READ_OK.union(Access::EXEC_OK),
            false => Access::EXEC_OK,
        };
        matches!(
            accessat(CWD, *directory, rights, AtFlags::EACCESS),
            Err(Errno::ACCESS | Errno::PERM)
        )
    });
    closed.map(Path::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown};

    use super::*;

    #[test]
    fn the_first_closed_directory_is_named_and_this_process_stays_root() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let account = Account {
            name: "hermes".to_owned(),
            uid: 10_000,
            gid: 10_000,
        };
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let profile = home.join("profiles/coder");
        fs::create_dir_all(&profile).unwrap();
        let set = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        let ask = || -> Vec<Option<PathBuf>> {
            let asked = closed_to(&account, &home, &[&home, &profile]);
            let directories = asked
                .into_iter()
                .map(|it| it.map(|closed| closed.directory));
            directories.collect()
        };
        let (outer, home_) = (Some(folder.path().to_owned()), Some(home.clone()));
        set(folder.path(), 0o700);
        assert_eq!(ask(), [outer.clone(), outer]);
        set(folder.path(), 0o711);
        set(&home, 0o711);
        assert_eq!(ask(), [home_.clone(), home_]);
        set(&home, 0o755);
        set(&profile, 0o700);
        assert_eq!(ask(), [None, Some(profile.clone())]);
        chown(&profile, Some(10_000), None).unwrap();
        assert_eq!(ask(), [None, None]);
        assert!(rustix::process::geteuid().is_root());
    }
}
