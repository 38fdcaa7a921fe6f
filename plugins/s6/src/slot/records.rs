//! The files in a slot that commands and the slot's own scripts exchange.

use hermes_backend_sdk::files;
use hermes_backend_sdk::types::Error;

use super::files::DIRECTORY;
use crate::failure::{absent_is_fine, failed};
use crate::scan_directory::ScanDirectory;

/// Why `finish` left a service down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Its exit code says that another start is of no use.
    Final,
    /// It died too often within so many seconds.
    Quarantined { deaths: u32, seconds: u32 },
}

impl Verdict {
    /// What the bytes of `data/verdict` say. `None`: nothing that `finish` writes.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(text).ok()?.split_ascii_whitespace();
        match (words.next()?, words.next(), words.next(), words.next()) {
            ("final", None, None, None) => Some(Self::Final),
            ("quarantined", Some(deaths), Some(seconds), None) => Some(Self::Quarantined {
                deaths: deaths.parse().ok()?,
                seconds: seconds.parse().ok()?,
            }),
            _ => None,
        }
    }
}

/// Whether there may be any: a slot that has never run has none.
pub(crate) fn may_exist(scan: &ScanDirectory, slot: &str) -> bool {
    scan.has(&format!("{slot}/data")) != Ok(false)
}

/// The next death is an operator's doing: `finish` does not count it.
pub(crate) fn plan_death(scan: &ScanDirectory, slot: &str) -> Result<(), Error> {
    let path = format!("{slot}/data/planned");
    // Where `run` has not come so far nothing is counted.
    absent_is_fine(scan.directory.write(&path, b"1\n", 0o644))
        .map_err(|error| failed(&format!("write {path}"), &error))
}

/// Makes the directory of these records, which a slot that has never run need not have.
/// `run` does it otherwise, which takes a program.
fn begin(scan: &ScanDirectory, slot: &str, path: &str) {
    let directory = &scan.directory;
    if directory.create_directory(path, DIRECTORY).is_err() {
        return;
    }
    // Root does it for the account of an s6-svscan that is not root's.
    if let (Ok(slot), Ok(own)) = (directory.metadata(slot), directory.metadata(path))
        && slot.uid != own.uid
    {
        let _ = directory.set_owner(path, slot.uid, slot.gid);
    }
}

/// Whether an operator has told it to stop and `finish` has not seen it yet.
pub(crate) fn is_planned(scan: &ScanDirectory, slot: &str) -> bool {
    scan.directory
        .metadata(&format!("{slot}/data/planned"))
        .is_ok_and(|found| found.size > 0)
}

/// The run of this stamp has been told to end, whatever its supervisor wants by now.
/// A full disk keeps nothing from being started: the next start may take the old process
/// for the new one then.
pub(crate) fn mark_ending(scan: &ScanDirectory, slot: &str, stamp: &[u8; 12]) {
    let _ = write(scan, &format!("{slot}/data/ending"), stamp);
}

/// Whether the run of this stamp is one that has been told to end.
pub(crate) fn is_ending(scan: &ScanDirectory, slot: &str, stamp: &[u8; 12]) -> bool {
    let path = format!("{slot}/data/ending");
    scan.directory
        .read(&path, 12)
        .is_ok_and(|marked| marked == stamp)
}

/// The process of the last run, which leads its group; `None`: `finish` has come after it.
pub(crate) fn group(scan: &ScanDirectory, slot: &str) -> Option<u32> {
    let text = scan
        .directory
        .read(&format!("{slot}/data/group"), 128)
        .ok()?;
    // When it was started follows, and since which boot.
    let mut words = std::str::from_utf8(&text).ok()?.split_ascii_whitespace();
    let pid = words.next()?.parse().ok()?;
    (pid > 1).then_some(pid)
}

