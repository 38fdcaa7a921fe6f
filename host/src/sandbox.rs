//! Runs a backend's component: loads the artefact, links the contract and
//! nothing else, bounds what it may use.

mod artefact;
mod budget;
mod call;
mod capabilities;
mod convert;
mod error;
mod instance;
mod native_code;

pub use artefact::Artefact;
pub use budget::Budget;
pub use call::Call;
pub use error::SandboxError;
pub(crate) use instance::State;
pub use instance::{Instance, Layers};

/// What host and backend speak, as `wit/` names it.
pub const CONTRACT: &str = "hermes:backend@0.1.0";

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
}

#[cfg(test)]
mod tests;
