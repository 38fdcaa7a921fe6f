mod departure;

use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{Duration, Error, ServiceName};

use crate::duration::{MILLISECOND, SECOND};
use crate::scan_directory::ScanDirectory;
use crate::subscription::{Subscription, UNSUPERVISED, count};
use departure::Departure;

/// s6-svscan tells one supervisor after the other to end, and what follows
/// SIGKILL takes no time: longer than this, and nothing more will come of it.
const PROMPTLY: Duration = 2 * SECOND;

/// Stops each service together with its supervisor and removes its slot.
///
/// s6-svscan ends the supervisors whose directories are gone, so a slot is first
/// moved out of its sight; all its files stay in reach under the new name.
pub(crate) fn unregister(names: &[ServiceName]) -> Vec<Result<(), Error>> {
    let scan = match ScanDirectory::open() {
        Ok(scan) => scan,
        Err(error) => return names.iter().map(|_| Err(error.clone())).collect(),
    };
    let mut events = None;
    let mut departures: Vec<Departure> = names.iter().map(|name| Departure::new(name)).collect();
    for departure in &mut departures {
        departure.attempt(|departure| departure.move_out(&scan, &mut events));
    }
    if let Some(events) = &events
        && let Err(error) = end(&scan, events, &mut departures)
    {
        for departure in departures
            .iter_mut()
            .filter(|departure| departure.is_waiting())
        {
            departure.attempt(|_| Err(error.clone()));
        }
    }
    departures
        .into_iter()
        .map(|departure| departure.conclude(&scan))
        .collect()
}

/// Ends the supervisors of what has been moved out, by harder and harder means.
fn end(
    scan: &ScanDirectory,
    events: &Subscription,
    departures: &mut [Departure],
) -> Result<(), Error> {
    if !departures.iter().any(Departure::is_waiting) {
        return Ok(());
    }
    let told = scan.command(b"an");
    if told.is_ok() {
        for departure in departures.iter().filter(|departure| departure.is_waiting()) {
            departure.expect_end(scan);
        }
        wait(scan, events, departures, PROMPTLY)?;
    }
    // Nobody is left to tell them, or s6-svscan does not get round to it.
    let mut stop_time = 0;
    for departure in departures
        .iter_mut()
        .filter(|departure| departure.is_waiting())
    {
        stop_time = departure.stop_time(scan).max(stop_time);
        departure.attempt(|departure| departure.dismiss(scan));
    }
    wait(scan, events, departures, stop_time)?;
    for departure in departures
        .iter_mut()
        .filter(|departure| departure.is_waiting())
    {
        departure.attempt(|departure| departure.kill(scan));
    }
    wait(scan, events, departures, PROMPTLY)
}

/// Until every supervisor has ended, or none for so long.
fn wait(
    scan: &ScanDirectory,
    events: &Subscription,
    departures: &mut [Departure],
    patience: Duration,
) -> Result<(), Error> {
    let mut deadline = clock::monotonic().saturating_add(patience);
    let mut reported = 0;
    loop {
        let waiting = departures.iter().filter(|departure| departure.is_waiting());
        let expected: usize = waiting.map(Departure::supervisors).sum();
        let left = deadline.saturating_sub(clock::monotonic());
        if expected == 0 || left == 0 {
            return Ok(());
        }
        // One that has reported its end holds its FIFO for some milliseconds.
        let timeout = if reported < expected {
            left
        } else {
            left.min(MILLISECOND)
        };
        let bytes = events.next(timeout)?;
        let new = count(&bytes, UNSUPERVISED);
        if new > 0 {
            reported += new;
            deadline = clock::monotonic().saturating_add(patience);
        }
        if reported >= expected || bytes.is_empty() {
            for departure in departures.iter_mut() {
                departure.attempt(|departure| departure.look(scan));
            }
        }
    }
}
