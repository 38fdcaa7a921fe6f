use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{Duration, Error, Registration, ServiceSpec, Timestamp};

use super::placement::{Placement, Placer};
use crate::departure::{Departure, hidden};
use crate::duration::{MILLISECOND, SECOND};
use crate::scan_directory::ScanDirectory;
use crate::slot::Slot;
use crate::subscription::{SUPERVISED, Subscription, count};

/// s6-svscan starts supervisors one after the other; when no other one has come
/// for this long, it has passed over some. It restarts one that
/// died after a second, and repeats a scan that failed after four.
const PATIENCE: Duration = 2 * SECOND;
const LAST_PATIENCE: Duration = 6 * SECOND;

/// More for each that is missing: where many start, a machine may come to a stop for
/// seconds, and to build anew what s6-svscan is about to take over does harm.
const PATIENCE_EACH: Duration = 2 * MILLISECOND;

/// A service, and what came of placing it.
pub(super) type Awaited<'s> = (&'s ServiceSpec, &'s mut Result<Placement, Error>);

/// Has s6-svscan take slots over and waits until it has. Those it has not taken
/// over are failures afterwards.
pub(super) fn take_over(scan: &ScanDirectory, placer: &mut Placer, mut awaited: Vec<Awaited>) {
    let names: Vec<&str> = awaited.iter().map(|(spec, _)| spec.name.as_str()).collect();
    let all = awaited.len();
    scan_and_wait(scan, placer, &mut awaited, PATIENCE);
    if !awaited.is_empty() {
        // A scan that failed half way remembers a directory without supervising
        // it, and takes only a new one into account.
        awaited.retain_mut(|(spec, placement)| {
            let built = build_anew(scan, placer, spec);
            built.map_err(|error| **placement = Err(error)).is_ok()
        });
        scan_and_wait(scan, placer, &mut awaited, LAST_PATIENCE);
    }
    let answers = awaited.len() < all;
    for (spec, placement) in awaited {
        if matches!(placement, Ok(placement) if placement.registration == Registration::Created) {
            remove(scan, &spec.name);
        }
        *placement = Err(Error::Unavailable(passed_over(answers).into()));
    }
    if let Ok(writing) = placer.writing() {
        for name in names {
            writing.events.leave(name);
        }
    }
}

/// `answers`: it has taken over others. Nothing else tells an s6-svscan that is stuck
/// from one that passes over what is new.
fn passed_over(answers: bool) -> &'static str {
    if answers {
        "s6-svscan does not take it over: all of its slots may be in use (its option -c or -C), \
         or a dangling link in the scan directory stops it"
    } else {
        "s6-svscan does not answer: it may be stopped or stuck, all of its slots may be in use \
         (its option -c or -C), or a dangling link in the scan directory stops it"
    }
}

/// What nobody took over must not come up by itself when nobody expects it.
fn remove(scan: &ScanDirectory, name: &str) {
    let hidden = hidden(name);
    if scan.rename(name, &hidden).is_err() {
        return;
    }
    // The next command sweeps it otherwise.
    let mut departure = Departure::new(name);
    let _ = match departure.resume(scan) {
        // It has been taken over after all, a moment too late.
        Ok(()) if departure.is_supervised() => departure.go_on(scan),
        Ok(()) => scan.remove_tree(&hidden),
        Err(error) => Err(error),
    };
}

/// Removes from `awaited` what is supervised afterwards.
fn scan_and_wait(
    scan: &ScanDirectory,
    placer: &mut Placer,
    awaited: &mut Vec<Awaited>,
    patience: Duration,
) {
    let waited = placer.writing().and_then(|writing| {
        scan.command(b"a")?;
        for (spec, _) in awaited.iter() {
            scan.supervisor(&spec.name)
                .expect_taken_over(spec.initially);
        }
        wait(&writing.events, awaited.len(), patience)
    });
    awaited.retain_mut(|(spec, placement)| {
        let supervised = waited
            .clone()
            .and_then(|()| scan.supervisor(&spec.name).is_alive());
        match supervised {
            Ok(supervised) => !supervised,
            Err(error) => {
                **placement = Err(error);
                false
            }
        }
    });
}

/// Lets a batch gather instead of waking up for each of its events.
fn collect(missing: usize) {
    const EACH: Duration = 300_000;
    const MOST: Duration = 200_000_000;
    if missing > 1 {
        let missing = Duration::try_from(missing).unwrap_or(MOST);
        clock::sleep(missing.saturating_mul(EACH).min(MOST));
    }
}

/// Until so many supervisors have reported, or none for a while.
fn wait(events: &Subscription, supervisors: usize, patience: Duration) -> Result<(), Error> {
    let mut reported = 0;
    let mut deadline = give_up_at(patience, supervisors);
    while reported < supervisors {
        let left = deadline.saturating_sub(clock::monotonic());
        let bytes = events.next(left)?;
        if bytes.is_empty() {
            break;
        }
        let new = count(&bytes, SUPERVISED);
        if new > 0 {
            reported += new;
            let missing = supervisors.saturating_sub(reported);
            deadline = give_up_at(patience, missing);
            collect(missing);
        }
    }
    Ok(())
}

fn give_up_at(patience: Duration, missing: usize) -> Timestamp {
    let missing = u64::try_from(missing).unwrap_or(u64::MAX);
    clock::monotonic()
        .saturating_add(patience)
        .saturating_add(PATIENCE_EACH.saturating_mul(missing))
}

fn build_anew(scan: &ScanDirectory, placer: &mut Placer, spec: &ServiceSpec) -> Result<(), Error> {
    let slot = Slot::new(spec)?;
    let old = hidden(&slot.name);
    scan.rename(&slot.name, &old)?;
    let mut departure = Departure::new(&slot.name);
    departure.resume(scan)?;
    if departure.is_supervised() {
        // It has been taken over after all, a moment too late.
        return scan.rename(&old, &slot.name);
    }
    let created = placer.create(&slot);
    scan.remove_tree(&old)?;
    created
}
