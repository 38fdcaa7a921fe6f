use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::effect::{Effect, Outcome};

/// The version of the format. Fields are only ever added to one.
pub const FORMAT: u32 = 1;

/// The first line of each backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`] of the host that wrote it.
    pub recording: u32,
    pub backend: String,
    /// SHA-256 of the component, in hexadecimal.
    pub digest: String,
    /// The contract that both sides spoke: package and version.
    pub contract: String,
    /// The version of the host.
    pub host: String,
    /// Secrets are replaced; see [`super::Redaction`].
    #[serde(default)]
    pub redacted: bool,
}

/// A call of a backend begins.
#[derive(Debug, Serialize, Deserialize)]
pub struct CallLine<'a, C> {
    pub backend: Cow<'a, str>,
    /// `call` and, where it has some, `arguments`.
    #[serde(flatten)]
    pub call: C,
}

/// What a backend asked of the machine, and what came of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct EffectLine<'a> {
    /// Counts the effects of a backend from 1.
    pub number: u64,
    pub backend: Cow<'a, str>,
    /// The directory of a path effect: the label of its grant and the way there; of a
    /// connection the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Cow<'a, str>>,
    /// The D-Bus calls that are sent, in words. Nothing depends on them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<String>,
    #[serde(flatten)]
    pub effect: Cow<'a, Effect>,
    pub outcome: Cow<'a, Outcome>,
    pub duration_ns: u64,
}

/// The last line of a recording that is whole: one that was cut off has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndLine {
    pub end: Counts,
}

/// How much there is of all backends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub calls: u64,
    pub effects: u64,
}

/// The end of a call.
#[derive(Debug, Serialize, Deserialize)]
pub struct ResultLine<'a, R> {
    pub backend: Cow<'a, str>,
    /// `Ok` with what the backend answered, or `Err` with why the sandbox ended it.
    pub result: R,
    pub duration_ns: u64,
}
