use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use wait4::Wait4;

/// What one run of a program took, from before it was started to after its end
/// was known.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cost {
    pub(crate) elapsed: Duration,
    /// On a processor, in user mode and in the kernel.
    pub(crate) busy: Duration,
    /// Bytes. The kernel counts in what this program had at the time.
    pub(crate) peak_memory: u64,
}

/// Runs a program, which has to succeed.
pub(crate) fn run(command: &mut Command) -> Result<Cost> {
    let started = Instant::now();
    let child = command
        .spawn()
        .with_context(|| format!("cannot run {command:?}"))?;
    let used = child.wait4()?;
    let elapsed = started.elapsed();
    ensure!(used.status.success(), "{command:?}: {}", used.status);
    Ok(Cost {
        elapsed,
        busy: used.rusage.utime + used.rusage.stime,
        peak_memory: used.rusage.maxrss,
    })
}

/// The whole path of a program: one that has to be looked up in a new
/// environment is started by fork, which costs more than `posix_spawn`.
pub(crate) fn find(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| program.into())
}
