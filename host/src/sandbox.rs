//! Runs a backend's component: loads the artefact, links the contract and
//! nothing else, bounds what it may use.

mod artefact;
mod budget;
mod call;
mod capabilities;
mod compile_error;
mod compiler;
mod component_file;
mod convert;
mod error;
mod exports;
mod instance;
mod limiter;
mod mismatch;
mod native_code;
mod surface;

pub use artefact::Artefact;
pub use budget::Budget;
pub use call::Call;
pub use compile_error::CompileError;
pub use compiler::{Compiled, Compiler};
pub use component_file::{ComponentFile, ComponentFileError};
pub use error::SandboxError;
pub(crate) use instance::State;
pub use instance::{Instance, Layers};
pub use mismatch::Mismatch;
pub use surface::Surface;

/// What host and backend speak, as `wit/` names it.
pub const CONTRACT: &str = "hermes:backend@0.3.0";

/// The contract, as wasmtime's types.
#[allow(clippy::all, clippy::pedantic, unreachable_pub, missing_docs)]
pub mod contract {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "backend",
        imports: { default: trappable },
        with: {
            "hermes:backend/files.directory": crate::effect::DirectoryId,
            "hermes:backend/files.listener": crate::effect::ListenerId,
            "hermes:backend/sockets.connection": crate::effect::ConnectionId,
        },
        additional_derives: [PartialEq, serde::Deserialize, serde::Serialize],
    });

    pub use exports::hermes::backend::service_manager;
    pub use hermes::backend::{clock, commands, files, log, sockets, types};

    /// The package that the contract is.
    pub const PACKAGE: &str = "hermes:backend";

    /// Its interfaces that a component may import.
    pub const IMPORTS: [&str; 6] = ["types", "files", "sockets", "commands", "clock", "log"];

    /// Its interface that a component has to export.
    pub const SERVICE_MANAGER: &str = "service-manager";

    /// Its version that this host offers.
    pub fn version() -> semver::Version {
        semver::Version::new(0, 3, 0)
    }
}

#[cfg(test)]
mod tests;
