use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::GATEWAY_UID;

/// A directory of this machine that containers have at `/opt/data`.
#[derive(Debug)]
pub struct Volume {
    directory: TempDir,
}

impl Default for Volume {
    fn default() -> Self {
        Self::new()
    }
}

impl Volume {
    /// An empty one, that belongs to the account of the image, as a new volume of an
    /// engine does.
    pub fn new() -> Self {
        Self::owned_by(GATEWAY_UID)
    }

    /// An empty one of another owner, as a directory of the operator's is.
    pub fn owned_by(uid: u32) -> Self {
        let directory = TempDir::with_prefix("hermes-volume-").expect("a temporary directory");
        let readable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(directory.path(), readable).expect("its mode can be set");
        chown(directory.path(), Some(uid), Some(uid)).expect("root may give it away");
        Self { directory }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Where the outside has a file of it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file as the account of the image would, with the directories above it.
    pub fn write(&self, name: &str, contents: &str) {
        let file = self.file(name);
        let directory = file.parent().expect("a file is in a directory");
        std::fs::create_dir_all(directory).expect("its directory is there");
        std::fs::write(&file, contents).expect("the file is writable");
        let mut path = self.path().to_owned();
        for part in Path::new(name) {
            path.push(part);
            chown(&path, Some(GATEWAY_UID), Some(GATEWAY_UID)).expect("root may give it away");
        }
    }

    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Anything, a link that leads nowhere included.
    pub fn has(&self, name: &str) -> bool {
        self.file(name).symlink_metadata().is_ok()
    }

    /// Runs a script of `sh` in it, as root on this machine, and returns what it printed.
    #[track_caller]
    pub fn sh(&self, script: &str) -> String {
        let output = Command::new("sh")
            .args(["-euc", script])
            .current_dir(self.path())
            .output()
            .expect("sh starts");
        crate::Output::from(output).success()
    }

    /// Makes one of `tests/gateways` the gateway of all profiles.
    pub fn run_gateway(&self, program: &str) {
        self.configure(&serde_json::json!({ "command": [format!("/gateways/{program}")] }));
    }

    /// Writes `hermes-host.json`.
    pub fn configure(&self, gateway: &serde_json::Value) {
        let config = serde_json::json!({ "gateway": gateway });
        self.write("hermes-host.json", &config.to_string());
    }

    /// A profile as hermes-agent leaves one, with the state its gateway wrote last.
    pub fn plant_profile(&self, name: &str, state: Option<&str>) {
        self.write(&format!("profiles/{name}/SOUL.md"), "A soul.\n");
        if let Some(state) = state {
            let state = serde_json::json!({ "gateway_state": state });
            self.write(
                &format!("profiles/{name}/gateway_state.json"),
                &state.to_string(),
            );
        }
    }

    /// The intent of the operator, as stored: `running`, `stopped`, or nothing.
    pub fn intent(&self, profile: &str) -> Option<String> {
        let name = match profile {
            "default" => "gateway_intent.json".to_owned(),
            profile => format!("profiles/{profile}/gateway_intent.json"),
        };
        let text = self.has(&name).then(|| self.read(&name))?;
        let intent: serde_json::Value = serde_json::from_str(&text).expect("an intent is JSON");
        Some(intent["desired"].as_str().expect("a word").to_owned())
    }
}
