use std::collections::{BTreeMap, BTreeSet};

use crate::fault::{Fault, tried};

/// System calls that change a file.
const CHANGING: &str = "openat,mkdirat,unlinkat,renameat,renameat2,linkat,symlinkat,write,\
                        pwrite64,ftruncate,fchmod,fchmodat,fchown,fchownat,fsync,fdatasync,\
                        syncfs,flock";

/// A disk that is full, broken or read-only, and what belongs to somebody else.
const ERRORS: [&str; 4] = ["ENOSPC", "EIO", "EROFS", "EACCES"];

/// Where strace writes, inside of the container.
pub(crate) const RECORD: &str = "/tmp/calls";

/// The system calls of a command that change the volume.
pub(crate) struct Calls(Vec<Call>);

struct Call {
    name: String,
    /// Among those of its name in its thread, from 1.
    number: usize,
    shown: String,
}

/// A command under strace, before its arguments: every changing call in
/// [`RECORD`].
pub(crate) fn recording() -> String {
    format!("strace -f -y -qq --seccomp-bpf -o {RECORD} -e trace={CHANGING} hermes-host")
}

impl Calls {
    /// From what strace has written.
    pub(crate) fn of(record: &str) -> Self {
        let mut counts = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut calls = Vec::new();
        for line in record.lines() {
            let Some((thread, call)) = line.split_once(' ') else {
                continue;
            };
            let Some((name, arguments)) = call.trim_start().split_once('(') else {
                continue;
            };
            let number = counts.entry((thread, name)).or_insert(0);
            *number += 1;
            let on_the_volume = arguments.contains("</data") || arguments.contains("\"/data");
            let changes = name != "openat" || arguments.contains("O_CREAT");
            if on_the_volume && changes && seen.insert((name, *number)) {
                calls.push(Call {
                    name: name.to_owned(),
                    number: *number,
                    shown: arguments.chars().take(100).collect(),
                });
            }
        }
        Self(calls)
    }

    /// The end of the process instead of each call, and errors.
    pub(crate) fn faults(&self) -> impl Iterator<Item = Fault> {
        self.0.iter().enumerate().flat_map(|(place, call)| {
            let kinds = ["KILL"].into_iter().chain(tried(&ERRORS, place));
            kinds.map(|kind| call.fault(kind)).collect::<Vec<_>>()
        })
    }
}

impl Call {
    fn fault(&self, kind: &str) -> Fault {
        let Self { name, number, .. } = self;
        let kills = kind == "KILL";
        // With a filter of the kernel's strace injects no signals.
        let injection = if kills { "signal" } else { "error" };
        let filter = if kills { "" } else { "--seccomp-bpf" };
        Fault {
            place: format!("{name} {number}, {}", self.shown),
            kind: kind.to_owned(),
            kills,
            deceives: false,
            // It is the host that acts on the volume.
            has_begun: false,
            program: format!(
                "strace -f -qq {filter} -o {RECORD} -e trace={name} \
                 -e inject={name}:{injection}={kind}:when={number} hermes-host"
            ),
            option: String::new(),
        }
    }
}
