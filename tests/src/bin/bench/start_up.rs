use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::effort::Effort;
use crate::process::run;
use crate::row::{Row, megabytes};

/// Megabytes that the binary has to stay below.
const SIZE: f64 = 5.0;

/// What every command pays before it does anything.
pub(crate) fn rows(host: &Path, effort: &Effort) -> Result<Vec<Row>> {
    let mut version = Command::new(host);
    version.arg("--version").stdout(Stdio::null());
    let mut nothing = Command::new("true");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for pair in 0..effort.warm_up + effort.pairs {
        let costs = (run(&mut version)?, run(&mut nothing)?);
        if pair >= effort.warm_up {
            ours.push(costs.0);
            theirs.push(costs.1);
        }
    }
    let size = megabytes(host.metadata()?.len());
    Ok(vec![
        Row {
            what: "binary size".to_owned(),
            runs: 1,
            ours: format!("{size:.2} MB"),
            theirs: String::new(),
            relation: String::new(),
            target: format!("under {SIZE} MB"),
            met: size < SIZE,
        },
        Row::times(
            "start-up: --version | true".to_owned(),
            &ours,
            &theirs,
            None,
        ),
        Row::memory(
            "peak memory: --version | true".to_owned(),
            &ours,
            &theirs,
            None,
        ),
    ])
}
