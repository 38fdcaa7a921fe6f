//! What hermes-agent left in a profile about its gateway: the fallback for
//! profiles without an intent of their own.

use serde_json::{Map, Value};

use crate::text;
use crate::volume::VolumeDir;

/// The gateway's own account of itself, in the profile's directory.
pub const FILE: &str = "gateway_state.json";

/// Bytes: it lists every platform and can grow.
const MAX_SIZE: u64 = 1024 * 1024;

/// The life of the last process, in the profile's `state` directory.
const LIFECYCLE: &str = "gateway.lifecycle.json";
const LIFECYCLE_MAX_SIZE: u64 = 64 * 1024;

/// What `gateway_state.json` says. Anybody can have written the texts:
/// sanitise them before they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegacyState {
    Missing,
    /// It cannot be read, is not JSON or no object; why, fit to show.
    Corrupt(String),
    Recorded {
        desired_state: Option<String>,
        gateway_state: Option<String>,
    },
}

impl LegacyState {
    pub fn load(profile: &VolumeDir) -> Self {
        match profile.read(FILE, MAX_SIZE) {
            Ok(None) => Self::Missing,
            Ok(Some(bytes)) => match Self::parse(&bytes) {
                Ok(state) => state,
                Err(reason) => {
                    let path = profile.path().join(FILE);
                    Self::Corrupt(format!(
                        "{}: {reason}",
                        text::sanitise(&path.to_string_lossy())
                    ))
                }
            },
            Err(error) => Self::Corrupt(error.to_string()),
        }
    }

    /// What the bytes of the file say: never [`Missing`](Self::Missing). The
    /// error is what is wrong, fit to show.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let object = object(bytes)?;
        Ok(Self::Recorded {
            desired_state: word(&object, "desired_state"),
            gateway_state: word(&object, "gateway_state"),
        })
    }
}

/// How the last process of a gateway ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriorExit {
    Clean,
    /// It was killed, or the machine went down.
    Unclean,
    Unknown,
}

impl PriorExit {
    pub fn load(profile: &VolumeDir) -> Self {
        let Ok(Some(state)) = profile.directory("state") else {
            return Self::Unknown;
        };
        match state.read(LIFECYCLE, LIFECYCLE_MAX_SIZE) {
            Ok(Some(bytes)) => Self::parse(&bytes),
            _ => Self::Unknown,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Unclean => "unclean",
            Self::Unknown => "unknown",
        }
    }

    /// What the bytes of the file say.
    pub fn parse(bytes: &[u8]) -> Self {
        match object(bytes)
            .ok()
            .and_then(|object| word(&object, "phase"))
            .as_deref()
        {
            Some("exited") => Self::Clean,
            Some("running") => Self::Unclean,
            _ => Self::Unknown,
        }
    }
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("is not a JSON object".to_owned()),
        Err(error) => Err(text::excerpt(&error.to_string(), 200)),
    }
}

/// A value that is no text still counts as one: it overrules what it stands
/// for, and is no known state.
fn word(object: &Map<String, Value>, key: &str) -> Option<String> {
    match object.get(key)? {
        Value::Null => None,
        Value::String(word) => Some(word.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn recorded(desired: Option<&str>, state: Option<&str>) -> LegacyState {
        LegacyState::Recorded {
            desired_state: desired.map(str::to_owned),
            gateway_state: state.map(str::to_owned),
        }
    }

    #[test]
    fn reads_what_hermes_agent_writes() {
        for (contents, expected) in [
            ("{}", recorded(None, None)),
            (
                "{\"gateway_state\":\"running\"}",
                recorded(None, Some("running")),
            ),
            (
                "{\"desired_state\":\"stopped\",\"gateway_state\":\"draining\",\"pid\":7,\
                 \"platforms\":{\"telegram\":{\"state\":\"up\"}}}",
                recorded(Some("stopped"), Some("draining")),
            ),
            (
                "{\"desired_state\":null,\"gateway_state\":\"x\"}",
                recorded(None, Some("x")),
            ),
            (
                "{\"desired_state\":[\"running\"]}",
                recorded(Some("[\"running\"]"), None),
            ),
            (
                "{\"desired_state\":true,\"gateway_state\":1}",
                recorded(Some("true"), Some("1")),
            ),
        ] {
            assert_eq!(
                LegacyState::parse(contents.as_bytes()),
                Ok(expected),
                "{contents}"
            );
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let directory = tempfile::tempdir().unwrap();
        let profile = VolumeDir::open(directory.path()).unwrap();
        let path = directory.path().join(FILE);
        assert_eq!(LegacyState::load(&profile), LegacyState::Missing);
        for (contents, reason) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            (
                "{\"gateway_state\":\"runn",
                "EOF while parsing a string at line 1 column 22",
            ),
            ("[]", "is not a JSON object"),
            ("\u{fffd}", "expected value at line 1 column 1"),
        ] {
            fs::write(&path, contents).unwrap();
            let corrupt = LegacyState::Corrupt(format!("{}: {reason}", path.display()));
            assert_eq!(LegacyState::load(&profile), corrupt);
        }
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
        assert!(matches!(
            LegacyState::load(&profile),
            LegacyState::Corrupt(_)
        ));
    }

    #[test]
    fn tells_how_the_last_process_ended() {
        let directory = tempfile::tempdir().unwrap();
        let profile = VolumeDir::open(directory.path()).unwrap();
        assert_eq!(PriorExit::load(&profile), PriorExit::Unknown);
        fs::create_dir(directory.path().join("state")).unwrap();
        assert_eq!(PriorExit::load(&profile), PriorExit::Unknown);
        for (contents, expected) in [
            ("{\"phase\":\"exited\"}", PriorExit::Clean),
            ("{\"phase\":\"running\",\"pid\":1}", PriorExit::Unclean),
            ("{\"phase\":\"starting\"}", PriorExit::Unknown),
            ("{\"phase\":null}", PriorExit::Unknown),
            ("{\"phase\":\"exit", PriorExit::Unknown),
            ("[\"exited\"]", PriorExit::Unknown),
        ] {
            fs::write(directory.path().join("state").join(LIFECYCLE), contents).unwrap();
            assert_eq!(PriorExit::load(&profile), expected, "{contents}");
        }
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = LegacyState::parse(&bytes);
            let _ = PriorExit::parse(&bytes);
        }
    }
}
