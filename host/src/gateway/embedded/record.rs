//! What the gateway leaves in the profile's directory for others to read, in
//! the format of hermes-agent.

use crate::gateway::legacy_state;
use crate::gateway::process_stat::ProcessStat;
use crate::volume::{Durability, VolumeDir, VolumeError};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::path::Path;

const PID: &str = "gateway.pid";
const LIFECYCLE_DIRECTORY: &str = "state";
const LIFECYCLE: &str = "gateway.lifecycle.json";
/// What hermes-agent calls a gateway's process.
const KIND: &str = "hermes-gateway";
/// Bytes: it lists every platform and can grow.
const MAX_STATE: u64 = 1024 * 1024;
/// What the state file may still say of the process before this one.
const OF_ONE_PROCESS: [&str; 3] = ["argv", "exit_reason", "start_time"];

/// `gateway_state` of `gateway_state.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Starting,
    Running,
    Draining,
    Stopped,
    StartupFailed,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Draining => "draining",
            Self::Stopped => "stopped",
            Self::StartupFailed => "startup_failed",
        }
    }
}

/// The files of one gateway process. A full or read-only volume is a line in
/// the log, never the end of the gateway.
pub(super) struct Record<'a> {
    pub(super) directory: &'a VolumeDir,
    pub(super) profile: &'a str,
    pub(super) log: &'a mut dyn FnMut(&str),
}

impl Record<'_> {
    /// The process is there.
    pub(super) fn begin(&mut self, port: u16) {
        let own = std::process::id();
        let stat = ProcessStat::read(Path::new("/proc"), own);
        let pid = json!({ "pid": own, "kind": KIND, "start_time": stat.map(|it| it.start_time) });
        let written = replace(self.directory, PID, &pid);
        self.report(written);
        self.lifecycle(&json!({ "phase": "running" }));
        self.state(State::Starting, port, None);
    }

    /// The process is about to end.
    pub(super) fn end(&mut self, state: State, port: u16, exit_code: u8, reason: Option<&str>) {
        self.state(state, port, reason);
        self.lifecycle(&json!({ "phase": "exited", "code": exit_code }));
        let removed = self.directory.remove_file(PID).map(drop);
        self.report(removed);
    }

    /// Changes what is known of this process and keeps everything else, such
    /// as hermes-agent's `desired_state`.
    pub(super) fn state(&mut self, state: State, port: u16, exit_reason: Option<&str>) {
        let written = self.state_fields().and_then(|mut fields| {
            for field in OF_ONE_PROCESS {
                fields.remove(field);
            }
            let pid = std::process::id();
            let now = Timestamp::now().to_string();
            fields.insert("pid".to_owned(), pid.into());
            fields.insert("kind".to_owned(), KIND.into());
            fields.insert("gateway_state".to_owned(), state.as_str().into());
            fields.insert("port".to_owned(), port.into());
            fields.insert("updated_at".to_owned(), now.into());
            if let Some(reason) = exit_reason {
                fields.insert("exit_reason".to_owned(), reason.into());
            }
            replace(self.directory, legacy_state::FILE, &Value::Object(fields))
        });
        self.report(written);
    }

    /// One line for a person.
    pub(super) fn say(&mut self, what: &str) {
        (self.log)(&format!("{}: {what}", self.profile));
    }

    /// A state that is no JSON object says nothing worth keeping.
    fn state_fields(&self) -> Result<Map<String, Value>, VolumeError> {
        let bytes = self.directory.read(legacy_state::FILE, MAX_STATE)?;
        Ok(bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }

    fn lifecycle(&mut self, phase: &Value) {
        let written = self
            .directory
            .directory(LIFECYCLE_DIRECTORY)
            .and_then(|found| match found {
                Some(directory) => Ok(directory),
                None => self.directory.create_directory(LIFECYCLE_DIRECTORY, 0o755),
            })
            .and_then(|directory| replace(&directory, LIFECYCLE, phase));
        self.report(written);
    }

    fn report(&mut self, written: Result<(), VolumeError>) {
        if let Err(error) = written {
            self.say(&format!("cannot record what it does: {error}"));
        }
    }
}

