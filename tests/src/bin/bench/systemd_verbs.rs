mod inside;
mod measured;

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use hermes_tests::{Container, Options, Requirement, Tree, missing};
use serde_json::json;

pub(crate) use inside::measure;
use measured::Measured;

use crate::row::Row;

/// The option that makes this program take the times, inside.
pub(crate) const INSIDE: &str = "--inside-systemd";

/// With the profile `default`, which every home has.
pub(crate) const GATEWAYS: usize = 100;

/// Where the container has this program.
const BENCH: &str = "/usr/local/bin/bench";

/// The verbs on gateways of a systemd, beside `systemctl`. `arguments`: what this
/// program was called with.
pub(crate) fn rows(arguments: &[&str]) -> Result<Vec<Row>> {
    let needed = [
        Requirement::Root,
        Requirement::Systemd,
        Requirement::Namespaces,
    ];
    if let Some(reason) = missing(&needed) {
        let rows = Measured::WHAT.iter();
        return Ok(rows.map(|what| Row::skipped(what, &reason)).collect());
    }
    let container = Container::start(Options::new(Tree::Systemd));
    // Started by hand as often as it is here it would be taken for one that dies.
    container.configure(&json!({
        "command": ["/bin/sleep", "infinity"],
        "restart": { "max_deaths": 1000, "window": "1s" },
    }));
    for number in 1..GATEWAYS {
        container.plant_profile(&format!("p{number:02}"));
    }
    container.hermes_as(0, "reconcile").success();
    std::fs::copy(std::env::current_exe()?, container.path(BENCH))?;
    // Entered once: the way in is not what is measured.
    let output = container
        .entered(0, [&[BENCH, INSIDE], arguments].concat())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "{BENCH}: {}", output.status);
    let measured: Measured =
        serde_json::from_slice(&output.stdout).context("what was measured inside")?;
    Ok(measured.rows())
}
