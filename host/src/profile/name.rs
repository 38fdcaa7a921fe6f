//! What a profile may be called.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text;

/// Longest name, in bytes.
const MAX_LENGTH: usize = 64;

const DEFAULT: &str = "default";
const SERVICE_PREFIX: &str = "gateway-";

/// Names hermes-agent keeps for itself; no profile is created under one.
const RESERVED: [&str; 6] = ["hermes", DEFAULT, "test", "tmp", "root", "sudo"];

/// A valid profile name: `[a-z0-9][a-z0-9_-]{0,63}`, so safe in a path, a service name and a
/// message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileName(String);

/// Why a text is no name for a profile.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProfileNameError {
    #[error("profile name must not be empty")]
    Empty,
    /// Length in bytes.
    #[error("profile name too long ({length} > {MAX_LENGTH})")]
    TooLong { length: usize },
    #[error("profile name must be a-z, 0-9, - and _, starting with a letter or digit, got {shown}")]
    BadCharacters {
        /// The name in quotation marks, fit to show.
        shown: String,
    },
    #[error("profile name {name} is reserved")]
    Reserved { name: ProfileName },
}

impl ProfileName {
    /// The profile that is the home itself.
    pub fn default_profile() -> Self {
        Self(DEFAULT.to_owned())
    }

    /// Whether this is the profile that is the home itself.
    pub fn is_default(&self) -> bool {
        self.0 == DEFAULT
    }

    /// The name of the profile's service, on every init system.
    pub fn service(&self) -> String {
        format!("{SERVICE_PREFIX}{}", self.0)
    }

    /// The profile whose service this is; `None` for a service of somebody else.
    pub fn from_service(service: &str) -> Option<Self> {
        service.strip_prefix(SERVICE_PREFIX)?.parse().ok()
    }

    /// Whether a profile may be created under this name.
    pub fn check_not_reserved(&self) -> Result<(), ProfileNameError> {
        if RESERVED.contains(&self.as_str()) {
            return Err(ProfileNameError::Reserved { name: self.clone() });
        }
        Ok(())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ProfileNameError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Reserved { .. } => Some("choose another name".to_owned()),
            _ => None,
        }
    }
}

impl TryFrom<String> for ProfileName {
    type Error = ProfileNameError;

    fn try_from(name: String) -> Result<Self, ProfileNameError> {
        let is_word = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let Some(&first) = name.as_bytes().first() else {
            return Err(ProfileNameError::Empty);
        };
        if name.len() > MAX_LENGTH {
            return Err(ProfileNameError::TooLong { length: name.len() });
        }
        if !is_word(first) || !name.bytes().all(|c| is_word(c) || c == b'-' || c == b'_') {
            return Err(ProfileNameError::BadCharacters {
                shown: text::quoted(&name, MAX_LENGTH),
            });
        }
        Ok(Self(name))
    }
}

impl FromStr for ProfileName {
    type Err = ProfileNameError;

    fn from_str(name: &str) -> Result<Self, ProfileNameError> {
        name.to_owned().try_into()
    }
}

impl From<ProfileName> for String {
    fn from(name: ProfileName) -> Self {
        name.0
    }
}

impl AsRef<str> for ProfileName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accepts_and_refuses() {
        let bad = |shown: &str| {
            Err(ProfileNameError::BadCharacters {
                shown: format!("\"{shown}\""),
            })
        };
        for (name, expected) in [
            ("coder", Ok(())),
            ("default", Ok(())),
            ("0", Ok(())),
            ("a-b_c", Ok(())),
            (&"a".repeat(64), Ok(())),
            (
                &"a".repeat(65),
                Err(ProfileNameError::TooLong { length: 65 }),
            ),
            (
                &"ä".repeat(40),
                Err(ProfileNameError::TooLong { length: 80 }),
            ),
            ("", Err(ProfileNameError::Empty)),
            ("Coder", bad("Coder")),
            ("foo/bar", bad("foo/bar")),
            ("../escape", bad("../escape")),
            ("-leading", bad("-leading")),
            ("_leading", bad("_leading")),
            ("a b", bad("a b")),
            ("a.b", bad("a.b")),
            ("größe", bad("größe")),
            ("x\n\u{1b}[2J", bad("x\\u{a}\\u{1b}[2J")),
        ] {
            assert_eq!(name.parse::<ProfileName>().map(drop), expected, "{name:?}");
        }
    }

    #[test]
    fn reserved_names_are_names_but_not_for_new_profiles() {
        for name in ["hermes", "default", "test", "tmp", "root", "sudo"] {
            let name: ProfileName = name.parse().unwrap();
            let error = name.check_not_reserved().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("profile name {name} is reserved")
            );
        }
        assert!(
            "coder"
                .parse::<ProfileName>()
                .unwrap()
                .check_not_reserved()
                .is_ok()
        );
    }

    #[test]
    fn knows_its_service() {
        assert_eq!(ProfileName::default_profile().service(), "gateway-default");
        for (service, name) in [
            ("gateway-coder", Some("coder")),
            ("gateway-gateway-x", Some("gateway-x")),
            ("gateway-", None),
            ("gateway-..", None),
            ("coder", None),
            ("s6rc-fdholder", None),
        ] {
            assert_eq!(
                ProfileName::from_service(service)
                    .as_ref()
                    .map(ProfileName::as_str),
                name
            );
        }
    }

    #[test]
    fn is_checked_when_read_from_json() {
        assert_eq!(
            serde_json::from_str::<ProfileName>("\"coder\"")
                .unwrap()
                .as_str(),
            "coder"
        );
        assert!(serde_json::from_str::<ProfileName>("\"../x\"").is_err());
        assert_eq!(
            serde_json::to_string(&ProfileName::default_profile()).unwrap(),
            "\"default\""
        );
    }

    proptest! {
        #[test]
        fn a_name_is_one_safe_component(text in any::<String>()) {
            if let Ok(name) = text.parse::<ProfileName>() {
                prop_assert!(!text.is_empty() && text.len() <= 64);
                prop_assert!(!text.starts_with(['.', '-', '_']) && !text.contains(['/', '.', '\0']));
                prop_assert_eq!(name.as_str(), text);
            }
        }

        #[test]
        fn every_name_survives_its_service(text in "[a-z0-9][a-z0-9_-]{0,63}") {
            let name: ProfileName = text.parse().unwrap();
            prop_assert_eq!(ProfileName::from_service(&name.service()), Some(name));
        }

        #[test]
        fn errors_show_one_short_safe_line(text in any::<String>()) {
            if let Err(error) = text.parse::<ProfileName>() {
                let message = error.to_string();
                prop_assert!(!message.chars().any(char::is_control) && message.chars().count() < 160);
            }
        }
    }
}
