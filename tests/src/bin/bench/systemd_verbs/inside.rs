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
    for pair in 0..effort.warm_up + effort.pairs {
        let status = (ours("status")?, theirs("is-active", &unit)?);
        let ours = (ours("stop")?, ours("start")?);
        let theirs_alone = (theirs("stop", &unit)?, theirs("start", &unit)?);
        let theirs = (
            theirs("disable --now", &unit)?,
            theirs("enable --now", &unit)?,
        );
        if pair >= effort.warm_up {
            measured.status.push(status);
            measured.stop.push((ours.0, theirs_alone.0));
            measured.start.push((ours.1, theirs_alone.1));
            measured.disable.push((ours.0, theirs.0));
            measured.enable.push((ours.1, theirs.1));
        }
    }
    Ok(())
}

/// All of them, which are down before and run between any two rounds.
fn many(effort: &Effort, measured: &mut Measured) -> Result<()> {
    let profiles = (1..GATEWAYS).map(|number| format!("p{number:02}"));
    let mut units = vec![unit(PROFILE)];
    units.extend(profiles.map(|profile| unit(&profile)));
    ours("start --all")?;
    for pair in 0..=effort.pairs_of_many {
        let stop = ours("stop --all")?;
        let start = ours("start --all")?;
        let stop = (stop, theirs("stop", &units)?);
        let start = (start, theirs("start", &units)?);
        // The first is the warm-up.
        if pair > 0 {
            measured.stop_many.push(stop);
            measured.start_many.push(start);
        }
    }
    Ok(())
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
