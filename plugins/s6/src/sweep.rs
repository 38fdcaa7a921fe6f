use std::collections::BTreeSet;

use hermes_backend_sdk::files::{self, Kind};
use hermes_backend_sdk::log;

use crate::departure::{Departure, service_of};
use crate::scan_directory::ScanDirectory;
use crate::subscription::{self, STAGED};

/// Cleans up what commands left behind that were ended half way. What it cannot
/// clean up it leaves: that is in nobody's way. What is left of the removal of `ours`
/// is the caller's. Answers what is in the scan directory; `None` where that cannot
/// be told.
pub(crate) fn sweep(scan: &ScanDirectory, ours: &[&str]) -> Option<BTreeSet<String>> {
    let entries = scan.directory.entries(".").ok()?;
    for (name, kind) in &entries {
        if !name.starts_with('.') {
            continue;
        }
        if subscription::is_listener(name) {
            if subscription::is_unheard(&scan.directory, name) {
                report(name, scan.directory.remove(name));
            }
        } else if *kind != Kind::Directory {
        } else if name.starts_with(STAGED) {
            if subscription::is_abandoned(&scan.directory, name) {
                report(name, scan.directory.remove_tree(name));
            }
        } else if let Some(service) = service_of(name)
            && !ours.contains(&service)
        {
            go_on(scan, name, Departure::new(service));
        }
    }
    Some(entries.into_iter().map(|(name, _)| name).collect())
}

/// Whoever has begun to remove a slot wants just this.
fn go_on(scan: &ScanDirectory, name: &str, mut departure: Departure) {
    match departure.resume(scan) {
        Ok(()) if departure.is_supervised() => drop(departure.go_on(scan)),
        // Its own commands have to see to that.
        Ok(()) if departure.left_behind(scan).is_some() => {}
        Ok(()) => report(name, scan.directory.remove_tree(name)),
        Err(_) => {}
    }
}

fn report(name: &str, removed: Result<(), files::Error>) {
    let message = match removed {
        Ok(()) => format!("removed {name}, which an ended command had left"),
        Err(error) => format!("cannot remove {name}: {error:?}"),
    };
    log::write(log::Level::Debug, &message);
}
