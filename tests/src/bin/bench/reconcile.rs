use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hermes_tests::{Requirement, host_binary, missing};
use serde::{Deserialize, Serialize};

use crate::effort::{Effort, Reconcile};
use crate::plain_slots;
use crate::process::{Cost, run};
use crate::row::Row;
use crate::site::Site;
use crate::storage;

/// Of our own time for each profile more; and for one of so many, at least: with fewer it is
/// the start of the process that counts.
const TARGET: Duration = Duration::from_micros(100);
const TARGET_FROM: u32 = 100;

/// The option that makes this program take the times, inside.
pub(crate) const INSIDE: &str = "--inside-namespace";

/// All rounds with so many profiles.
#[derive(Serialize, Deserialize)]
struct Rounds {
    profiles: u32,
    new: Vec<Cost>,
    unchanged: Vec<Cost>,
    plain: Vec<Cost>,
}

/// As of a container that boots with so many profiles, none of which is to run;
/// and again when there is nothing to do. `arguments`: what this program was called
/// with.
pub(crate) fn rows(effort: &Effort, arguments: &[&str]) -> Result<Vec<Row>> {
    let rounds = match missing(&[Requirement::Root, Requirement::Namespaces]) {
        None => inside(arguments)?,
        Some(_) => rounds(effort)?,
    };
    let mut rows = Vec::new();
    let mut most = None;
    for rounds in &rounds {
        let profiles = rounds.profiles;
        let row = |how: &str, runs: &[Cost]| {
            let what = format!("reconcile {profiles} profiles, {how}");
            let target = (profiles >= TARGET_FROM).then_some(TARGET);
            Row::shares(what, runs, profiles, target)
        };
        rows.push(row("all new", &rounds.new));
        rows.push(row("unchanged", &rounds.unchanged));
        let what = format!("{profiles} such slots by plain calls");
        rows.push(Row::shares(what, &rounds.plain, profiles, None));
        if profiles <= 1_000 {
            most = Some(rounds);
        }
    }
    if let (Some(few), Some(many)) = (rounds.first(), rounds.last()) {
        let row = |how: &str, runs: fn(&Rounds) -> &[Cost]| {
            let what = format!("each from {} to {}, {how}", few.profiles, many.profiles);
            let (few, many) = ((few.profiles, runs(few)), (many.profiles, runs(many)));
            Row::further(what, few, many, TARGET)
        };
        rows.push(row("all new", |rounds| &rounds.new));
        rows.push(row("unchanged", |rounds| &rounds.unchanged));
    }
    if let Some(most) = most {
        let what = format!("peak memory: reconcile {} profiles", most.profiles);
        rows.push(Row::memory(what, &most.new, &[], None));
    }
    Ok(rows)
}

/// Takes the times here, and prints them as JSON.
pub(crate) fn measure(effort: &Effort) -> Result<()> {
    println!("{}", serde_json::to_string(&rounds(effort)?)?);
    Ok(())
}

/// Takes the times as of a container: the first reconcile looks at all processes, of
/// which a container has its own.
fn inside(arguments: &[&str]) -> Result<Vec<Rounds>> {
    let output = Command::new("unshare")
        .args(["--pid", "--fork", "--kill-child=KILL", "--mount-proc"])
        // It takes the orphans.
        .args(["sh", "-c", "\"$@\"; exit $?", "init"])
        .arg(std::env::current_exe()?)
        .arg(INSIDE)
        .args(arguments)
        .env("HERMES_HOST_BIN", host_binary())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "inside: {}", output.status);
    serde_json::from_slice(&output.stdout).context("what was measured inside")
}

fn rounds(effort: &Effort) -> Result<Vec<Rounds>> {
    let of = |reconcile: &Reconcile| {
        let mut rounds = Rounds {
            profiles: reconcile.profiles,
            new: Vec::new(),
            unchanged: Vec::new(),
            plain: Vec::new(),
        };
        for _ in 0..reconcile.rounds {
            let round = round(reconcile)?;
            rounds.new.push(round.new);
            rounds.unchanged.extend(round.unchanged);
            rounds.plain.push(round.plain);
        }
        Ok(rounds)
    };
    effort.reconcile.iter().map(of).collect()
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
