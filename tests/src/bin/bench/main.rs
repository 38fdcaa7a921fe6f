//! What commands cost, side by side with the supervisors' own tools: `make bench`.
//!
//!     bench [--quick]
//!
//! `--quick` shows in seconds that it works; its numbers mean little.

mod effort;
mod gateway_verbs;
mod image;
mod lifeline;
mod machine;
mod pairs;
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

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let effort = match arguments[..] {
        [] => Effort::full(),
        ["--quick"] => Effort::quick(),
        // What this program calls itself as, in a container.
        [systemd_verbs::INSIDE] => return systemd_verbs::measure(&Effort::full()),
        [systemd_verbs::INSIDE, "--quick"] => return systemd_verbs::measure(&Effort::quick()),
        _ => bail!("usage: bench [--quick]"),
    };
    if let Some(reason) = missing(&[Requirement::S6]) {
        bail!("{reason}");
    }
    // Built, where it has to be, before anything has priority.
    let host = host_binary();
    let priority = priority::raise(host)?;

    println!("{}, {priority}", machine::describe());
    println!("{}\n", table::EXPLANATION);
    let mut rows = start_up::rows(host, &effort)?;
    rows.extend(gateway_verbs::rows(&effort)?);
    rows.extend(systemd_verbs::rows(&arguments)?);
    rows.extend(reconcile::rows(&effort)?);
    rows.extend(image::rows(&effort)?);
    print!("{}", table::render(&rows));
    Ok(())
}
