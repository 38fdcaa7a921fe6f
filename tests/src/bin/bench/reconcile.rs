use std::time::Duration;

use anyhow::{Result, ensure};

use crate::effort::{Effort, Reconcile};
use crate::plain_slots;
use crate::process::{Cost, run};
use crate::row::Row;
use crate::site::Site;
use crate::storage;

/// Of our own time for one profile, of so many at least: with fewer it is the
/// start of the process that counts.
const TARGET: Duration = Duration::from_micros(100);
const TARGET_FROM: u32 = 100;

/// As of a container that boots with so many profiles, none of which is to run;
/// and again when there is nothing to do.
pub(crate) fn rows(effort: &Effort) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut most = (0, Vec::new());
    for reconcile in &effort.reconcile {
        let profiles = reconcile.profiles;
        let (mut new, mut unchanged, mut plain) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..reconcile.rounds {
            let round = round(reconcile)?;
            new.push(round.new);
            unchanged.extend(round.unchanged);
            plain.push(round.plain);
        }
        let row = |how: &str, runs: &[Cost]| {
            let what = format!("reconcile {profiles} profiles, {how}");
            let target = (profiles >= TARGET_FROM).then_some(TARGET);
            Row::shares(what, runs, profiles, target)
        };
        rows.push(row("all new", &new));
        rows.push(row("unchanged", &unchanged));
        let what = format!("{profiles} such slots by plain calls");
        rows.push(Row::shares(what, &plain, profiles, None));
        if profiles <= 1_000 {
            most = (profiles, new);
        }
    }
    let what = format!("peak memory: reconcile {} profiles", most.0);
    rows.push(Row::memory(what, &most.1, &[], None));
    Ok(rows)
}

struct Round {
    new: Cost,
    unchanged: Vec<Cost>,
    /// Of a program that only writes such slots.
    plain: Cost,
}

fn round(reconcile: &Reconcile) -> Result<Round> {
    let site = Site::start(&storage::memory()?)?;
    for number in 0..reconcile.profiles {
        let profile = site.home.join(format!("profiles/p{number:05}"));
        std::fs::create_dir_all(&profile)?;
        std::fs::write(profile.join("SOUL.md"), "A soul.\n")?;
    }
    let new = run(&mut site.hermes("reconcile"))?;
    let last = site.slot(&format!("p{:05}", reconcile.profiles - 1));
    ensure!(
        hermes_tests::has_reader(last.join("supervise/control")),
        "nobody supervises {}",
        last.display()
    );
    let unchanged = (0..reconcile.repeats)
        .map(|_| run(&mut site.hermes("reconcile")))
        .collect::<Result<_>>()?;
    Ok(Round {
        new,
        unchanged,
        plain: plain_slots::measure(&last, reconcile.profiles)?,
    })
}
