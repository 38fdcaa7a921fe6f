mod operation;
mod plan;
mod seen;
mod tally;
mod tell;
mod unwritten;

use std::collections::BTreeMap;

use hermes_backend_sdk::types::{Duration, Error, ServiceName};
use hermes_backend_sdk::{Action, clock};

use crate::departure;
use crate::duration::MILLISECOND;
use crate::scan_directory::ScanDirectory;
use crate::subscription::{Subscription, UNSUPERVISED};
use operation::Operation;
use tally::Tally;

/// Looking at one service that is waited for costs about as much, in
/// nanoseconds. Events of a batch are collected for as long as a look at all of
/// it takes, at most [`LONGEST_COLLECTING`].
const LOOK: Duration = 20_000;
const LONGEST_COLLECTING: Duration = 20 * MILLISECOND;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Start,
    Stop,
    Restart,
}

/// Commands all services first and then waits for all at once.
pub(crate) fn control(
    scan: &ScanDirectory,
    action: &Action,
    names: &[ServiceName],
    wait: Option<Duration>,
) -> Vec<Result<(), Error>> {
    let verb = match action {
        Action::Start => Ok(Verb::Start),
        Action::Stop => Ok(Verb::Stop),
        Action::Restart => Ok(Verb::Restart),
        Action::Other(action) => Err(Error::Unsupported(format!(
            "this backend does not know how to {action}"
        ))),
    };
    let verb = match verb {
        Ok(verb) => verb,
        Err(error) => return names.iter().map(|_| Err(error.clone())).collect(),
    };
    let Some(wait) = wait else {
        return names
            .iter()
            .map(|name| match tell::tell(scan, name, verb) {
                Err(Error::NotRegistered) if verb == Verb::Stop => departure::tell(scan, name),
                told => told,
            })
            .collect();
    };
    let deadline = clock::monotonic().saturating_add(wait);
    let mut events = None;
    let mut operations: Vec<Operation> = names
        .iter()
        .map(|name| Operation::begin(scan, &mut events, name, verb))
        .collect();
    let departing = finish_departing(scan, verb, &operations, deadline);
    wait_for(&mut operations, events.as_ref(), deadline);
    if let Some(events) = &events {
        for operation in &operations {
            operation.leave(events);
        }
    }
    let results = operations.into_iter().map(|one| one.conclude(wait));
    names
        .iter()
        .zip(results)
        .map(|(name, result)| departing.get(name).cloned().unwrap_or(result))
        .collect()
}

/// To stop what an ended command has begun to remove is to finish that.
fn finish_departing(
    scan: &ScanDirectory,
    verb: Verb,
    operations: &[Operation],
    deadline: Duration,
) -> BTreeMap<String, Result<(), Error>> {
    let missing = operations.iter().filter(|one| one.is_missing());
    let names: Vec<&str> = missing
        .map(Operation::name)
        .filter(|name| verb == Verb::Stop && departure::is_departing(scan, name))
        .collect();
    let results = departure::finish(scan, &names, deadline);
    names.into_iter().map(str::to_owned).zip(results).collect()
}

/// Until every operation has come to its end, or the time is up. Events wake: what counts
/// is the status files, which s6-supervise writes before, where it can.
fn wait_for(operations: &mut [Operation], events: Option<&Subscription>, deadline: Duration) {
    let (mut supervisor_ended, mut silent) = (false, false);
    let mut tally = Tally::of(operations);
    loop {
        let mut pending = 0;
        let mut timeout = Duration::MAX;
        for operation in operations
            .iter_mut()
            .filter(|operation| operation.is_pending())
        {
            operation.look(supervisor_ended, silent);
            pending += u64::from(operation.is_pending());
            timeout = timeout.min(operation.next_look().unwrap_or(Duration::MAX));
        }
        let left = deadline.saturating_sub(clock::monotonic());
        if pending == 0 || left == 0 {
            return;
        }
        match next(events, timeout.min(left)) {
            Ok(bytes) => {
                supervisor_ended = bytes.contains(&UNSUPERVISED);
                silent = bytes.is_empty();
                tally.hear(operations, &bytes);
            }
            Err(error) => {
                for operation in operations
                    .iter_mut()
                    .filter(|operation| operation.is_pending())
                {
                    operation.fail(&error);
                }
                return;
            }
        }
        if pending > 1 {
            clock::sleep((pending * LOOK).min(LONGEST_COLLECTING).min(left));
        }
    }
}

/// Without events only the time passes.
fn next(events: Option<&Subscription>, timeout: Duration) -> Result<Vec<u8>, Error> {
    if let Some(events) = events {
        return events.next(timeout);
    }
    clock::sleep(timeout);
    Ok(Vec::new())
}
