use hermes_backend_sdk::types::{Duration, Error, ServiceName};

use crate::departure::{Departures, finish_earlier};
use crate::scan_directory::ScanDirectory;
use crate::sweep::sweep;

/// Stops each service together with its supervisor and removes its slot.
pub(crate) fn unregister(scan: &ScanDirectory, names: &[ServiceName]) -> Vec<Result<(), Error>> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let present = sweep(scan, &names);
    let blocked = finish_earlier(scan, present.as_ref(), &names, Duration::MAX);
    let mut departures = Departures::new(scan, &names);
    departures.fail(&blocked);
    departures.begin();
    departures.conclude()
}
