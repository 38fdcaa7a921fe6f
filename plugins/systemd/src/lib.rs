//! The backend for systemd: unit files, and D-Bus over one granted socket. It
//! runs no program.
//!
//! A service is an instance `hermes-gateway@<profile>.service` of one template
//! unit. What one profile needs stands in a drop-in of its own; whether it comes
//! up at boot is whether it is enabled.

mod agents;
mod conclusion;
mod control;
mod dbus;
mod detect;
mod doubt;
mod failure;
mod installation;
mod job;
mod linger;
mod look;
mod manager;
mod manifest;
mod mask;
mod migration;
mod pacing;
mod reason;
mod register;
mod registered;
mod scope;
mod seen;
mod status;
mod system_state;
mod unit;
mod unit_directory;
mod unit_state;
mod unreached;
mod unregister;

pub use dbus::{Malformed, Message, Value, first_message};

use hermes_backend_sdk::types::{
    Duration, Error, Home, Registration, ServiceName, ServiceSpec, ServiceStatus,
};
use hermes_backend_sdk::{Action, Detection, Guest, Manifest};

/// The backend.
pub struct Systemd;

impl Guest for Systemd {
    fn describe() -> Manifest {
        manifest::manifest()
    }

    fn detect() -> Option<Detection> {
        detect::detect()
    }

    fn register(home: Home, services: Vec<ServiceSpec>) -> Vec<Result<Registration, Error>> {
        register::register(&home, &services)
    }

    fn unregister(home: Home, names: Vec<ServiceName>) -> Vec<Result<(), Error>> {
        unregister::unregister(&home, &names)
    }

    fn control(
        home: Home,
        action: Action,
        names: Vec<ServiceName>,
        wait: Option<Duration>,
    ) -> Vec<Result<(), Error>> {
        control::control(&home, &action, &names, wait)
    }

    fn status(home: Home, names: Vec<ServiceName>) -> Vec<Result<ServiceStatus, Error>> {
        status::status(&home, &names)
    }

    fn registered(home: Home) -> Result<Vec<ServiceName>, Error> {
        registered::registered(&home)
    }
}

// The names of the exports are none that a native linker takes.
#[cfg(target_arch = "wasm32")]
hermes_backend_sdk::export!(Systemd with_types_in hermes_backend_sdk);