fn replace(directory: &VolumeDir, name: &str, value: &Value) -> Result<(), VolumeError> {
    let bytes = format!("{value}\n");
    directory.replace(name, bytes.as_bytes(), 0o644, Durability::Unsynced)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::gateway::legacy_state::{LegacyState, PriorExit};
    use tempfile::TempDir;

    fn record<'a>(directory: &'a VolumeDir, log: &'a mut dyn FnMut(&str)) -> Record<'a> {
        Record {
            directory,
            profile: "coder",
            log,
        }
    }

    fn state(dir: &TempDir) -> Value {
        serde_json::from_slice(&std::fs::read(dir.path().join("gateway_state.json")).unwrap())
            .unwrap()
    }

    #[test]
    fn a_life_in_files() {
        let dir = TempDir::new().unwrap();
        let directory = VolumeDir::open(dir.path()).unwrap();
        let mut log = |line: &str| panic!("{line}");
        let mut record = record(&directory, &mut log);
        let gateway_state = |expected: &str| {
            assert_eq!(
                LegacyState::load(&directory),
                LegacyState::Recorded {
                    desired_state: None,
                    gateway_state: Some(expected.to_owned())
                }
            );
        };

        record.begin(9570);
        gateway_state("starting");
        assert_eq!(PriorExit::load(&directory), PriorExit::Unclean);
        let pid: Value =
            serde_json::from_slice(&std::fs::read(dir.path().join(PID)).unwrap()).unwrap();
        let own = std::process::id();
        let start_time = ProcessStat::read(Path::new("/proc"), own)
            .unwrap()
            .start_time;
        assert_eq!(
            pid,
            json!({ "pid": own, "kind": "hermes-gateway", "start_time": start_time })
        );

        for (to, expected) in [
            (State::Running, "running"),
            (State::Draining, "draining"),
            (State::StartupFailed, "startup_failed"),
        ] {
            record.state(to, 9570, None);
            gateway_state(expected);
        }

        record.end(State::Stopped, 9570, 0, Some("asked to"));
        gateway_state("stopped");
        assert_eq!(state(&dir).get("exit_reason"), Some(&json!("asked to")));
        assert_eq!(PriorExit::load(&directory), PriorExit::Clean);
        assert!(!dir.path().join(PID).exists());
    }

    #[test]
    fn others_fields_are_kept_but_for_those_of_another_process() {
        let dir = TempDir::new().unwrap();
        std::fs::write(
            dir.path().join("gateway_state.json"),
            r#"{"desired_state":"running","platforms":{"x":{"state":"up"}},"pid":1,"start_time":7,
                "argv":["hermes"],"exit_reason":"token conflict","gateway_state":"stopped"}"#,
        )
        .unwrap();
        let directory = VolumeDir::open(dir.path()).unwrap();
        let mut log = |line: &str| panic!("{line}");
        record(&directory, &mut log).state(State::Running, 9570, None);
        let mut state = state(&dir);
        let updated_at = state.as_object_mut().unwrap().remove("updated_at").unwrap();
        assert!(updated_at.as_str().unwrap().parse::<Timestamp>().is_ok());
        assert_eq!(
            state,
            json!({
                "desired_state": "running",
                "platforms": { "x": { "state": "up" } },
                "pid": std::process::id(),
                "kind": "hermes-gateway",
                "gateway_state": "running",
                "port": 9570,
            })
        );
    }

    #[test]
    fn a_broken_state_is_replaced() {
        for broken in ["", "{\"gateway_state\":", "[1]", "null"] {
            let dir = TempDir::new().unwrap();
            std::fs::write(dir.path().join("gateway_state.json"), broken).unwrap();
            let directory = VolumeDir::open(dir.path()).unwrap();
            let mut log = |line: &str| panic!("{line}");
            record(&directory, &mut log).state(State::Running, 9570, None);
            assert_eq!(state(&dir).get("gateway_state"), Some(&json!("running")));
        }
    }

    #[test]
    fn what_cannot_be_written_is_told_and_touches_nothing_else() {
        let dir = TempDir::new().unwrap();
        let outside = dir.path().join("outside");
        std::fs::write(&outside, "{}").unwrap();
        let home = dir.path().join("home");
        std::fs::create_dir(&home).unwrap();
        std::os::unix::fs::symlink(&outside, home.join("gateway_state.json")).unwrap();
        std::os::unix::fs::symlink(dir.path(), home.join("state")).unwrap();
        std::fs::create_dir(home.join(PID)).unwrap();
        let directory = VolumeDir::open(&home).unwrap();
        let mut lines = Vec::new();
        let mut log = |line: &str| lines.push(line.to_owned());
        record(&directory, &mut log).begin(9570);
        assert_eq!(lines.len(), 3, "{lines:?}");
        for (line, name) in lines
            .iter()
            .zip(["gateway.pid", "state", "gateway_state.json"])
        {
            let told = format!(
                "coder: cannot record what it does: {}: ",
                home.join(name).display()
            );
            assert!(line.starts_with(&told), "{line}");
        }
        assert_eq!(std::fs::read_to_string(&outside).unwrap(), "{}");
        assert!(!dir.path().join(LIFECYCLE).exists());
    }
}
