//! One backend's component becomes native code, or an error in plain words.

mod compile;
mod composition;
mod error;

pub use compile::compile;
pub use error::CompileError;
