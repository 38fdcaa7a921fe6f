//! Backends that say on a bus what is not theirs to say.

use crate::case::{Call, Case, rust_in, rust_on_bus};

pub(crate) const CASES: &[Case] = &[
    rust_on_bus(
        "a call that is granted",
        "Other: Ok(()), Err(Error::TimedOut) | StartUnit hermes-gateway@coder.service replace",
    ),
    rust_on_bus(
        "a call in the other byte order",
        "Other: Ok(()), Err(Error::TimedOut) | StartUnit hermes-gateway@coder.service replace",
    ),
    rust_on_bus(
        "a call split at every byte",
        "Other: Ok(()), Err(Error::TimedOut) | StartUnit hermes-gateway@coder.service replace",
    ),
    rust_on_bus(
        "a transient unit",
        "Denied: backend hostile was refused sockets.send on the call org.freedesktop.systemd1.Manager.StartTransientUnit: it holds no grant for it | --label bus --call org.freedesktop.systemd1.Manager.StartTransientUnit | nothing",
    ),
    rust_on_bus(
        "a known call that is not granted",
        "Denied: backend hostile was refused sockets.send on the call org.freedesktop.systemd1.Manager.StopUnit: it holds no grant for it | --label bus --call org.freedesktop.systemd1.Manager.StopUnit | nothing",
    ),
    rust_on_bus(
        "a unit of another",
        "Denied: backend hostile was refused sockets.send on the unit sshd.service in org.freedesktop.systemd1.Manager.StartUnit: it holds no grant for it | --label bus --unit sshd.service | nothing",
    ),
    rust_on_bus(
        "a unit of another, big-endian",
        "Denied: backend hostile was refused sockets.send on the unit sshd.service in org.freedesktop.systemd1.Manager.StartUnit: it holds no grant for it | --label bus --unit sshd.service | nothing",
    ),
    rust_on_bus(
        "a unit of another, split",
        "Denied: backend hostile was refused sockets.send on the unit sshd.service in org.freedesktop.systemd1.Manager.StartUnit: it holds no grant for it | --label bus --unit sshd.service | nothing",
    ),
    rust_on_bus(
        "a unit of another behind one of ours",
        "Denied: backend hostile was refused sockets.send on the unit sshd.service in org.freedesktop.systemd1.Manager.StartUnit: it holds no grant for it | --label bus --unit sshd.service | nothing",
    ),
    rust_on_bus(
        "more after a refusal",
        "Denied: backend hostile was refused sockets.send on the unit sshd.service in org.freedesktop.systemd1.Manager.StartUnit: it holds no grant for it | --label bus --unit sshd.service | nothing",
    ),
    rust_on_bus(
        "a unit with a path in it",
        "Denied: backend hostile was refused sockets.send on the unit hermes-gateway@/../sshd.service in org.freedesktop.systemd1.Manager.StartUnit: it holds no grant for it | --label bus --unit hermes-gateway@/../sshd.service | nothing",
    ),
    rust_on_bus(
        "a job that stops all others",
        "Denied: backend hostile was refused sockets.send on the mode isolate in org.freedesktop.systemd1.Manager.StartUnit: it holds no grant for it | none, no grant allows it | nothing",
    ),
    rust_on_bus(
        "two members",
        "Denied: backend hostile was refused sockets.send on a message that does not pass, it has a header field twice: it holds no grant for it | none, no grant allows it | nothing",
    ),
    rust_on_bus(
        "descriptors",
        "Denied: backend hostile was refused sockets.send on a message that does not pass, it carries file descriptors: it holds no grant for it | none, no grant allows it | nothing",
    ),
    rust_on_bus(
        "a signal",
        "Denied: backend hostile was refused sockets.send on a message that does not pass, it is no method call: it holds no grant for it | none, no grant allows it | nothing",
    ),
    rust_on_bus(
        "authentication of its own",
        "Denied: backend hostile was refused sockets.send on a message that does not pass, it begins with no byte order: it holds no grant for it | none, no grant allows it | nothing",
    ),
    rust_on_bus(
        "a length bomb",
        "Denied: backend hostile was refused sockets.send on a message that does not pass, it is too long: it holds no grant for it | none, no grant allows it | nothing",
    ),
    rust_on_bus(
        "a list of fields without an end",
        "Denied: backend hostile was refused sockets.send on a message that does not pass, it is too long: it holds no grant for it | none, no grant allows it | nothing",
    ),
    rust_on_bus(
        "a truncated header",
        "Other: Ok(()), Err(Error::TimedOut) | nothing",
    ),
    rust_on_bus(
        "a truncated message",
        "Other: Ok(()), Err(Error::TimedOut) | nothing",
    ),
    rust_on_bus(
        "more bytes than one effect carries",
        "Other: Err(Error::TooLarge), Err(Error::TimedOut) | nothing",
    ),
    rust_in(
        "a grant to call what runs anything",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: grant bus names the call \"org.freedesktop.systemd1.Manager.StartTransientUnit\", which this host cannot judge",
    ),
    rust_in(
        "a grant of units by two stars",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: grant bus names the unit \"*.*\", which this host cannot hold it to",
    ),
    rust_in(
        "thousands of units",
        Call::Describe,
        "Misbehaved: backend acme.wasm broke the contract in `describe`: grant bus names 0 calls and 2000 units, and the most are 20 and 16",
    ),
];
