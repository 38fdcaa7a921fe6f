use std::cell::OnceCell;
use std::fs::File;
use std::io::Read;

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
    // It stands right behind the name, which has up to 16 bytes, each maybe escaped.
    let mut status = [0; 256];
    let read = File::open("/proc/self/status").and_then(|mut file| file.read(&mut status));
    let status = status.get(..read.unwrap_or(0)).unwrap_or_default();
    status
        .split(|byte| *byte == b'\n')
        .find_map(|line| str::from_utf8(line.strip_prefix(b"Umask:")?).ok())
        .and_then(|mask| u32::from_str_radix(mask.trim(), 8).ok())
        .unwrap_or(ALL)
}
