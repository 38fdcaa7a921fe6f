//! What a supervisor that has died may have left behind. Whether it lives no file of s6
//! says: the host looks.

use hermes_backend_sdk::types::Error;

use crate::scan_directory::ScanDirectory;
use crate::slot::records;
use crate::supervise_status::SuperviseStatus;

/// The process of a run whose end no `finish` has seen, beside a supervisor that has
/// started none and is not about to.
pub(crate) fn pid(scan: &ScanDirectory, slot: &str, status: &SuperviseStatus) -> Option<u32> {
    if !status.is_untried() || status.wants_up() {
        return None;
    }
    let pid = records::group(scan, slot)?;
    // Else it may be one that has been started just now.
    let still = scan.supervisor(slot).status();
    still.is_ok_and(|still| still == *status).then_some(pid)
}

/// The process that a dead supervisor has left behind, while `run` ends it.
pub(crate) fn ending(scan: &ScanDirectory, slot: &str, status: &SuperviseStatus) -> Option<u32> {
    let pid = records::group(scan, slot)?;
    // Else it is the run itself.
    (Some(pid) != status.pid).then_some(pid)
}

/// Refuses to count such a process as ended. `unavailable`: the status names it.
pub(crate) fn error(scan: &ScanDirectory, slot: &str, pid: u32) -> Error {
    match records::group(scan, slot) {
        Some(known) if known == pid => Error::Unavailable(words(pid)),
        _ => Error::Other(words(pid)),
    }
}

pub(crate) fn words(pid: u32) -> String {
    format!(
        "its s6-supervise has died, and what it ran may still run as pid {pid}: kill {pid} ends it"
    )
}

pub(crate) fn is_ended(pid: u32) -> String {
    format!("its s6-supervise has died: what that ran as pid {pid} is ended first")
}
