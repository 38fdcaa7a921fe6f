use std::fs;
use std::path::PathBuf;

/// A process inside a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// As the container sees it.
    pub pid: u32,
    pub uid: u32,
    pub name: String,
    /// Its arguments, joined by spaces.
    pub command: String,
}

impl Process {
    /// All processes that share the pid namespace of `pid`. A zombie is none: it
    /// has closed all its files and only waits for its parent.
    pub(crate) fn all_in_namespace_of(pid: i32) -> Vec<Self> {
        let namespace = namespace_of(&pid.to_string());
        assert!(namespace.is_some(), "no process {pid}");
        let entries = fs::read_dir("/proc").expect("/proc is mounted");
        entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| namespace_of(name) == namespace)
            .filter_map(|name| Self::read(&name))
            .collect()
    }

    /// `None` where it has ended.
    fn read(outer_pid: &str) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{outer_pid}/status")).ok()?;
        let field = |name: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .map(str::trim)
        };
        if field("State")?.starts_with('Z') {
            return None;
        }
        let command = fs::read(format!("/proc/{outer_pid}/cmdline")).ok()?;
        Some(Self {
            pid: field("NSpid")?.split_whitespace().last()?.parse().ok()?,
            uid: field("Uid")?.split_whitespace().next()?.parse().ok()?,
            name: field("Name")?.to_owned(),
            command: String::from_utf8_lossy(&command)
                .replace('\0', " ")
                .trim_end()
                .to_owned(),
        })
    }
}

fn namespace_of(pid: &str) -> Option<PathBuf> {
    pid.parse::<u32>().ok()?;
    fs::read_link(format!("/proc/{pid}/ns/pid")).ok()
}
