use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rustix::fs::{CWD, FileType, Mode, RenameFlags, mknodat, renameat_with};
use tempfile::TempDir;

/// A directory that a backend is granted, with traps in it, and what is outside.
pub(crate) struct Site {
    folder: TempDir,
    granted: PathBuf,
}

/// Exchanges a directory for a link that leads outside, for as long as it lives.
pub(crate) struct Race {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let granted = folder.path().join("granted");
        let site = Self { folder, granted };
        let make = |path: &str, contents: &str| {
            let path = site.folder.path().join(path);
            fs::create_dir_all(path.parent().expect("below the folder")).expect("a directory");
            fs::write(path, contents).expect("a file");
        };
        make("outside/secret", "outside");
        make("granted/inside/file", "inside");
        make("granted/swapped/secret", "inside");
        for link in ["link", "other"] {
            std::os::unix::fs::symlink("../outside", site.granted.join(link)).expect("a link");
        }
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, site.granted.join("fifo"), FileType::Fifo, mode, 0).expect("a FIFO");
        site
    }

    pub(crate) fn granted(&self) -> &Path {
        &self.granted
    }

    pub(crate) fn race(&self) -> Race {
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        let [one, other] = ["swapped", "other"].map(|name| self.granted.join(name));
        let thread = std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE).expect("an exchange");
            }
        });
        Race {
            over,
            thread: Some(thread),
        }
    }

    /// What lies outside is as it was.
    pub(crate) fn assert_nothing_escaped(&self, case: &str) {
        let outside = self.folder.path().join("outside");
        let names: Vec<_> = fs::read_dir(&outside)
            .expect("it is still there")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(names, ["secret"], "{case}");
        let secret = fs::read_to_string(outside.join("secret")).expect("it is still a file");
        assert_eq!(secret, "outside", "{case}");
        let beside = fs::read_dir(self.folder.path()).expect("it is still there");
        assert_eq!(beside.count(), 2, "{case}");
    }
}

impl Drop for Race {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the race ends");
        }
    }
}
