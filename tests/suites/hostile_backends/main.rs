//! Backends that do what the sandbox has to withstand: each is compiled by
//! `hermes-plugin`, runs in the real sandbox and has to end in a typed error,
//! whole message and all, with the host usable afterwards.

mod bus;
mod case;
mod components;
mod computing;
mod damaged;
mod lying;
mod not_fitting;
mod reaching;
mod site;
mod speaking;
mod waiting;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;

use case::Case;
use hermes_host::backend::{Variables, choose};
use hermes_host::sandbox::Layers;
use hermes_tests::{assurance, plugin_binary};

/// Most of them wait for a child or a deadline.
const AT_ONCE: usize = 4;

#[test]
fn every_hostile_backend_is_contained() {
    // Before several threads want it.
    plugin_binary();
    let cases = [
        waiting::CASES,
        computing::CASES,
        lying::CASES,
        reaching::CASES,
        speaking::CASES,
        not_fitting::CASES,
    ];
    let todo: Mutex<VecDeque<&Case>> = Mutex::new(cases.into_iter().flatten().collect());
    let all = todo.lock().expect("no thread yet").len();
    let next = || todo.lock().expect("no case panics with it").pop_front();
    let failures: Vec<String> = std::thread::scope(|scope| {
        let threads = [(); AT_ONCE].map(|()| {
            scope.spawn(|| {
                std::iter::from_fn(next)
                    .filter_map(failure)
                    .collect::<Vec<_>>()
            })
        });
        let ended = threads.map(|thread| thread.join().expect("a case that is contained"));
        ended.into_iter().flatten().collect()
    });
    assurance(&[
        ("hostile-backends", all),
        ("contained", all - failures.len()),
    ]);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(all >= 30, "only {all} hostile backends");
}

/// What is wrong with how a case ended, if anything.
fn failure(case: &Case) -> Option<String> {
    let ended = case.run();
    assert_usable(case.name);
    (ended != case.ends).then(|| {
        let Case { name, ends, .. } = case;
        format!("{name}:\n  expected {ends:?}\n  ended as {ended:?}")
    })
}

/// In the same process a good backend does its work.
fn assert_usable(after: &str) {
    let chosen = choose(
        Some("noop"),
        Path::new("/data"),
        &Variables::default(),
        |_| Layers::default(),
    );
    let mut good = chosen
        .unwrap_or_else(|error| panic!("after {after}: {error}"))
        .backend;
    let answers = good
        .status(&["gateway-coder".to_owned()])
        .unwrap_or_else(|error| panic!("after {after}: {error}"));
    assert!(
        matches!(&answers[..], [Ok(_)]),
        "after {after}: {answers:?}"
    );
}
