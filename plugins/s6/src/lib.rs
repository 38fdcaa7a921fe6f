//! The backend for s6 2.11 to 2.15: files, FIFOs and the event fifodir only.
//!
//! A service is a directory `gateway-<profile>` in the scan directory, its
//! *slot*. One s6-supervise a slot runs it and says what happens in
//! `supervise/status` and through the FIFOs in `event/`.

mod control;
mod departure;
mod detect;
mod duration;
mod expectation;
mod failure;
mod left_behind;
mod manifest;
mod meaning;
mod ownership;
mod register;
mod scan_directory;
mod slot;
mod status;
mod subscription;
mod supervise_status;
mod supervisor;
mod sweep;
mod unregister;

pub use slot::Verdict;
pub use slot::finish_script;
pub use supervise_status::SuperviseStatus;

use hermes_backend_sdk::types::{
    Duration, Error, Home, Registration, ServiceName, ServiceSpec, ServiceStatus,
};
use hermes_backend_sdk::{Action, Detection, Guest, Manifest};

/// The backend.
pub struct S6;

impl Guest for S6 {
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
        ownership::guarded(&home, &names, unregister::unregister)
    }

    fn control(
        home: Home,
        action: Action,
        names: Vec<ServiceName>,
        wait: Option<Duration>,
    ) -> Vec<Result<(), Error>> {
        ownership::guarded(&home, &names, |scan, names| {
            control::control(scan, &action, names, wait)
        })
    }

    fn status(home: Home, names: Vec<ServiceName>) -> Vec<Result<ServiceStatus, Error>> {
        ownership::guarded(&home, &names, status::status)
    }

    fn registered(home: Home) -> Result<Vec<ServiceName>, Error> {
        scan_directory::registered(&home)
    }
}

// The names of the exports are none that a native linker takes.
#[cfg(target_arch = "wasm32")]
hermes_backend_sdk::export!(S6 with_types_in hermes_backend_sdk);
