//! Backends that reach for what is not theirs.

use crate::case::{Case, rust};

pub(crate) const CASES: &[Case] = &[
    rust(
        "a directory without a grant",
        "Denied: backend hostile was refused files.open on label etc: it holds no grant for it | --label etc --read-directory",
    ),
    rust(
        "a label of a path",
        "Denied: backend hostile was refused files.open on label /etc: it holds no grant for it | --label /etc --read-directory",
    ),
    rust(
        "a label that is no word",
        "Denied: backend hostile was refused files.open on label \\u{1b}[2J\\u{a}etc: it holds no grant for it | --label \\u{1b}[2J\\u{a}etc --read-directory",
    ),
    rust(
        "a file as a directory",
        "Denied: backend hostile was refused files.open on label device: it holds no grant for it | --label device --read-directory",
    ),
    rust(
        "a directory as a file",
        "Denied: backend hostile was refused files.read-granted on label site: it holds no grant for it | --label site --read-file",
    ),
    rust(
        "a write with a grant to read",
        "Denied: backend hostile was refused files.write on [SITE]/x: it holds no grant for it | --label library --write-directory [SITE]",
    ),
    rust(
        "a removal with a grant to read",
        "Denied: backend hostile was refused files.remove-tree on [SITE]/inside: it holds no grant for it | --label library --write-directory [SITE]",
    ),
    rust(
        "a signal with a grant to read",
        "Denied: backend hostile was refused files.signal on [SITE]/inside/control: it holds no grant for it | --label library --write-directory [SITE]",
    ),
    rust(
        "a unit file of another",
        "Denied: backend hostile was refused files.write on [SITE]/sshd.service: it holds no grant for it | --label units --write-directory [SITE]",
    ),
    rust(
        "a unit of its own by another name",
        "Denied: backend hostile was refused files.rename on [SITE]/ours.service: it holds no grant for it | --label units --write-directory [SITE]",
    ),
    rust(
        "a link to a unit of another",
        "Denied: backend hostile was refused files.create-symlink on [SITE]/ours.service: it holds no grant for it | --label units --write-directory [SITE]",
    ),
    rust(
        "a hard link of a unit of another",
        "Denied: backend hostile was refused files.create-link on [SITE]/sshd.service: it holds no grant for it | --label units --write-directory [SITE]",
    ),
    rust(
        "a unit of another at boot",
        "Denied: backend hostile was refused files.create-symlink on [SITE]/boot.wants/sshd.service: it holds no grant for it | --label units --write-directory [SITE]",
    ),
    rust(
        "the removal of a unit of another",
        "Denied: backend hostile was refused files.remove on [SITE]/sshd.service: it holds no grant for it | --label units --write-directory [SITE]",
    ),
    rust("a device without an end", "Other: Err(Error::TooLarge)"),
    rust(
        "a socket",
        "Denied: backend hostile was refused sockets.connect on label docker: it holds no grant for it | --label docker --unix-socket",
    ),
    rust(
        "a command",
        "Denied: backend hostile was refused commands.run on label shell: it holds no grant for it | --label shell --command",
    ),
    rust(
        "a forged handle",
        "Misbehaved: backend acme.wasm broke the contract in `status`: unknown handle index 666",
    ),
    rust(
        "a closed handle",
        "Misbehaved: backend acme.wasm broke the contract in `status`: unknown handle index 1",
    ),
    rust(
        "a directory for a listener",
        "Misbehaved: backend acme.wasm broke the contract in `status`: handle index 1 used with the wrong type, expected guest-defined resource but found a different guest-defined resource",
    ),
    rust(
        "paths to read",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, NotADirectory, invalid argument, NotFound",
    ),
    rust(
        "paths to open",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, NotADirectory, invalid argument, NotFound",
    ),
    rust(
        "paths to list",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, NotADirectory, invalid argument, done",
    ),
    rust(
        "paths to write",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, invalid argument, Escapes",
    ),
    rust(
        "paths to create",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, IsADirectory, invalid argument, NotFound",
    ),
    rust(
        "paths to make directories",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, invalid argument, Escapes",
    ),
    rust(
        "paths to make FIFOs",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, invalid argument, Escapes",
    ),
    rust(
        "paths to listen",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, invalid argument, Escapes",
    ),
    rust(
        "paths to signal",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, NotADirectory, invalid argument, NotFound",
    ),
    rust(
        "paths to own",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, invalid argument, Escapes",
    ),
    rust(
        "paths to rename to",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, done, invalid argument, NotFound",
    ),
    rust(
        "paths to rename from",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, NotADirectory, invalid argument, NotFound",
    ),
    rust(
        "paths to link to",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, NotADirectory, invalid argument, NotFound",
    ),
    rust(
        "paths to link from",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, NotADirectory, invalid argument, NotFound",
    ),
    rust(
        "paths to remove",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, invalid argument, Escapes",
    ),
    rust(
        "paths to remove trees",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, invalid argument, Escapes",
    ),
    rust(
        "links that lead outside",
        "Other: Escapes, Escapes, Escapes, Escapes, Escapes, Escapes, NotADirectory, invalid argument, NotFound",
    ),
    rust("a path without an end", "Other: Err(Error::TooLarge)"),
    rust("a race with links", "Other: read what is outside 0 times"),
    rust(
        "a FIFO for a file",
        "Other: Err(Error::Other(\"not a regular file\")), Err(Error::NotADirectory), Err(Error::AlreadyExists), Err(Error::NoReader)",
    ),
    rust(
        "a file for a FIFO",
        "Other: Err(Error::Other(\"not a FIFO\"))",
    ),
    rust(
        "a program of root",
        "Other: Err(Error::PermissionDenied), Err(Error::PermissionDenied)",
    ),
];
