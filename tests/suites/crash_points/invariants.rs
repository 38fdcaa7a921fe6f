//! What has to be so after a command that died or failed. Each check answers
//! its violations in words.

use std::collections::BTreeSet;

use hermes_tests::Output;

use crate::state::{State, is_being_made, is_hidden, visible};
use crate::tree::{Tree, intents};

/// Right after the fault: whatever is in sight is whole, each file as it was or
/// as it was to become, and no intent is torn.
pub(crate) fn whole(now: &State, before: &State, after: &State) -> Vec<String> {
    let mut violations = Vec::new();
    for slot in visible(&now.slots) {
        let trees = [&now.slots, &before.slots, &after.slots];
        // A slot without its stamp says itself that it is to be brought up to date.
        violations.extend(unit_is_whole("slot", slot, trees, |path| {
            ["event/", "data/", "stamp-"]
                .iter()
                .any(|transient| path.starts_with(transient))
        }));
    }
    for profile in profiles(&now.volume).filter(|profile| !profile.is_empty()) {
        let trees = [&now.volume, &before.volume, &after.volume];
        violations.extend(unit_is_whole("profile", profile, trees, |_| false));
    }
    let known = [intents(&before.volume), intents(&after.volume)];
    for (home, intent) in intents(&now.volume) {
        if !known.iter().any(|known| known.get(home) == Some(&intent)) {
            violations.push(format!(
                "the intent of `{home}` is neither old nor new: {intent}"
            ));
        }
    }
    violations
}

/// `trees`: now, before and after.
fn unit_is_whole(
    what: &str,
    unit: &str,
    [now, before, after]: [&Tree; 3],
    is_transient: fn(&str) -> bool,
) -> Vec<String> {
    let known: Vec<&Tree> = [before, after]
        .into_iter()
        .filter(|tree| tree.contains_key(unit))
        .collect();
    if known.is_empty() {
        return vec![format!("{what} {unit} is in sight, and nobody wanted it")];
    }
    let paths: BTreeSet<&String> = known
        .iter()
        .chain([&now])
        .flat_map(|tree| tree.keys())
        .filter(|path| {
            let below = path
                .strip_prefix(unit)
                .and_then(|path| path.strip_prefix('/'));
            below.is_some_and(|below| !is_transient(below) && !is_hidden(below))
        })
        .collect();
    paths
        .into_iter()
        .filter_map(|path| match now.get(path) {
            None if known.iter().all(|tree| tree.contains_key(path)) => {
                Some(format!("{what} {unit} is in sight without {path}"))
            }
            None => None,
            Some(seen) if known.iter().any(|tree| tree.get(path) == Some(seen)) => None,
            // A restart keeps the next supervisor from starting a second one while it waits.
            Some(seen) if path.ends_with("/down") && seen.ends_with(" file ") => None,
            Some(seen) => Some(format!(
                "{what} {unit} is in sight, half written: {path} is {seen}"
            )),
        })
        .collect()
}

/// Right after the fault: no command leaves a slot whose profile it has moved or
/// removed, as the gateway in it may not have come to its home yet.
pub(crate) fn homeless(now: &State, before: &State) -> Vec<String> {
    let without_home = |state: &State| -> BTreeSet<String> {
        let slots = visible(&state.slots).map(str::to_owned);
        let homes: Vec<String> = profiles(&state.volume).map(slot_of).collect();
        slots.filter(|slot| !homes.contains(slot)).collect()
    };
    let before = without_home(before);
    without_home(now)
        .difference(&before)
        .map(|slot| format!("slot {slot} is in sight without its profile"))
        .collect()
}

/// After a reconcile: what is wanted runs, nothing else does, and nothing is
/// left of what ended half way. The temporary name of a file goes when the file
/// is written next, a slot that nothing supervises any more with the next sweep.
pub(crate) fn consistent(state: &State) -> Vec<String> {
    let mut violations: Vec<String> = state
        .strays
        .iter()
        .map(|stray| format!("a process nobody answers for: {stray}"))
        .collect();
    let left = state.slots.keys().filter(|path| {
        path.starts_with(".events-") || path.starts_with(".stage-") || path.contains("/event/")
    });
    for path in left {
        violations.push(format!("left in the scan directory: {path}"));
    }
    for path in state.volume.keys().filter(|path| is_being_made(path)) {
        violations.push(format!("left on the volume: {path}"));
    }
    let wanted = intents(&state.volume);
    let mut registered: BTreeSet<&str> = state.services.keys().map(String::as_str).collect();
    for home in profiles(&state.volume) {
        let slot = slot_of(home);
        registered.remove(slot.as_str());
        let Some(service) = state.services.get(&slot) else {
            violations.push(format!("{slot} is not registered"));
            continue;
        };
        let running = wanted.get(home) == Some(&"running");
        if (service.up, service.wanted_up) != (running, running) || !service.supervised {
            let intent = if running { "running" } else { "stopped" };
            violations.push(format!(
                "{slot} is to be {intent}, but is {}",
                service.shown()
            ));
        }
    }
    for slot in registered {
        violations.push(format!("slot {slot} has no profile"));
    }
    violations
}

/// A command that failed says so in its way.
pub(crate) fn answered(output: &Output, kills: bool) -> Vec<String> {
    let Output { stderr, status, .. } = output;
    let fine = match status {
        137 => kills,
        0 => true,
        1 | 5 | 6 => stderr.starts_with("error: ") || stderr.contains("\nerror: "),
        _ => false,
    };
    if fine && !stderr.contains("panicked") {
        Vec::new()
    } else {
        vec![format!(
            "it ended with exit code {status} and said: {stderr}"
        )]
    }
}

/// The directories of the profiles: that of `default` is "".
fn profiles(volume: &Tree) -> impl Iterator<Item = &str> {
    let named = volume.keys().filter(|path| {
        let name = path.strip_prefix("profiles/");
        name.is_some_and(|name| !name.contains('/') && !name.starts_with('.'))
    });
    std::iter::once("").chain(named.map(String::as_str))
}

/// Of the profile in this directory.
fn slot_of(home: &str) -> String {
    let name = home.strip_prefix("profiles/").unwrap_or("default");
    format!("gateway-{name}")
}