/// Whether a slot takes nothing more: s6-supervise cannot write what it does then.
pub(crate) fn is_full(scan: &ScanDirectory, slot: &str) -> bool {
    let path = format!("{slot}/room");
    match scan.directory.write(&path, b"1\n", 0o644) {
        Ok(()) => {
            let _ = scan.directory.remove(&path);
            false
        }
        Err(error) => error == files::Error::NoSpace,
    }
}

/// Forgets the deaths so far, and what followed from them.
pub(crate) fn clear(scan: &ScanDirectory, slot: &str) -> Result<(), Error> {
    forget(scan, slot, &["planned", "deaths", "restarts", "verdict"])
}

/// The same, but for a death that is still to come.
pub(crate) fn clear_past(scan: &ScanDirectory, slot: &str) -> Result<(), Error> {
    forget(scan, slot, &["deaths", "restarts", "verdict"])
}

fn forget(scan: &ScanDirectory, slot: &str, records: &[&str]) -> Result<(), Error> {
    let path = format!("{slot}/data");
    let data = match scan.directory.open_directory(&path) {
        Ok(data) => data,
        Err(files::Error::NotFound) => {
            begin(scan, slot, &path);
            return Ok(());
        }
        Err(error) => return Err(failed(&format!("open {path}"), &error)),
    };
    for record in records {
        absent_is_fine(data.remove(record))
            .map_err(|error| failed(&format!("remove {path}/{record}"), &error))?;
    }
    Ok(())
}

/// Stopped by an operator: not a failure any more.
pub(crate) fn clear_verdict(scan: &ScanDirectory, slot: &str) -> Result<(), Error> {
    remove(scan, &format!("{slot}/data/verdict"))
}

/// Whether the next s6-supervise, should this one end, leaves the service down.
pub(crate) fn keep_down(scan: &ScanDirectory, slot: &str, down: bool) -> Result<(), Error> {
    let path = format!("{slot}/down");
    if down {
        write(scan, &path, b"")
    } else {
        remove(scan, &path)
    }
}

/// Restarts since an operator's start. `None`: it cannot be told.
pub(crate) fn restarts(scan: &ScanDirectory, slot: &str) -> Option<u32> {
    match scan.directory.metadata(&format!("{slot}/data/restarts")) {
        Ok(found) => u32::try_from(found.size).ok(),
        Err(files::Error::NotFound) => Some(0),
        Err(_) => None,
    }
}

/// The seconds that `run` waits before it starts the service. `None`: it does
/// not wait.
pub(crate) fn delay(scan: &ScanDirectory, slot: &str) -> Option<u32> {
    let text = scan
        .directory
        .read(&format!("{slot}/data/delay"), 16)
        .ok()?;
    std::str::from_utf8(&text).ok()?.trim_end().parse().ok()
}

pub(crate) fn verdict(scan: &ScanDirectory, slot: &str) -> Option<Verdict> {
    let text = scan
        .directory
        .read(&format!("{slot}/data/verdict"), 64)
        .ok()?;
    Verdict::parse(&text)
}

fn write(scan: &ScanDirectory, path: &str, contents: &[u8]) -> Result<(), Error> {
    scan.directory
        .write(path, contents, 0o644)
        .map_err(|error| failed(&format!("write {path}"), &error))
}

fn remove(scan: &ScanDirectory, path: &str) -> Result<(), Error> {
    absent_is_fine(scan.directory.remove(path))
        .map_err(|error| failed(&format!("remove {path}"), &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_finish_writes_and_nothing_else() {
        let quarantined = Verdict::Quarantined {
            deaths: 5,
            seconds: 60,
        };
        for (text, expected) in [
            ("final\n", Some(Verdict::Final)),
            ("quarantined 5 60\n", Some(quarantined)),
            ("", None),
            ("quarantined\n", None),
            ("quarantined five 60\n", None),
            ("quarantined 5 60 7\n", None),
            ("\u{1b}[31mfinal", None),
        ] {
            assert_eq!(Verdict::parse(text.as_bytes()), expected, "{text:?}");
        }
        assert_eq!(Verdict::parse(&[0xff]), None);
    }
}
