use std::io;

use hermes_bundle::LARGEST_ARTEFACT;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Limits this process: `memory` is its address space in MiB, `time` its
/// processor time in seconds. No limit that holds already is raised.
pub(crate) fn apply(memory: u64, time: u64) -> io::Result<()> {
    // The soft limit of processor time ends the process with a signal of its
    // own, SIGXCPU, but only where the hard one is further away.
    for (resource, soft, hard) in [
        (Resource::As, memory << 20, memory << 20),
        (Resource::Cpu, time, time + 1),
        (Resource::Fsize, LARGEST_ARTEFACT, LARGEST_ARTEFACT),
        (Resource::Core, 0, 0),
    ] {
        let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let limits = Rlimit {
            current: Some(soft.min(most)),
            maximum: Some(hard.min(most)),
        };
        setrlimit(resource, limits)?;
    }
    Ok(())
}
