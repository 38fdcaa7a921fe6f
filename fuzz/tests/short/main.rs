//! Every target on its seeds and on mutations of them: the same ones each time.

mod mutation;

use std::cell::Cell;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use hermes_fuzz::targets::{self, Target};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn seeds(target: &Target) -> Vec<Vec<u8>> {
    let seeds = folder().join("corpus").join(target.name);
    let mut paths: Vec<PathBuf> = fs::read_dir(&seeds)
        .unwrap_or_else(|error| panic!("{}: {error}", seeds.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} holds no seed", seeds.display());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Where what a target fails on is left, at its smallest.
fn reproducer(target: &Target) -> PathBuf {
    folder()
        .join("artifacts")
        .join(target.name)
        .join("minimised")
}

#[test]
fn no_target_fails() {
    let executions: usize = targets::ALL.iter().map(short_run).sum();
    hermes_tests::assurance(&[
        ("fuzz-targets", targets::ALL.len()),
        ("fuzz-executions", executions),
        ("fuzz-findings", 0),
    ]);
}

fn short_run(target: &Target) -> usize {
    let seeds = seeds(target);
    for seed in &seeds {
        (target.run)(seed);
    }
    let config = Config {
        cases: target.short,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let executions = Cell::new(seeds.len());
    let found = TestRunner::new_with_rng(config, rng).run(&mutation::of(seeds), |bytes| {
        executions.set(executions.get() + 1);
        catch_unwind(|| (target.run)(&bytes)).map_err(|_| TestCaseError::fail("it panicked"))
    });
    if let Err(TestError::Fail(_, bytes)) = found {
        let path = reproducer(target);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        panic!("{} fails on {}", target.name, path.display());
    }
    executions.get()
}

/// The others are of no contract, or meant to be damaged.
#[test]
fn the_good_component_among_the_seeds_is_of_the_contract_as_it_is() {
    let seed = folder().join("corpus/component/good");
    let built = hermes_tests::hostile_component("good");
    assert!(
        fs::read(&seed).unwrap() == fs::read(&built).unwrap(),
        "the contract has changed: cp {} {}",
        built.display(),
        seed.display()
    );
}

#[test]
fn every_target_is_known_to_cargo_fuzz() {
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for target in targets::ALL {
        let name = format!("[[bin]]\nname = \"{}\"\n", target.name);
        assert!(manifest.contains(&name), "{}", target.name);
        let program = folder().join(format!("fuzz_targets/{}.rs", target.name));
        let call = format!("targets::{}::run(bytes)", target.name);
        assert!(fs::read_to_string(program).unwrap().contains(&call));
    }
}
