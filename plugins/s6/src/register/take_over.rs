use std::collections::BTreeSet;

use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{Duration, Error, Registration, ServiceSpec, Timestamp};

use super::placement::{Placement, Placer, Supervision};
use crate::departure::{Departure, hidden};
use crate::duration::{MILLISECOND, SECOND};
use crate::scan_directory::ScanDirectory;
use crate::subscription::{SUPERVISED, Subscription, count};

/// s6-svscan starts supervisors one after the other; when no other one has come
/// for this long, it has passed over some. It restarts one that
/// died after a second, and repeats a scan that failed after four.
const PATIENCE: Duration = 2 * SECOND;
const LAST_PATIENCE: Duration = 6 * SECOND;

/// More for each that is missing: where many start, a machine may come to a stop for
/// seconds, and to build anew what s6-svscan is about to take over does harm.
const PATIENCE_EACH: Duration = 2 * MILLISECOND;

/// Between two looks at those that no event tells of.
const LONGEST_PAUSE: Duration = 100 * MILLISECOND;

/// A service, and what came of placing it.
pub(super) type Awaited<'s> = (&'s ServiceSpec, &'s mut Result<Placement, Error>);

/// Has s6-svscan take slots over and waits until it has. Those it has not taken
/// over are failures afterwards.
pub(super) fn take_over(scan: &ScanDirectory, placer: &mut Placer, mut awaited: Vec<Awaited>) {
    let mut subscribed = announced(&awaited);
    let all = awaited.len();
    scan_and_wait(scan, placer, &mut awaited, PATIENCE);
    if !awaited.is_empty() {
        // A scan that failed half way remembers a directory without supervising
        // it, and takes only a new one into account.
        awaited.retain_mut(|(spec, placement)| match build_anew(scan, placer, spec) {
            Ok(()) => {
                if let Ok(placement) = placement {
                    placement.supervision = Supervision::Announced;
                }
                true
            }
            Err(error) => {
                **placement = Err(error);
                false
            }
        });
        subscribed.extend(announced(&awaited));
        scan_and_wait(scan, placer, &mut awaited, LAST_PATIENCE);
    }
    let answers = awaited.len() < all;
    for (spec, placement) in awaited {
        if is_new(placement) {
            remove(scan, &spec.name);
        }
        *placement = Err(Error::Unavailable(passed_over(answers).into()));
    }
    if let Ok(writing) = placer.writing() {
        for name in subscribed {
            writing.events.leave(name);
        }
    }
}

/// Those whose events are subscribed to.
fn announced<'s>(awaited: &[Awaited<'s>]) -> BTreeSet<&'s str> {
    awaited
        .iter()
        .filter(|(_, placement)| {
            matches!(placement, Ok(placement) if placement.supervision == Supervision::Announced)
        })
        .map(|(spec, _)| spec.name.as_str())
        .collect()
}

/// Whether its slot was not there before this command.
fn is_new(placement: &Result<Placement, Error>) -> bool {
    matches!(placement, Ok(placement) if placement.registration == Registration::Created)
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
    let events = announced(awaited).len();
    let waited = placer.writing().and_then(|writing| {
        scan.command(b"a")?;
        let now = clock::now();
        for (spec, _) in awaited.iter() {
            scan.supervisor(&spec.name)
                .expect_taken_over(spec.initially, now);
        }
        wait(&writing.events, events, awaited.len(), patience)
    });
    let mut give_up = match &waited {
        Ok(true) => give_up_at(patience, awaited.len()),
        // They have had their time.
        Ok(false) | Err(_) => 0,
    };
    let mut pause = MILLISECOND;
    loop {
        let missing = awaited.len();
        remove_supervised(scan, awaited, waited.as_ref().err());
        if awaited.is_empty() {
            return;
        }
        if awaited.len() < missing && give_up > 0 {
            give_up = give_up_at(patience, awaited.len());
            pause = gathering(awaited.len());
        }
        if clock::monotonic() >= give_up {
            return;
        }
        clock::sleep(pause);
        pause = (2 * pause).min(LONGEST_PAUSE);
    }
}

fn remove_supervised(scan: &ScanDirectory, awaited: &mut Vec<Awaited>, failure: Option<&Error>) {
    awaited.retain_mut(|(spec, placement)| {
        let supervisor = scan.supervisor(&spec.name);
        let supervised = match (failure, is_new(placement)) {
            (None, true) => supervisor.has_begun(),
            (None, false) => supervisor.is_alive(),
            (Some(error), _) => Err(error.clone()),
        };
        match supervised {
            Ok(supervised) => !supervised,
            Err(error) => {
                **placement = Err(error);
                false
            }
        }
    });
}

/// How long a batch is let gather, instead of waking up for each that comes.
fn gathering(missing: usize) -> Duration {
    const EACH: Duration = 300_000;
    const MOST: Duration = 200_000_000;
    let missing = Duration::try_from(missing).unwrap_or(MOST);
    missing.saturating_mul(EACH).clamp(MILLISECOND, MOST)
}

/// Until so many supervisors have reported, of which there are some more, or none has
/// for a while: `false`.
fn wait(
    events: &Subscription,
    supervisors: usize,
    all: usize,
    patience: Duration,
) -> Result<bool, Error> {
    let mut reported = 0;
    let mut deadline = give_up_at(patience, all);
    while reported < supervisors {
        let left = deadline.saturating_sub(clock::monotonic());
        let bytes = events.next(left)?;
        if bytes.is_empty() {
            return Ok(false);
        }
        let new = count(&bytes, SUPERVISED);
        if new > 0 {
            reported += new;
            let missing = all / supervisors * supervisors.saturating_sub(reported);
            deadline = give_up_at(patience, missing);
            if missing > 1 {
                clock::sleep(gathering(missing));
            }
        }
    }
    Ok(true)
}

fn give_up_at(patience: Duration, missing: usize) -> Timestamp {
    let missing = u64::try_from(missing).unwrap_or(u64::MAX);
    clock::monotonic()
        .saturating_add(patience)
        .saturating_add(PATIENCE_EACH.saturating_mul(missing))
}

fn build_anew(scan: &ScanDirectory, placer: &mut Placer, spec: &ServiceSpec) -> Result<(), Error> {
    let slot = placer.slot(spec)?;
    let old = hidden(&slot.name);
    scan.rename(&slot.name, &old)?;
    let mut departure = Departure::new(&slot.name);
    departure.resume(scan)?;
    let logs = departure.is_only_logging();
    if departure.is_supervised() && !logs {
        // It has been taken over after all, a moment too late.
        return scan.rename(&old, &slot.name);
    }
    let created = placer.create(&slot, true).map(drop);
    match departure.is_supervised() {
        // The logger of what is gone; the next command sweeps what it leaves.
        true => departure.go_on(scan)?,
        false => scan.remove_tree(&old)?,
    }
    created
}
