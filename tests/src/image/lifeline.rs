use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// What removes this process's containers once it is gone, however it dies.
#[derive(Debug)]
pub(super) struct Lifeline {
    /// The mark of the engine's containers.
    pub(super) label: String,
    /// Where those made of namespaces have what is theirs.
    pub(super) directory: PathBuf,
    _process: Child,
}

impl Lifeline {
    /// That of this process.
    pub(super) fn get() -> &'static Self {
        static LIFELINE: OnceLock<Lifeline> = OnceLock::new();
        LIFELINE.get_or_init(|| {
            let label = format!("hermes-tests={}", std::process::id());
            let memory = Path::new("/dev/shm");
            let base = memory.is_dir().then(|| memory.to_owned());
            let base = base.unwrap_or_else(std::env::temp_dir);
            let directory = TempDir::with_prefix_in("hermes-image-", base);
            let directory = directory.expect("a temporary directory").keep();
            let process = Command::new(script("lifeline.sh"))
                .args([label.as_ref(), directory.as_os_str()])
                .stdin(Stdio::piped())
                // Away from an interrupt of the terminal, which it has to outlive.
                .process_group(0)
                .spawn()
                .expect("the lifeline starts");
            Self {
                label,
                directory,
                _process: process,
            }
        })
    }
}

/// One of the scripts of `tests/image`.
pub(super) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("image")
        .join(name)
}
