use std::cell::OnceCell;
use std::fs;

/// The bits that the system takes from the modes of new files, read when the
/// first one is made: most commands make none.
#[derive(Debug, Default)]
pub(super) struct Umask(OnceCell<u32>);

impl Umask {
    /// Whether a new file of this mode comes out with another one.
    pub(super) fn affects(&self, mode: u32) -> bool {
        mode & self.0.get_or_init(read) != 0
    }
}

/// umask(2) cannot read without changing, for all threads. procfs can, as
/// `Umask:` in status (Linux 4.7); without it every mode counts as affected.
fn read() -> u32 {
    const ALL: u32 = 0o777;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("Umask:"))
        .and_then(|mask| u32::from_str_radix(mask.trim(), 8).ok())
        .unwrap_or(ALL)
}
