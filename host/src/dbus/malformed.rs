use thiserror::Error;

/// What is wrong with bytes that are no message, or none that passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Malformed(pub(crate) &'static str);
