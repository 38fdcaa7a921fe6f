use thiserror::Error;

use super::Malformed;
use crate::text::excerpt;

/// Characters of a name in a message.
const LONGEST_NAME: usize = 128;

/// Why what a backend sent does not pass.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("a message that does not pass, {0}")]
    Malformed(#[from] Malformed),
    #[error("the call {}", shown(.call))]
    Call { call: String },
    #[error("the unit {} in {call}", shown(.unit))]
    Unit { call: String, unit: String },
    #[error("the {what} {} in {call}", shown(.value))]
    Argument {
        call: String,
        what: &'static str,
        value: String,
    },
}

impl Refusal {
    /// The grant that would let it pass, as the options of one.
    pub(crate) fn missing(&self, label: &str) -> String {
        match self {
            Self::Call { call } => shown(&format!("--label {label} --call {call}")),
            Self::Unit { unit, .. } => shown(&format!("--label {label} --unit {unit}")),
            Self::Malformed(_) | Self::Argument { .. } => "none, no grant allows it".into(),
        }
    }
}

fn shown(text: &str) -> String {
    excerpt(text, LONGEST_NAME)
}
