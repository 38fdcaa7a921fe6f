//! Backends that lie about themselves, or answer what is no answer.

use crate::case::{Call, Case, rust_in, text, text_in};

pub(crate) const CASES: &[Case] = &[
    rust_in(
        "an id that is a path",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: its id is \"../../etc/cron.d/x\", which is not [a-z][a-z0-9-]{0,31}",
    ),
    rust_in(
        "an id of another case",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: its id is \"S6\", which is not [a-z][a-z0-9-]{0,31}",
    ),
    rust_in(
        "an id without a letter",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: its id is \"\", which is not [a-z][a-z0-9-]{0,31}",
    ),
    rust_in(
        "an id of control characters",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: its id is \"\\u{1b}[2Jacme\\u{0}\\u{a}\", which is not [a-z][a-z0-9-]{0,31}",
    ),
    rust_in(
        "an id without an end",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: its id is \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…\", which is not [a-z][a-z0-9-]{0,31}",
    ),
    rust_in(
        "words of control characters",
        Call::Describe,
        "hostile, \\u{1b}[2Jn of 31 letters, 1\\u{7}",
    ),
    rust_in(
        "words without an end",
        Call::Describe,
        "hostile, xxxxxxxxxx of 501 letters, 6.6.6",
    ),
    rust_in(
        "thousands of grants",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: it asks for 5000 grants, and the most are 32",
    ),
    rust_in(
        "one label twice",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: two grants are labelled site",
    ),
    rust_in(
        "a label of control characters",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: a grant is labelled \"a\\u{1b}[8m\", which is not [a-z][a-z0-9-]{0,31}",
    ),
    rust_in(
        "thousands of paths",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: grant site names 2000 paths, and the most are 16",
    ),
    rust_in(
        "a grant with .. in it",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: grant site names the path \"/run/../etc\"; a path begins with / or $NAME, and has no `..`, control or invisible character and at most 4096 bytes",
    ),
    rust_in(
        "a grant with NUL in it",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: grant site names the path \"/run\\u{0}/etc\"; a path begins with / or $NAME, and has no `..`, control or invisible character and at most 4096 bytes",
    ),
    rust_in(
        "a grant that looks like another",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: grant site names the path \"/etc/\\u{202e}nur\"; a path begins with / or $NAME, and has no `..`, control or invisible character and at most 4096 bytes",
    ),
    rust_in(
        "a grant of names elsewhere",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: grant units lists the name \"../cron.d/ours\", which this host cannot hold it to",
    ),
    rust_in(
        "a grant of no names",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: grant units lists no name to write to",
    ),
    rust_in(
        "a relative grant",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: grant site names the path \"etc\"; a path begins with / or $NAME, and has no `..`, control or invisible character and at most 4096 bytes",
    ),
    rust_in(
        "look around in describe",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: it used a capability before it was granted any",
    ),
    rust_in(
        "surer than sure",
        Call::Detect,
        "Misbehaved: backend hostile broke the contract in `detect`: its confidence is 255 of 100",
    ),
    rust_in(
        "a list of answers without an end",
        Call::Register,
        "Misbehaved: backend hostile broke the contract in `register`: 100000 answers for 1 services",
    ),
    rust_in(
        "no answer",
        Call::Control,
        "Misbehaved: backend hostile broke the contract in `control`: 0 answers for 1 services",
    ),
    rust_in(
        "words of control characters",
        Call::Control,
        "Other: \\u{1b}[2Jno\\u{a}",
    ),
    rust_in(
        "services that are none",
        Call::Registered,
        "[\"gateway-a\"]",
    ),
    rust_in(
        "a list without an end",
        Call::Registered,
        "OutOfFuel: backend acme.wasm computed too long in `registered`",
    ),
    text(
        "effect-in-start",
        "Misbehaved: backend acme.wasm broke the contract in `start`: it used a capability before it was granted any",
    ),
    text(
        "string-outside-of-memory",
        "Misbehaved: backend acme.wasm broke the contract in `describe`: string pointer/length out of bounds of memory",
    ),
    text(
        "string-of-no-text",
        "Misbehaved: backend acme.wasm broke the contract in `describe`: invalid utf-8 sequence of 1 bytes from index 0",
    ),
    text(
        "list-longer-than-memory",
        "Misbehaved: backend acme.wasm broke the contract in `describe`: list pointer/length out of bounds of memory",
    ),
    text(
        "answer-outside-of-memory",
        "Misbehaved: backend acme.wasm broke the contract in `describe`: pointer out of bounds of memory",
    ),
    text(
        "answer-out-of-line",
        "Misbehaved: backend acme.wasm broke the contract in `describe`: return pointer not aligned",
    ),
    text_in(
        "answer-of-no-case",
        Call::Detect,
        "Misbehaved: backend acme.wasm broke the contract in `detect`: invalid option discriminant",
    ),
    text_in(
        "allocation-outside-of-memory",
        Call::Status,
        "Misbehaved: backend acme.wasm broke the contract in `status`: realloc return: beyond end of memory",
    ),
];
