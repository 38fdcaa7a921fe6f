use std::io;

use hermes_bundle::{LARGEST_ARTEFACT, LARGEST_COMPONENT};
use thiserror::Error;

/// Why a component could not be compiled.
#[derive(Debug, Error)]
pub enum CompileError {
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
    #[error("it is larger than {} MiB", LARGEST_COMPONENT >> 20)]
    TooLarge,
    #[error("it is no WebAssembly")]
    NotWebAssembly,
    #[error("it is a core module and not a component")]
    CoreModule,
    #[error("it is WebAssembly of an unknown format: version {version}, layer {layer}")]
    UnknownFormat { version: u8, layer: u8 },
    #[error("it ends too early: this is not all of it")]
    Truncated,
    #[error("it is no valid component: {0}")]
    Invalid(String),
    #[error("it is composed of several components, and no backend is")]
    Composed,
    #[error("its native code is larger than {} MiB", LARGEST_ARTEFACT >> 20)]
    LargeArtefact,
    #[error("the limits of this process cannot be set: {0}")]
    Limits(io::Error),
    #[error("the native code cannot be written: {0}")]
    Unwritable(io::Error),
}

impl CompileError {
    /// In the words of the validator.
    pub(crate) fn from_words(words: &str) -> Self {
        const LONGEST: usize = 300;
        let is_cut = words.starts_with("section range ") && words.contains("out of bounds");
        if is_cut || words.starts_with("unexpected end-of-file") {
            return Self::Truncated;
        }
        let line = words.chars().filter(|letter| !letter.is_control());
        Self::Invalid(line.take(LONGEST).collect())
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::CoreModule => {
                Some("make a component of it: wasm-tools component new MODULE -o COMPONENT")
            }
            Self::Truncated => Some("build or fetch it again"),
            Self::Composed => Some("build it as one component"),
            Self::NotWebAssembly | Self::UnknownFormat { .. } => {
                Some("a backend is a component of WebAssembly, in its binary format")
            }
            _ => None,
        }
    }

    /// One line, and what to do about it. `hermes-host` passes it on.
    pub fn report(&self, name: Option<String>) -> String {
        let name = name.map(|name| format!("{name}: ")).unwrap_or_default();
        let hint = self.hint().map(|hint| format!("  hint: {hint}\n"));
        format!("error: {name}{self}\n{}", hint.unwrap_or_default())
    }
}
