//! Giving up root before anything of a profile is touched.

use super::replace_process::{THIS_PROGRAM, replace_process};
use super::{LaunchError, Notification};
use crate::gateway::account::Account;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// This same command, run again as another account.
#[derive(Debug, Clone)]
pub struct DropRoot<'a> {
    pub account: &'a Account,
    /// The root home, which is looked for elsewhere once `HOME` has changed.
    pub home: &'a Path,
    /// argv of this process.
    pub arguments: &'a [OsString],
    pub notification: Option<Notification>,
}

impl DropRoot<'_> {
    /// Whether there is anything to give up. `euid` is the effective user of
    /// this process.
    pub const fn is_needed(account: &Account, euid: u32) -> bool {
        euid == 0 && account.uid != 0
    }

    /// Starts this command again as the account, without any supplementary
    /// group. Returns only when that failed.
    pub fn exec(&self) -> LaunchError {
        if let Some(notification) = &self.notification {
            // A pipe that root made is closed to the account. Where that
            // cannot be changed, the account learns so when it notifies.
            let _ = notification.give_to(self.account.uid, self.account.gid);
        }
        LaunchError::Account {
            account: self.account.name.clone(),
            source: replace_process(&mut self.command(OsStr::new(THIS_PROGRAM))),
        }
    }

    fn command(&self, program: &OsStr) -> Command {
        let mut command = Command::new(program);
        let mut arguments = self.arguments.iter();
        if let Some(name) = arguments.next() {
            command.arg0(name);
        }
        command
            .args(arguments)
            .env("HERMES_HOME", self.home)
            .env("HOME", self.home)
            .env("LOGNAME", &self.account.name)
            .env("USER", &self.account.name)
            .gid(self.account.gid)
            // For root this also clears the supplementary groups.
            .uid(self.account.uid);
        command
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::{AsRawFd, OwnedFd};

    const SCRIPT: &str = r#"id -u; id -g; id -G; echo "$0|$1|$HERMES_HOME|$HOME|$USER|$LOGNAME""#;

    fn nobody() -> Account {
        Account {
            name: "nobody".to_owned(),
            uid: 65_534,
            gid: 65_533,
        }
    }

    #[test]
    fn only_root_has_something_to_give_up() {
        let root = Account {
            name: "root".to_owned(),
            uid: 0,
            gid: 0,
        };
        for (account, euid, needed) in [
            (&nobody(), 0, true),
            (&nobody(), 1000, false),
            (&nobody(), 65_534, false),
            (&root, 0, false),
            (&root, 1000, false),
        ] {
            assert_eq!(DropRoot::is_needed(account, euid), needed, "{account:?}");
        }
    }

    /// Both need root, as does what they test.
    fn is_root() -> bool {
        rustix::process::geteuid().is_root()
    }

    #[test]
    fn nothing_of_root_is_left() {
        if !is_root() {
            return;
        }
        let output = DropRoot {
            account: &nobody(),
            home: Path::new("/opt/data"),
            arguments: &["hermes-host", "-c", SCRIPT, "zero", "one"].map(OsString::from),
            notification: None,
        }
        .command(OsStr::new("/bin/sh"))
        .output()
        .unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            "65534\n65533\n65533\nzero|one|/opt/data|/opt/data|nobody|nobody\n"
        );
    }

    #[test]
    fn the_account_can_still_notify() {
        if !is_root() {
            return;
        }
        let (mut reader, writer) = std::io::pipe().unwrap();
        let writer = OwnedFd::from(writer);
        let notification =
            Notification::parse(OsStr::new(&writer.as_raw_fd().to_string())).unwrap();
        notification.give_to(65_534, 65_533).unwrap();
        // A shell opens its own standard output anew as the account.
        let status = Command::new("/bin/sh")
            .args(["-c", "echo > /proc/self/fd/1"])
            .stdout(writer)
            .gid(65_533)
            .uid(65_534)
            .status()
            .unwrap();
        assert!(status.success());
        let mut received = Vec::new();
        reader.read_to_end(&mut received).unwrap();
        assert_eq!(received, b"\n");
    }
}
