//! Containers from before gateways were supervised, whose command is
//! `gateway run`: they are told from it that their gateway is to run.

use jiff::Timestamp;
use serde_json::json;

use super::container_command::ContainerCommand;
use crate::gateway::legacy_state;
use crate::volume::{Durability, VolumeDir, VolumeError};

/// Whether a setting of `HERMES_GATEWAY_NO_SUPERVISE` asks for a gateway
/// without a supervisor.
pub fn is_opt_out(setting: &str) -> bool {
    matches!(
        setting.trim().to_ascii_lowercase().as_str(),
        "1" | "true" | "yes"
    )
}

/// Whether the container was asked to run the root profile's gateway, and did
/// not ask for it to be left without a supervisor.
pub fn is_legacy_gateway_run(command: &ContainerCommand, opted_out: bool) -> bool {
    !opted_out
        && command.starts_with(&["gateway", "run"])
        && command
            .profile
            .as_deref()
            .is_none_or(|profile| profile == "default")
        && !command
            .arguments
            .iter()
            .any(|argument| argument == "--no-supervise")
}

/// Notes in the root profile's `gateway_state.json` that its gateway is to run,
/// unless there is such a file already. Says whether it did.
pub fn seed_running(home: &VolumeDir, now: Timestamp) -> Result<bool, VolumeError> {
    if home.exists(legacy_state::FILE)? {
        return Ok(false);
    }
    let state = json!({
        "gateway_state": "running",
        "desired_state": "running",
        "timestamp": now.as_second(),
        "migrated_from": "legacy-container-cmd",
    });
    home.replace(
        legacy_state::FILE,
        format!("{state}\n").as_bytes(),
        0o644,
        Durability::Synced,
    )?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;
    use crate::gateway::legacy_state::LegacyState;

    fn is_legacy(line: &str, opted_out: bool) -> bool {
        let argv: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        is_legacy_gateway_run(&ContainerCommand::parse(&argv), opted_out)
    }

    #[test]
    fn tells_a_legacy_command() {
        for line in [
            "/init main-wrapper.sh gateway run",
            "/init /opt/hermes/docker/main-wrapper.sh hermes gateway run",
            "/bin/sh -e /run/s6/basedir/scripts/rc.init top /x/main-wrapper.sh gateway run --replace -v",
            "/init main-wrapper.sh -p default gateway run",
        ] {
            assert!(is_legacy(line, false), "{line}");
            assert!(!is_legacy(line, true), "{line}");
        }
        for line in [
            "",
            "/init main-wrapper.sh",
            "/init main-wrapper.sh gateway",
            "/init main-wrapper.sh gateway start",
            "/init main-wrapper.sh gateway run --no-supervise",
            "/init main-wrapper.sh gateway run -v --no-supervise",
            "/init main-wrapper.sh gateway run -p coder",
            "/init main-wrapper.sh chat gateway run",
            "/init main-wrapper.sh dashboard",
        ] {
            assert!(!is_legacy(line, false), "{line}");
        }
    }

    #[test]
    fn tells_an_opt_out() {
        for setting in ["1", "true", "yes", "TRUE", "Yes", " 1 "] {
            assert!(is_opt_out(setting), "{setting:?}");
        }
        for setting in ["", "0", "false", "no", "on", "2", "y"] {
            assert!(!is_opt_out(setting), "{setting:?}");
        }
    }

    #[test]
    fn seeds_a_home_without_a_state() {
        let directory = tempfile::tempdir().unwrap();
        let home = VolumeDir::open(directory.path()).unwrap();
        let now = "2026-05-01T10:00:00Z".parse().unwrap();
        assert!(seed_running(&home, now).unwrap());
        let seeded = fs::read_to_string(directory.path().join(legacy_state::FILE)).unwrap();
        assert_eq!(
            seeded,
            "{\"desired_state\":\"running\",\"gateway_state\":\"running\",\
             \"migrated_from\":\"legacy-container-cmd\",\"timestamp\":1777629600}\n"
        );
        let running = || Some("running".to_owned());
        let expected = LegacyState::Recorded {
            desired_state: running(),
            gateway_state: running(),
        };
        assert_eq!(LegacyState::load(&home), expected);
    }

    #[test]
    fn never_overwrites_a_state() {
        let directory = tempfile::tempdir().unwrap();
        let home = VolumeDir::open(directory.path()).unwrap();
        let path = directory.path().join(legacy_state::FILE);
        fs::write(&path, "corrupt").unwrap();
        assert!(!seed_running(&home, Timestamp::UNIX_EPOCH).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "corrupt");

        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("elsewhere", &path).unwrap();
        assert!(!seed_running(&home, Timestamp::UNIX_EPOCH).unwrap());
        assert!(!directory.path().join("elsewhere").exists());
    }
}
