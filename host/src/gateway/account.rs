//! The accounts of the machine, as `/etc/passwd` lists them.

use std::io;
use std::path::PathBuf;

/// An account that a gateway can run as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The decimal uid where no account has it.
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

/// Parsed `passwd(5)` lines, in their order; lines of any other form are left
/// out. Each with its home directory.
#[derive(Debug, Clone, Default)]
pub struct Accounts(Vec<(Account, PathBuf)>);

impl Accounts {
    pub fn parse(passwd: &str) -> Self {
        Self(passwd.lines().filter_map(parse_line).collect())
    }

    /// Those of this machine. A machine without the file has none.
    pub fn of_this_machine() -> io::Result<Self> {
        match std::fs::read("/etc/passwd") {
            Ok(bytes) => Ok(Self::parse(&String::from_utf8_lossy(&bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Of several with one name the first counts, as for the C library.
    pub fn named(&self, name: &str) -> Option<&Account> {
        self.accounts().find(|account| account.name == name)
    }

    /// Of several with one uid the first counts, as for the C library.
    pub fn with_uid(&self, uid: u32) -> Option<&Account> {
        self.accounts().find(|account| account.uid == uid)
    }

    /// Of the account that [`Self::with_uid`] finds.
    pub fn home_of(&self, uid: u32) -> Option<&PathBuf> {
        let found = self.0.iter().find(|(account, _)| account.uid == uid);
        found.map(|(_, home)| home)
    }

    /// Every account's name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.accounts().map(|account| account.name.as_str())
    }

    fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.0.iter().map(|(account, _)| account)
    }
}

/// `name:password:uid:gid:comment:home:shell`
fn parse_line(line: &str) -> Option<(Account, PathBuf)> {
    let mut fields = line.split(':');
    let name = fields
        .next()
        .filter(|name| !name.is_empty() && !name.starts_with(['+', '-', '#']))?;
    let _password = fields.next()?;
    let account = Account {
        name: name.to_owned(),
        uid: fields.next()?.parse().ok()?,
        gid: fields.next()?.parse().ok()?,
    };
    let _comment = fields.next();
    Some((account, fields.next().unwrap_or_default().into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        # a comment:x:5:5\n\
        +@nis:x:6:6::/:\n\
        broken:x:nine:9::/:\n\
        short:x:7\n\
        :x:8:8::/:\n\
        hermes:x:10000:10001:Hermes:/opt/data:/bin/sh\n\
        alias:x:10000:10002::/:\n\
        hermes:x:10003:10003::/:\n\
        last:x:4294967295:4294967295";

    #[test]
    fn reads_the_lines_that_are_accounts() {
        let accounts = Accounts::parse(PASSWD);
        assert_eq!(
            accounts.names().collect::<Vec<_>>(),
            ["root", "hermes", "alias", "hermes", "last"]
        );
    }

    #[test]
    fn the_first_of_equals_counts() {
        let accounts = Accounts::parse(PASSWD);
        let hermes = Account {
            name: "hermes".to_owned(),
            uid: 10_000,
            gid: 10_001,
        };
        assert_eq!(accounts.named("hermes"), Some(&hermes));
        assert_eq!(accounts.with_uid(10_000), Some(&hermes));
        assert_eq!(accounts.named("nobody"), None);
        assert_eq!(accounts.with_uid(7), None);
    }

    #[test]
    fn this_machine_has_root() {
        assert_eq!(
            Accounts::of_this_machine()
                .unwrap()
                .with_uid(0)
                .unwrap()
                .name,
            "root"
        );
    }

    proptest! {
        #[test]
        fn never_panics(passwd in "(?s).{0,200}|([a-z]{0,3}:x:[0-9]{0,12}:[0-9]{0,12}\n){0,5}") {
            let _ = Accounts::parse(&passwd);
        }
    }
}
