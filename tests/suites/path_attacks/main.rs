//! Whatever path a backend names and whatever lies in its directory, nothing
//! outside is read, changed or described: every action on every shape of path,
//! with `openat2` and without it. The same attempts on an opener that trusts
//! paths must get out, or this suite proves nothing.

mod action;
mod attack;
mod canary;
mod isolation;
mod naive;
mod race;
mod shape;
mod world;

use std::thread;

use hermes_tests::{assurance, require};

use isolation::Opener;

#[test]
fn no_path_leads_out_of_a_granted_directory() {
    require!(Root, Namespaces);
    let [openat2, fallback, control] = [Opener::Openat2, Opener::Fallback, Opener::Naive]
        .map(|opener| thread::spawn(move || isolation::attacked(opener)))
        .map(|attacked| attacked.join().expect("each is attacked"));
    assurance(&[
        ("path-attempts", openat2.attempts),
        ("openat2-escapes", openat2.escapes()),
        ("fallback-escapes", fallback.escapes()),
        ("control-escapes", control.escapes()),
    ]);
    for real in [&openat2, &fallback] {
        assert_eq!(real.escapes(), 0, "{}", real.examples.join("\n"));
        assert!(real.attempts >= 50_000, "{real:?}");
        // A matrix that is refused as a whole would prove nothing.
        assert!(real.done > 1_000 && real.refused > 10_000, "{real:?}");
        assert!(real.swaps > 100, "{real:?}");
    }
    assert_eq!(openat2.attempts, control.attempts);
    assert!(control.still > 1_000 && control.raced > 10, "{control:?}");
}

#[test]
#[ignore = "a process of no_path_leads_out_of_a_granted_directory"]
fn attacks() {
    isolation::attack_here();
}
