use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// More than a supervisor and a logger for each profile; s6-svscan keeps its
/// table on the stack, which ends between 22,000 and 25,000.
const SLOTS: &str = "12000";

/// A supervision tree and its directories, which all end with this value and
/// with this process at the latest.
pub(crate) struct Lifeline(Child);

impl Lifeline {
    pub(crate) fn start(scan_directory: &Path, home: &Path) -> Result<Self> {
        Command::new("sh")
            .args(["-c", include_str!("lifeline.sh"), "lifeline"])
            .arg(scan_directory)
            .arg(SLOTS)
            .arg(home)
            .stdin(Stdio::piped())
            // Away from an interrupt of the terminal, which it has to outlive.
            .process_group(0)
            .spawn()
            .map(Self)
            .context("cannot run sh")
    }
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
