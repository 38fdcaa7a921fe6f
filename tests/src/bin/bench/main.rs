//! What commands cost, side by side with the supervisors' own tools: `make bench`.
//!
//!     bench [--quick] [GROUP...]
//!
//! `--quick` shows in seconds that it works; its numbers mean little. A GROUP, one of
//! `start-up`, `s6`, `systemd`, `reconcile` and `image`, is a part of the table.

mod effort;
mod gateway_verbs;
mod image;
mod lifeline;
mod machine;
mod pairs;
mod plain_slots;
mod priority;
mod process;
mod reconcile;
mod row;
mod site;
mod spread;
mod start_up;
mod storage;
mod systemd_verbs;
mod table;

use anyhow::{Result, bail};
use hermes_tests::{Requirement, host_binary, missing};

use effort::Effort;

const USAGE: &str = "usage: bench [--quick] [start-up|s6|systemd|reconcile|image]...";

/// The parts of the table, in its order.
const GROUPS: [&str; 5] = ["start-up", "s6", "systemd", "reconcile", "image"];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (options, groups): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .map(String::as_str)
        .partition(|argument| argument.starts_with('-'));
    let effort = match options[..] {
        [] => Effort::full(),
        ["--quick"] => Effort::quick(),
        // What this program calls itself as.
        [systemd_verbs::INSIDE] => return systemd_verbs::measure(&Effort::full()),
        [reconcile::INSIDE] => return reconcile::measure(&Effort::full()),
        [plain_slots::INSIDE] => return plain_slots::write(&groups),
        [systemd_verbs::INSIDE, "--quick"] => return systemd_verbs::measure(&Effort::quick()),
        [reconcile::INSIDE, "--quick"] => return reconcile::measure(&Effort::quick()),
        _ => bail!(USAGE),
    };
    if groups.iter().any(|group| !GROUPS.contains(group)) {
        bail!(USAGE);
    }
    if let Some(reason) = missing(&[Requirement::S6]) {
        bail!("{reason}");
    }
    // Built, where it has to be, before anything has priority.
    let host = host_binary();
    let priority = priority::raise(host)?;

    println!("{}, {priority}", machine::describe());
    println!("{}\n", table::EXPLANATION);
    let mut rows = Vec::new();
    for group in GROUPS {
        if groups.is_empty() || groups.contains(&group) {
            rows.extend(match group {
                "start-up" => start_up::rows(host, &effort),
                "s6" => gateway_verbs::rows(&effort),
                "systemd" => systemd_verbs::rows(&options),
                "reconcile" => reconcile::rows(&effort, &options),
                _ => image::rows(&effort),
            }?);
        }
    }
    print!("{}", table::render(&rows));
    Ok(())
}
