//! Runs the scripts of a slot with the system's shell.
#![allow(clippy::unwrap_used)]

mod finish;
mod logger;
mod pause;
mod run;
mod shellcheck;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use hermes_backend_sdk::types::{ServiceSpec, User};
use tempfile::TempDir;

use super::sample;

/// A slot's directory without a supervisor.
struct Scripts(TempDir);

impl Scripts {
    fn of(spec: &ServiceSpec) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let slot = sample::slot(spec);
        fs::create_dir(directory.path().join("data")).unwrap();
        for (name, text) in [("run", &slot.run), ("finish", &slot.common.finish)] {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        }
        Self(directory)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn script(&self, name: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.arg(format!("./{name}")).current_dir(self.path());
        command
    }

    /// As s6-supervise calls it: the exit code or 256, and the signal.
    fn finish(&self, code: u32, signal: u32) -> Option<i32> {
        let arguments = [code.to_string(), signal.to_string(), "gateway-coder".into()];
        let output = self.script("finish").args(arguments).output().unwrap();
        output.status.code()
    }

    /// With fd 3 as `/dev/null`, where the supervisor would listen.
    fn run(&self) -> Output {
        let script = "exec 3>/dev/null; exec /bin/sh ./run gateway-coder";
        Command::new("/bin/sh")
            .args(["-c", script])
            .current_dir(self.path())
            .output()
            .unwrap()
    }

    fn put(&self, name: &str, contents: &[u8]) {
        fs::write(self.path().join("data").join(name), contents).unwrap();
    }

    fn data(&self, name: &str) -> String {
        fs::read_to_string(self.path().join("data").join(name)).unwrap_or_default()
    }
}

const RESTART: Option<i32> = Some(0);
const STAY_DOWN: Option<i32> = Some(125);
