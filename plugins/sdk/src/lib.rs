//! Write a backend for `hermes-host` in Rust.
//!
//! Implement [`Guest`] for a type, name it in [`export!`], build the crate as a
//! `cdylib` for `wasm32-unknown-unknown` and turn the module into a component.
//! The contract itself, with what each function must do, is in `wit/`.

#[allow(
    clippy::all,
    clippy::pedantic,
    unsafe_code,
    unreachable_pub,
    missing_docs
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "backend",
        pub_export_macro: true,
        default_bindings_module: "hermes_backend_sdk",
        additional_derives: [PartialEq],
    });
}

pub use bindings::exports::hermes::backend::service_manager::{
    Access, Action, DbusRequest, Detection, Features, GrantRequest, Guest, Manifest, NamesRequest,
};
pub use bindings::hermes::backend::{clock, commands, files, log, sockets, types};
pub use bindings::*;
