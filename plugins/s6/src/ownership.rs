//! One scan directory may have gateways of several homes. A slot says whose it is, and
//! what is another home's is left alone.

use hermes_backend_sdk::files;
use hermes_backend_sdk::types::{Error, ServiceName};

use crate::departure;
use crate::scan_directory::ScanDirectory;
use crate::slot::{self, SPECIFICATION};

/// More than any specification has: the host bounds what is in one.
const LIMIT: u32 = 256 << 10;

/// Refuses a slot that another home has registered. One that does not say whose it is
/// is ours.
pub(crate) fn check(scan: &ScanDirectory, home: &str, name: &str) -> Result<(), Error> {
    let other = match owner(scan, name) {
        Err(files::Error::NotFound) => owner(scan, &departure::hidden(name)),
        other => other,
    };
    match other {
        Ok(Some(other)) if other != home => Err(Error::Foreign(other)),
        _ => Ok(()),
    }
}

fn owner(scan: &ScanDirectory, slot: &str) -> Result<Option<String>, files::Error> {
    let specification = scan
        .directory
        .read(&format!("{slot}/{SPECIFICATION}"), LIMIT)?;
    Ok(slot::home_of(&specification).map(str::to_owned))
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
    let checks: Vec<Result<(), Error>> =
        names.iter().map(|name| check(&scan, home, name)).collect();
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
