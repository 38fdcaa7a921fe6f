use std::collections::BTreeSet;

use hermes_backend_sdk::files::{self, Kind};
use hermes_backend_sdk::log;

use crate::scan_directory::ScanDirectory;
use crate::subscription::{self, STAGED};

/// A slot that is being removed: may still be supervised.
pub(crate) const REMOVED: &str = ".gone-";

/// Cleans up what commands left behind that were ended half way. What it cannot
/// clean up it leaves: that is in nobody's way. Answers what is in the scan
/// directory; `None` where that cannot be told.
pub(crate) fn sweep(scan: &ScanDirectory) -> Option<BTreeSet<String>> {
    let entries = scan.directory.entries(".").ok()?;
    for (name, kind) in &entries {
        if name.starts_with(subscription::PREFIX) {
            if let Err(files::Error::NoReader) = scan.directory.signal(name, &[], "") {
                report(name, scan.directory.remove(name));
            }
        } else if *kind == Kind::Directory && name.starts_with(STAGED) {
            if subscription::is_abandoned(&scan.directory, name) {
                report(name, scan.directory.remove_tree(name));
            }
        } else if *kind == Kind::Directory && name.starts_with(REMOVED) {
            match scan.supervisor(name).is_alive() {
                // Whoever removes it wants just this.
                Ok(true) => drop(scan.supervisor(name).dismiss()),
                Ok(false) => report(name, scan.directory.remove_tree(name)),
                Err(_) => {}
            }
        }
    }
    Some(entries.into_iter().map(|(name, _)| name).collect())
}

fn report(name: &str, removed: Result<(), files::Error>) {
    let message = match removed {
        Ok(()) => format!("removed {name}, which an ended command had left"),
        Err(error) => format!("cannot remove {name}: {error:?}"),
    };
    log::write(log::Level::Debug, &message);
}
