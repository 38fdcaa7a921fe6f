//! What the container was asked to run, under the wrappers of its image.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The script that hermes-agent's image runs its command through.
const WRAPPER: &str = "main-wrapper.sh";
/// s6-overlay's own: `rc.init top COMMAND…`.
const OVERLAY: [&str; 2] = ["rc.init", "top"];
/// What stands in front of the command, by its base name.
const PREFIXES: [&str; 4] = ["init", "entrypoint-dispatch.sh", WRAPPER, "hermes"];

/// Bytes of a command line that are read.
const MAX_SIZE: u64 = 128 * 1024;

/// The arguments of `hermes`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContainerCommand {
    /// What `-p` names.
    pub profile: Option<String>,
    /// All the rest, in order.
    pub arguments: Vec<String>,
}

impl ContainerCommand {
    /// Reads it from PID 1 or, where that does not show it, from the first
    /// process that runs the wrapper. `proc` is where procfs is mounted.
    pub fn find(proc: &Path) -> Self {
        let first = command_line(proc, 1);
        if is_wrapped(&first) {
            return Self::parse(&words(&first));
        }
        let wrapped = processes(proc)
            .into_iter()
            .map(|pid| command_line(proc, pid))
            .find(|line| is_wrapped(line));
        Self::parse(&words(&wrapped.unwrap_or(first)))
    }

    /// Reads it from the command line of one process.
    pub fn parse(argv: &[String]) -> Self {
        let mut command = Self::default();
        let mut arguments = without_prefixes(argv).iter();
        while let Some(argument) = arguments.next() {
            if matches!(argument.as_str(), "-p" | "--profile") {
                command.profile = arguments.next().cloned();
            } else if let Some(name) = argument.strip_prefix("--profile=") {
                command.profile = Some(name.to_owned());
            } else {
                command.arguments.push(argument.clone());
            }
        }
        command
    }

    /// A container that only serves the dashboard needs no gateways.
    pub fn is_dashboard(&self) -> bool {
        self.starts_with(&["dashboard"])
    }

    pub(super) fn starts_with(&self, words: &[&str]) -> bool {
        self.arguments.len() >= words.len()
            && self
                .arguments
                .iter()
                .zip(words)
                .all(|(argument, word)| argument == word)
    }
}

fn without_prefixes(argv: &[String]) -> &[String] {
    let mut rest = argv;
    if let Some(place) = argv
        .iter()
        .position(|argument| base_name(argument) == WRAPPER)
    {
        rest = argv.get(place..).unwrap_or_default();
    } else if let Some(place) = argv.windows(2).position(is_overlay) {
        rest = argv.get(place + OVERLAY.len()..).unwrap_or_default();
    }
    while let [first, tail @ ..] = rest
        && PREFIXES.contains(&base_name(first))
    {
        rest = tail;
    }
    rest
}

fn is_overlay(pair: &[String]) -> bool {
    pair.iter().map(|argument| base_name(argument)).eq(OVERLAY)
}

fn is_wrapped(line: &[u8]) -> bool {
    line.split(|byte| *byte == 0)
        .any(|argument| argument.rsplit(|byte| *byte == b'/').next() == Some(WRAPPER.as_bytes()))
}

fn base_name(argument: &str) -> &str {
    argument.rsplit('/').next().unwrap_or(argument)
}

/// All pids, in ascending order: the oldest processes first.
fn processes(proc: &Path) -> Vec<u32> {
    let entries = std::fs::read_dir(proc).into_iter().flatten().flatten();
    let mut pids: Vec<u32> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    pids
}

/// The arguments of a process, each with a zero behind it. Empty where the process is
/// gone, hidden or part of the kernel.
fn command_line(proc: &Path, pid: u32) -> Vec<u8> {
    // Most fit, and are read at once.
    let mut line = Vec::with_capacity(4096);
    let path = proc.join(pid.to_string()).join("cmdline");
    let read = File::open(path).and_then(|file| file.take(MAX_SIZE).read_to_end(&mut line));
    match read {
        Ok(_) => line,
        Err(_) => Vec::new(),
    }
}

fn words(line: &[u8]) -> Vec<String> {
    let line = line.strip_suffix(b"\0").unwrap_or(line);
    if line.is_empty() {
        return Vec::new();
    }
    line.split(|byte| *byte == 0)
        .map(|argument| String::from_utf8_lossy(argument).into_owned())
        .collect()
}

#[cfg(test)]
mod tests;
