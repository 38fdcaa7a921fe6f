//! Whether an account can come to where its gateway is to run, and to what it is to run.

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

/// What keeps an account from its gateway.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Closed {
    /// A directory on the way to its profile.
    #[error("the account {account} may not enter {}", shown(directory))]
    Profile {
        account: String,
        directory: PathBuf,
        home: PathBuf,
        /// Whether the home is the account's own.
        own: bool,
    },
    /// This program, or a directory on the way to it.
    #[error(
        "the account {account} may not execute {}: {} is closed to it",
        shown(program),
        shown(place)
    )]
    Program {
        account: String,
        program: PathBuf,
        place: PathBuf,
    },
}

impl Closed {
    /// What opens it.
    pub fn hint(&self) -> String {
        let (account, directory, home, own) = match self {
            Self::Profile {
                account,
                directory,
                home,
                own,
            } => (account, directory, home, *own),
            Self::Program { account, place, .. } => {
                return format!(
                    "chmod o+x {}, or put hermes-host where {account} may go, such as \
                     /usr/local/bin",
                    shown(place)
                );
            }
        };
        let shown_directory = shown(directory);
        if !directory.starts_with(home) {
            format!("chmod o+x {shown_directory}, or move the home to where {account} may go")
        } else if own {
            format!("chown -R {account} {shown_directory}")
        } else {
            format!(
                "chown -R {account} {}: its gateways run as the owner of the home; or remove \
                 gateway.user from hermes-host.json",
                shown(home)
            )
        }
    }
}

fn shown(path: &Path) -> String {
    text::sanitise(&path.to_string_lossy()).into_owned()
}

/// For each profile's directory the first one on the way to it that the account may not
/// enter, or what keeps it from `program`, which is to run there. Only root can ask, and
/// whoever cannot become the account gets no answer.
///
/// A thread asks that has become the account: the kernel knows all that counts, lists of
/// access rights among it.
pub fn closed_to(
    account: &Account,
    home: &Path,
    program: &Path,
    profiles: &[&Path],
) -> Vec<Option<Closed>> {
    let own = fs::metadata(home).is_ok_and(|metadata| metadata.uid() == account.uid);
    let closed = |directory| Closed::Profile {
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
                Some((closed_program(program), closed.collect()))
            })
            .join()
    });
    let asked: Option<(Option<PathBuf>, Vec<Option<PathBuf>>)> = asked.ok().flatten();
    let (place, directories) = asked.unwrap_or_else(|| (None, vec![None; profiles.len()]));
    let of_program = place.map(|place| Closed::Program {
        account: account.name.clone(),
        program: program.to_owned(),
        place,
    });
    directories
        .into_iter()
        .map(|directory| directory.map(closed).or_else(|| of_program.clone()))
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

/// A directory on the way to a program that cannot be executed, or else the file itself.
fn closed_program(program: &Path) -> Option<PathBuf> {
    let is_closed = |path: &Path| {
        matches!(
            accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS),
            Err(Errno::ACCESS | Errno::PERM)
        )
    };
    is_closed(program).then(|| {
        let mut way: Vec<&Path> = program.ancestors().collect();
        way.reverse();
        let first = way.into_iter().find(|path| is_closed(path));
        first.unwrap_or(program).to_owned()
    })
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
            let asked = closed_to(&account, &home, Path::new("/bin/sh"), &[&home, &profile]);
            let place = |closed| match closed {
                Closed::Profile { directory, .. } => directory,
                Closed::Program { place, .. } => place,
            };
            asked.into_iter().map(|closed| closed.map(place)).collect()
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

        let program = folder.path().join("bin/hermes-host");
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::copy("/bin/true", &program).unwrap();
        let ask = || closed_to(&account, &home, &program, &[&home]).remove(0);
        let of_program = |place: &Path| {
            Some(Closed::Program {
                account: account.name.clone(),
                program: program.clone(),
                place: place.to_owned(),
            })
        };
        set(&program, 0o755);
        assert_eq!(ask(), None);
        set(&program, 0o700);
        assert_eq!(ask(), of_program(&program));
        set(&folder.path().join("bin"), 0o700);
        assert_eq!(ask(), of_program(&folder.path().join("bin")));
        assert!(rustix::process::geteuid().is_root());
    }
}
