//! One scan directory may have gateways of several homes. A slot says whose it is, and
//! what is another home's is left alone.

use hermes_backend_sdk::files;
use hermes_backend_sdk::types::{Error, ServiceName};

use crate::departure;
use crate::scan_directory::ScanDirectory;
use crate::slot::{self, Stamp};

/// More than any script has: the host bounds what is in one.
pub(crate) const LIMIT: u32 = 256 << 10;

/// Refuses a slot that another home has registered, or that none has: somebody else has
/// made it then. One of ours that does not say whose it is is ours.
pub(crate) fn check(
    scan: &ScanDirectory,
    home: &str,
    stamp: &Stamp,
    name: &str,
) -> Result<(), Error> {
    // Nearly always it is ours.
    if scan.has(&format!("{name}/{}", stamp.as_str())) == Ok(true) {
        return Ok(());
    }
    let author = match author(scan, name) {
        Author::Nobody => author(scan, &departure::hidden(name)),
        author => author,
    };
    match author {
        Author::Home(other) if other != home => Err(Error::Foreign(other)),
        Author::Stranger => Err(Error::Foreign(String::new())),
        Author::Home(_) | Author::Unknown | Author::Nobody => Ok(()),
    }
}

/// Who has made a slot.
enum Author {
    Home(String),
    /// We have, or it cannot be told.
    Unknown,
    /// Somebody who does not know us.
    Stranger,
    /// There is none.
    Nobody,
}

fn author(scan: &ScanDirectory, slot: &str) -> Author {
    let read = |path: &str| scan.directory.read(&format!("{slot}/{path}"), LIMIT);
    match read("run") {
        Ok(run) if slot::is_ours(&run) => said(&run),
        Ok(_) | Err(files::Error::TooLarge) => Author::Stranger,
        // Not all of it may be left.
        Err(files::Error::NotFound) => match stamp(scan, slot).map(|stamp| read(&stamp)) {
            Some(Ok(run)) => said(&run),
            Some(Err(_)) => Author::Unknown,
            None => Author::Nobody,
        },
        Err(_) => Author::Unknown,
    }
}

/// The name of a stamp in a slot, whosever it is.
fn stamp(scan: &ScanDirectory, slot: &str) -> Option<String> {
    let entries = scan.directory.entries(slot).ok()?;
    let mut names = entries.into_iter().map(|(name, _)| name);
    names.find(|name| Stamp::is_one(name))
}

fn said(script: &[u8]) -> Author {
    match slot::home_of(script) {
        Some(home) => Author::Home(home.to_owned()),
        None => Author::Unknown,
    }
}

/// Opens the scan directory and answers, for those of `names` that are no other home's,
/// as `act` does.
pub(crate) fn guarded<T>(
    home: &str,
    names: &[ServiceName],
    act: impl FnOnce(&ScanDirectory, &[ServiceName]) -> Vec<Result<T, Error>>,
) -> Vec<Result<T, Error>> {
    let scan = match ScanDirectory::open() {
        Ok(scan) => scan,
        Err(error) => return names.iter().map(|_| Err(error.clone())).collect(),
    };
    let stamp = Stamp::of(home);
    let checks: Vec<Result<(), Error>> = names
        .iter()
        .map(|name| check(&scan, home, &stamp, name))
        .collect();
    let ours: Vec<ServiceName> = names
        .iter()
        .zip(&checks)
        .filter(|(_, check)| check.is_ok())
        .map(|(name, _)| name.clone())
        .collect();
    if ours.is_empty() {
        return checks
            .into_iter()
            .filter_map(|check| check.err().map(Err))
            .collect();
    }
    let mut answers = act(&scan, &ours).into_iter();
    checks
        .into_iter()
        .map(|check| check.and_then(|()| answers.next().unwrap_or(Err(Error::NotRegistered))))
        .collect()
}
