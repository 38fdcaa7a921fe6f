use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::contract::service_manager::Action;
use super::contract::types::ServiceSpec;
use crate::recording::{Redaction, is_stand_in};

/// A call of a backend with its arguments, as a value: the functions of the
/// contract's `service-manager`, but for `describe`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", content = "arguments", rename_all = "kebab-case")]
pub enum Call<'a> {
    Detect,
    Register {
        home: String,
        services: Cow<'a, [ServiceSpec]>,
    },
    Unregister {
        home: String,
        services: Cow<'a, [String]>,
    },
    Control {
        home: String,
        action: Cow<'a, Action>,
        services: Cow<'a, [String]>,
        /// Nanoseconds.
        wait: Option<u64>,
    },
    Status {
        home: String,
        services: Cow<'a, [String]>,
    },
    Registered {
        home: String,
    },
}

impl<'a> Call<'a> {
    /// As the contract calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Detect => "detect",
            Self::Register { .. } => "register",
            Self::Unregister { .. } => "unregister",
            Self::Control { .. } => "control",
            Self::Status { .. } => "status",
            Self::Registered { .. } => "registered",
        }
    }

    /// How many services it is about.
    pub fn services(&self) -> usize {
        match self {
            Self::Detect | Self::Registered { .. } => 0,
            Self::Register { services, .. } => services.len(),
            Self::Unregister { services, .. }
            | Self::Status { services, .. }
            | Self::Control { services, .. } => services.len(),
        }
    }

    /// With the values of environments replaced.
    pub(super) fn redacted(&self, redaction: &mut Redaction) -> Call<'a> {
        let mut call = self.clone();
        if let Call::Register { services, .. } = &mut call {
            for service in services.to_mut() {
                for (_, value) in &mut service.environment {
                    *value = redaction.secret(value);
                }
            }
        }
        call
    }

    /// Whether values are replaced.
    pub fn is_redacted(&self) -> bool {
        match self {
            Self::Register { services, .. } => services
                .iter()
                .flat_map(|service| &service.environment)
                .any(|(_, value)| is_stand_in(value.as_bytes())),
            _ => false,
        }
    }
}
