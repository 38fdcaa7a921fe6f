//! Another thread that exchanges what the paths name, as the agent's account
//! can while the host works.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::world::make_fifo;

/// The directory in `/in` that is left to this thread.
pub(crate) const PLACE: &str = "race";

pub(crate) const ROUNDS: usize = 25;

pub(crate) const PATHS: [&str; 12] = [
    "race/directory",
    "race/directory/",
    "race/directory/canary",
    "race/directory/new",
    "race/directory/dir/canary",
    "race/directory/../canary",
    "race/directory/empty",
    "race/file",
    "race/fifo",
    "race/mover/../canary",
    "race/mover/deep/../../canary",
    "race/mover/../../out/canary",
];

/// The thread, until it is stopped.
pub(crate) struct Race {
    over: Arc<AtomicBool>,
    thread: JoinHandle<usize>,
}

impl Race {
    pub(crate) fn start() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let seen = over.clone();
        let thread = std::thread::spawn(move || {
            let mut swaps = 0;
            while !seen.load(Ordering::Relaxed) {
                swaps += swap();
            }
            swaps
        });
        Self { over, thread }
    }

    /// How often something was exchanged.
    pub(crate) fn stop(self) -> usize {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().expect("the other thread ends")
    }
}

/// One exchange of each, there and back. The attacks remove what is exchanged:
/// it is made again where it is missing, and nothing is expected to succeed.
fn swap() -> usize {
    let place = Path::new("/in").join(PLACE);
    let _ = fs::create_dir(&place);
    let create_file = |path: &Path| File::create_new(path).map(drop);
    let mut swaps = exchange(&place, "directory", "../../out", |path| {
        fs::create_dir(path)
    });
    swaps += exchange(&place, "file", "../../out/canary", create_file);
    swaps += exchange(&place, "fifo", "/out/fifo", |path| make_fifo(path));
    let (mover, pit) = (place.join("mover"), Path::new("/pit/mover"));
    let _ = fs::create_dir(&mover);
    let _ = fs::create_dir(mover.join("deep"));
    swaps += usize::from(fs::rename(&mover, pit).is_ok());
    if fs::rename(pit, &mover).is_err() {
        let _ = fs::remove_dir_all(pit);
    }
    swaps
}

/// Puts a link that leads out in the place of what should be there.
fn exchange(
    place: &Path,
    name: &str,
    target: &str,
    make: impl Fn(&Path) -> io::Result<()>,
) -> usize {
    let (here, link) = (place.join(name), place.join(format!("{name}-link")));
    if here.is_symlink() {
        let _ = fs::remove_file(&here);
    }
    let _ = make(&here);
    if !link.is_symlink() {
        let _ = fs::remove_dir_all(&link).or_else(|_| fs::remove_file(&link));
    }
    let _ = symlink(target, &link);
    let exchanged = || renameat_with(CWD, &here, CWD, &link, RenameFlags::EXCHANGE).is_ok();
    usize::from(exchanged()) + usize::from(exchanged())
}
