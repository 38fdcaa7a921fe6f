use std::process::{Command, Stdio};

use anyhow::Result;

use super::GATEWAYS;
use super::measured::Measured;
use crate::effort::Effort;
use crate::pairs::Pairs;
use crate::process::{Cost, find, run};

const PROFILE: &str = "default";

/// Takes the times in a container that is laid out for it, and prints them as JSON.
pub(crate) fn measure(effort: &Effort) -> Result<()> {
    let mut measured = Measured::default();
    one(effort, &mut measured)?;
    many(effort, &mut measured)?;
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

/// One gateway, which runs between any two rounds.
fn one(effort: &Effort, measured: &mut Measured) -> Result<()> {
    let unit = [unit(PROFILE)];
    ours("start")?;
    for round in 0..effort.warm_up + effort.pairs {
        let status = both(round, || ours("status"), || theirs("is-active", &unit))?;
        if round >= effort.warm_up {
            measured.status.push(status);
        }
    }
    for round in 0..effort.warm_up + effort.pairs {
        let verbs = both(
            round,
            || Ok((ours("stop")?, ours("start")?)),
            || Ok((theirs("stop", &unit)?, theirs("start", &unit)?)),
        )?;
        if round >= effort.warm_up {
            measured.stop.push((verbs.0.0, verbs.1.0));
            measured.start.push((verbs.0.1, verbs.1.1));
        }
    }
    for round in 0..effort.pairs_of_many {
        let verbs = both(
            round,
            || Ok((ours("stop")?, ours("start")?)),
            || {
                let stop = theirs("disable --now", &unit)?;
                Ok((stop, theirs("enable --now", &unit)?))
            },
        )?;
        measured.disable.push((verbs.0.0, verbs.1.0));
        measured.enable.push((verbs.0.1, verbs.1.1));
    }
    Ok(())
}

/// All of them, which are down before and run between any two rounds.
fn many(effort: &Effort, measured: &mut Measured) -> Result<()> {
    let profiles = (1..GATEWAYS).map(|number| format!("p{number:02}"));
    let mut units = vec![unit(PROFILE)];
    units.extend(profiles.map(|profile| unit(&profile)));
    ours("start --all")?;
    for round in 0..=effort.pairs_of_many {
        let verbs = both(
            round,
            || Ok((ours("stop --all")?, ours("start --all")?)),
            || Ok((theirs("stop", &units)?, theirs("start", &units)?)),
        )?;
        // The first is the warm-up.
        if round > 0 {
            measured.stop_many.push((verbs.0.0, verbs.1.0));
            measured.start_many.push((verbs.0.1, verbs.1.1));
        }
    }
    Ok(())
}

/// Ours and theirs, in turn the first: a systemd goes on for a while with what the one
/// before has left it to do.
fn both<T>(
    round: usize,
    ours: impl FnOnce() -> Result<T>,
    theirs: impl FnOnce() -> Result<T>,
) -> Result<(T, T)> {
    if round.is_multiple_of(2) {
        return Ok((ours()?, theirs()?));
    }
    let theirs = theirs()?;
    Ok((ours()?, theirs))
}

impl Pairs {
    fn push(&mut self, (ours, theirs): (Cost, Cost)) {
        self.ours.push(ours);
        self.theirs.push(theirs);
    }
}

fn unit(profile: &str) -> String {
    format!("hermes-gateway@{profile}.service")
}

fn ours(verb: &str) -> Result<Cost> {
    run(command("hermes-host").arg("gateway").args(verb.split(' ')))
}

fn theirs(verb: &str, units: &[String]) -> Result<Cost> {
    run(command("systemctl").args(verb.split(' ')).args(units))
}

/// `systemctl` tells on standard error which links it makes.
fn command(program: &str) -> Command {
    let mut command = Command::new(find(program));
    command.stdin(Stdio::null()).stdout(Stdio::null());
    if program == "systemctl" {
        command.stderr(Stdio::null());
    }
    command
}
