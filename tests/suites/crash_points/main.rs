//! A command that dies before or after any of its effects, or fails there, and
//! any of the host's own writes to the volume: what is left is never half built,
//! and the next ordinary command makes of it what an undisturbed one would have.
//! With every error in each place, not one by turns, in `make assurance`.

mod calls;
mod controls;
mod effects;
mod fault;
mod figures;
mod invariants;
mod point;
mod runner;
mod scenario;
mod service;
mod site;
mod state;
mod tree;

use hermes_tests::{assurance, require};

use runner::{Runner, all_scenarios};

#[test]
fn a_crash_or_an_error_at_every_effect_is_repaired_by_the_next_command() {
    require!(Root, S6, Namespaces);
    let figures = all_scenarios(Runner::every_effect);
    let [crash_points, faults, runs, violations] = figures.counts();
    assurance(&[
        ("crash-points", crash_points),
        ("faults", faults),
        ("runs", runs),
        ("violations", violations),
    ]);
    figures.has_no_violations();
    // A suite that comes to nothing would prove nothing.
    assert!(crash_points > 800 && faults > 300);
}

#[test]
fn a_crash_or_an_error_at_every_write_is_repaired_by_the_next_command() {
    require!(Root, S6, Namespaces, Strace);
    let figures = all_scenarios(Runner::every_write);
    let [crash_points, faults, runs, violations] = figures.counts();
    assurance(&[
        ("write-crash-points", crash_points),
        ("write-faults", faults),
        ("write-runs", runs),
        ("write-violations", violations),
    ]);
    figures.has_no_violations();
    assert!(crash_points > 120 && faults > 120);
}
