//! Components that are cut, flipped, or made to keep the compiler busy.

use std::time::Duration;

use hermes_bundle::sha256;
use hermes_host::backend::Backend;
use hermes_host::sandbox::{Compiler, ComponentFile, Instance, Layers};
use hermes_tests::plugin_binary;

use crate::case::{compile, described};
use crate::components::built;

/// How a component ends that is only asked to describe itself.
fn describe(bytes: Vec<u8>) -> Result<(), String> {
    let artefact = compile(bytes)?;
    Instance::new(&artefact, Layers::default())
        .map_err(Into::into)
        .and_then(|mut instance| Backend::describe(&mut instance))
        .map(drop)
        .map_err(|error| described(&error))
}

/// Every so many bytes, so that a run takes seconds.
fn places(length: usize) -> impl Iterator<Item = usize> {
    (0..length).step_by(length / 60)
}

#[test]
fn the_good_component_is_good() {
    assert_eq!(describe(built("good")), Ok(()));
}

#[test]
fn a_component_that_is_cut_says_so() {
    let good = built("good");
    for length in places(good.len()) {
        let error = describe(good[..length].to_vec()).unwrap_err();
        let expected = [
            "Refused: it ends too early: this is not all of it",
            // What is left is whole, and the export is what was cut off.
            "DoesNotFit: backend acme.wasm does not export hermes:backend/service-manager: \
             it is no backend | a backend is built for the world `backend` in wit/",
        ];
        assert!(
            expected.contains(&error.as_str()),
            "{length} bytes: {error}"
        );
    }
}

#[test]
fn a_flipped_bit_is_an_error_or_does_no_harm() {
    let good = built("good");
    for place in places(good.len()) {
        let mut flipped = good.clone();
        flipped[place] ^= 1 << (place % 8);
        let Err(error) = describe(flipped) else {
            continue;
        };
        let kinds = [
            "Refused",
            "DoesNotFit",
            "DoesNotLoad",
            "OutOfFuel",
            "OutOfMemory",
            "Crashed",
            "Misbehaved",
        ];
        let kind = error.split(':').next().unwrap_or_default();
        assert!(kinds.contains(&kind), "bit of byte {place}: {error}");
        assert!(
            !error.contains(char::is_control),
            "bit of byte {place}: {error:?}"
        );
    }
}

#[test]
fn a_compiler_that_does_not_come_to_an_end_is_ended() {
    let bytes = busy();
    let component = ComponentFile {
        name: "acme.wasm".to_owned(),
        digest: sha256(&bytes),
        bytes,
    };
    let within = |memory: u64, time: u64| {
        let compiler = Compiler {
            program: plugin_binary().to_owned(),
            memory: memory << 20,
            time: Duration::from_secs(time),
        };
        match compiler.compile(&component) {
            Ok(_) => panic!("it was compiled"),
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(
        within(2048, 1),
        "it was not compiled within 1s of processor time"
    );
    assert_eq!(
        within(100, 60),
        "it was not compiled within 100 MiB of memory"
    );
    assert_eq!(describe(built("good")), Ok(()));
}

/// A component with one function of millions of instructions.
fn busy() -> Vec<u8> {
    const INSTRUCTIONS: usize = 1_000_000;
    // Of the first local: load, add 7, store.
    let step = [0x20, 0, 0x41, 7, 0x6a, 0x21, 0];
    // One local of type i32, the steps, end.
    let body = [&[1, 1, 0x7f][..], &step.repeat(INSTRUCTIONS), &[0x0b]].concat();
    let module = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[1, 0x60, 0, 0]),
        section(3, &[1, 0]),
        section(10, &[&[1][..], &sized(&body)].concat()),
    ]
    .concat();
    [b"\0asm\x0d\0\x01\0".to_vec(), section(1, &module)].concat()
}

fn section(id: u8, contents: &[u8]) -> Vec<u8> {
    [&[id][..], &sized(contents)].concat()
}

/// With its length before it, in LEB128.
fn sized(contents: &[u8]) -> Vec<u8> {
    let mut length = contents.len();
    let mut sized = Vec::new();
    while length >= 0x80 {
        sized.push(u8::try_from(length & 0x7f).expect("seven bits") | 0x80);
        length >>= 7;
    }
    sized.push(u8::try_from(length).expect("seven bits"));
    sized.extend_from_slice(contents);
    sized
}
