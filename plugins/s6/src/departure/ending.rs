use std::collections::{BTreeMap, BTreeSet};

use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{Duration, Error};

use super::{Departure, HIDDEN, hidden, service_of};
use crate::duration::{MILLISECOND, SECOND};
use crate::scan_directory::ScanDirectory;
use crate::subscription::{Subscription, UNSUPERVISED, count};

/// s6-svscan tells one supervisor after the other to end, and what follows
/// SIGKILL takes no time: longer than this, and nothing more will come of it.
const PROMPTLY: Duration = 2 * SECOND;

/// The slots that one command removes.
pub(crate) struct Departures<'a> {
    scan: &'a ScanDirectory,
    events: Option<Subscription<'a>>,
    each: Vec<Departure>,
}

/// Finishes, until a moment of the monotonic clock, what ended commands have begun to
/// remove. What has not come to its end by then goes on, and is a failure.
pub(crate) fn finish(
    scan: &ScanDirectory,
    services: &[&str],
    until: Duration,
) -> Vec<Result<(), Error>> {
    let mut departures = Departures::new(scan, services);
    departures.resume(until);
    departures.conclude()
}

/// Whether an ended command has begun to remove this service, and it still has a
/// supervisor.
pub(crate) fn is_departing(scan: &ScanDirectory, service: &str) -> bool {
    scan.supervisor(&hidden(service)).is_alive() == Ok(true)
}

/// Has a removal go on that an ended command has begun, without waiting for it.
pub(crate) fn tell(scan: &ScanDirectory, service: &str) -> Result<(), Error> {
    let mut departure = Departure::new(service);
    departure.resume(scan)?;
    match departure.is_supervised() {
        true => departure.go_on(scan),
        false => Err(Error::NotRegistered),
    }
}

/// Finishes what of `services` stands in the way of their new slots. Answers those of
/// which it still does, and why. `present`: what is in the scan directory, if that is
/// known.
pub(crate) fn finish_earlier(
    scan: &ScanDirectory,
    present: Option<&BTreeSet<String>>,
    services: &[&str],
    until: Duration,
) -> BTreeMap<String, Error> {
    let earlier: Vec<&str> = match present {
        Some(present) => present
            .range(HIDDEN.to_owned()..)
            .map_while(|name| service_of(name))
            .filter(|service| services.contains(service))
            .collect(),
        None => services.into(),
    };
    let results = finish(scan, &earlier, until);
    earlier
        .iter()
        .zip(results)
        .filter_map(|(service, result)| Some(((*service).to_owned(), result.err()?)))
        .collect()
}

impl<'a> Departures<'a> {
    pub(crate) fn new(scan: &'a ScanDirectory, services: &[&str]) -> Self {
        Self {
            scan,
            events: None,
            each: services
                .iter()
                .map(|service| Departure::new(service))
                .collect(),
        }
    }

    /// Ends what ended commands have moved out of sight.
    fn resume(&mut self, until: Duration) {
        let (scan, events) = (self.scan, &mut self.events);
        for departure in &mut self.each {
            departure.attempt(|departure| {
                departure.resume(scan)?;
                departure.subscribe(scan, events)
            });
        }
        self.end_all(until);
    }

    /// What cannot even begin.
    pub(crate) fn fail(&mut self, blocked: &BTreeMap<String, Error>) {
        for departure in &mut self.each {
            departure.attempt(|departure| match blocked.get(&departure.name) {
                Some(error) => Err(error.clone()),
                None => Ok(()),
            });
        }
    }

    /// Moves every slot out of sight and ends its supervisors.
    pub(crate) fn begin(&mut self) {
        let (scan, events) = (self.scan, &mut self.events);
        for departure in &mut self.each {
            departure.attempt(|departure| departure.move_out(scan, events));
        }
        self.end_all(Duration::MAX);
    }

    /// Removes the slots in which nothing runs any more.
    pub(crate) fn conclude(self) -> Vec<Result<(), Error>> {
        let scan = self.scan;
        self.each
            .into_iter()
            .map(|departure| departure.conclude(scan))
            .collect()
    }

    /// What fails for all of them fails for each.
    fn end_all(&mut self, until: Duration) {
        if self.waiting().next().is_none() {
            return;
        }
        if let Err(error) = self.end(until) {
            self.each_waiting(|_, _| Err(error.clone()));
        }
    }

    /// By harder and harder means, until a moment of the monotonic clock.
    fn end(&mut self, until: Duration) -> Result<(), Error> {
        let scan = self.scan;
        let told = self.waiting().all(|departure| departure.is_stopping(scan));
        if scan.command(if told { b"a" } else { b"an" }).is_ok() && !told {
            for departure in self.waiting() {
                departure.expect_end(scan);
            }
            self.wait(PROMPTLY, until)?;
        }
        // Nobody is left to tell them, or s6-svscan does not get round to it.
        let stop_times = self.waiting().map(|departure| departure.stop_time(scan));
        let stop_time = stop_times.max().unwrap_or(0);
        self.each_waiting(Departure::dismiss);
        self.wait(stop_time, until)?;
        let has_time = clock::monotonic() < until;
        let mut kills = false;
        self.each_waiting(|departure, scan| {
            if has_time || departure.is_only_logging() {
                kills = true;
                return departure.kill(scan);
            }
            Ok(())
        });
        match kills {
            true => self.wait(PROMPTLY, Duration::MAX),
            false => Ok(()),
        }
    }

    /// Until every supervisor has ended, or none for so long, or `until`.
    fn wait(&mut self, patience: Duration, until: Duration) -> Result<(), Error> {
        let mut deadline = clock::monotonic().saturating_add(patience).min(until);
        let mut reported = 0;
        loop {
            let expected: usize = self
                .waiting()
                .map(|departure| departure.supervised.len())
                .sum();
            let left = deadline.saturating_sub(clock::monotonic());
            let Some(events) = self.events.as_ref().filter(|_| expected > 0 && left > 0) else {
                return Ok(());
            };
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
                deadline = clock::monotonic().saturating_add(patience).min(until);
            }
            if reported >= expected || bytes.is_empty() {
                self.each_waiting(Departure::look);
            }
        }
    }

    fn waiting(&self) -> impl Iterator<Item = &Departure> {
        self.each.iter().filter(|departure| departure.is_waiting())
    }

    fn each_waiting(
        &mut self,
        mut step: impl FnMut(&mut Departure, &ScanDirectory) -> Result<(), Error>,
    ) {
        let scan = self.scan;
        for departure in self.each.iter_mut().filter(|one| one.is_waiting()) {
            departure.attempt(|departure| step(departure, scan));
        }
    }
}
