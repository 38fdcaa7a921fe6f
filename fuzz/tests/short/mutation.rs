//! Seeds with some edits each: what proptest shrinks.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What parsers tend to trip over.
const TOKENS: [&[u8]; 20] = [
    b"",
    b"\0",
    b"\n",
    b"\t",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[[[[[[[[",
    b"/",
    b"../",
    b"=",
    b"null",
    b"-1",
    b"18446744073709551616",
    b"1e999",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xe2\x80\xae",
    b"\x1b[31m",
];

#[derive(Debug, Clone)]
enum Edit {
    Set(Index, u8),
    Insert(Index, &'static [u8]),
    Remove(Index, Index),
    Repeat(Index, Index),
    Splice(Index, Index),
}

/// One of the seeds, changed in up to six places.
pub(crate) fn of(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let edit = prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (any::<Index>(), select(&TOKENS[..])).prop_map(|(at, token)| Edit::Insert(at, token)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Edit::Remove(from, to)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Edit::Repeat(from, to)),
        (any::<Index>(), any::<Index>()).prop_map(|(at, seed)| Edit::Splice(at, seed)),
    ];
    (select(seeds.clone()), vec(edit, 0..6)).prop_map(move |(mut bytes, edits)| {
        for edit in edits {
            apply(&mut bytes, &edit, &seeds);
        }
        bytes
    })
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit, seeds: &[Vec<u8>]) {
    let place = |at: &Index| at.index(bytes.len() + 1);
    let range = |one: &Index, other: &Index| {
        let (one, other) = (place(one), place(other));
        one.min(other)..one.max(other)
    };
    match edit {
        Edit::Set(at, byte) => {
            let at = place(at);
            match bytes.get_mut(at) {
                Some(place) => *place = *byte,
                None => bytes.push(*byte),
            }
        }
        Edit::Insert(at, token) => {
            let at = place(at);
            bytes.splice(at..at, token.iter().copied());
        }
        Edit::Remove(from, to) => {
            let range = range(from, to);
            bytes.drain(range);
        }
        Edit::Repeat(from, to) => {
            let range = range(from, to);
            let (end, part) = (range.end, bytes[range].to_vec());
            bytes.splice(end..end, part);
        }
        Edit::Splice(at, seed) => {
            let at = place(at);
            let seed = seed.get(seeds);
            let rest = &seed[at.min(seed.len())..];
            bytes.truncate(at);
            bytes.extend_from_slice(rest);
        }
    }
}
