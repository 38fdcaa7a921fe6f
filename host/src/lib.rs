//! Supervises one gateway per profile through sandboxed backends.
//!
//! The library never prints and never reads the environment; `cli` does.

pub mod allocator;
pub mod backend;
pub mod cli;
pub mod dbus;
pub mod effect;
pub mod gateway;
mod json;
pub mod lease;
#[cfg(target_arch = "x86_64")]
pub mod memcpy;
mod os_error;
pub mod profile;
pub mod reconcile;
pub mod recording;
pub mod rehearsal;
pub mod replay;
pub mod sandbox;
pub mod text;
pub mod volume;
