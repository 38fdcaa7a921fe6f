use serde::Serialize;
use serde_json::Value;

use crate::effect::Effect;

/// Where a backend does something else than it did when it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    pub backend: String,
    pub call: &'static str,
    /// Of the effect, which counts those of a backend from 1. `None`: the effects
    /// are the same, the result is not.
    pub effect: Option<u64>,
    /// As recorded. `None`: the call ended without this effect.
    pub expected: Option<Value>,
    /// `None`: the call ended without this effect.
    pub got: Option<Value>,
}

/// An effect as it stands in a recording.
pub(super) fn shown(effect: &Effect) -> Value {
    serde_json::to_value(effect).unwrap_or_default()
}
