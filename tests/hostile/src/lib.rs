//! A backend that does what the sandbox has to withstand.
//!
//! There is one component; what it does is a name in its data segment, which the
//! suite `hostile_backends` writes over. In `status` it does what the service is
//! called, and the answer is what came of it.

mod behaviour;
mod denied;
mod floods;
mod handles;
mod lies;
mod manifest;
mod marshalled;
mod messages;
mod paths;
mod waits;

use hermes_backend_sdk::types::{
    Duration, Error, Home, Registration, ServiceName, ServiceSpec, ServiceStatus,
};
use hermes_backend_sdk::{Action, Detection, Guest, Manifest};

use behaviour::behaviour;

/// Does as its data segment says.
pub struct Hostile;

impl Guest for Hostile {
    fn describe() -> Manifest {
        enter("describe");
        manifest::manifest()
    }

    fn detect() -> Option<Detection> {
        enter("detect");
        waits::forever(behaviour());
        Some(lies::detection(behaviour()))
    }

    fn register(_: Home, services: Vec<ServiceSpec>) -> Vec<Result<Registration, Error>> {
        enter("register");
        lies::registrations(behaviour(), services.len())
    }

    fn unregister(_: Home, names: Vec<ServiceName>) -> Vec<Result<(), Error>> {
        enter("unregister");
        names.iter().map(|_| Ok(())).collect()
    }

    fn control(
        _: Home,
        _: Action,
        names: Vec<ServiceName>,
        _: Option<Duration>,
    ) -> Vec<Result<(), Error>> {
        enter("control");
        lies::control(behaviour(), names.len())
    }

    fn status(_: Home, names: Vec<ServiceName>) -> Vec<Result<ServiceStatus, Error>> {
        enter("status");
        names
            .iter()
            .map(|name| Err(Error::Other(act(name))))
            .collect()
    }

    fn registered(_: Home) -> Result<Vec<ServiceName>, Error> {
        enter("registered");
        Ok(lies::services(behaviour()))
    }
}

/// What every export can do: `loop in status`, `trap in describe`.
fn enter(call: &str) {
    match behaviour().strip_suffix(call) {
        Some("loop in ") => loop {
            std::hint::black_box(());
        },
        Some("trap in ") => std::process::abort(),
        Some("flood ") => floods::words(),
        Some("look around in ") => manifest::look_around(),
        _ => {}
    }
}

fn act(name: &str) -> String {
    floods::act(name)
        .or_else(|| denied::act(name))
        .or_else(|| handles::act(name))
        .or_else(|| paths::act(name))
        .or_else(|| messages::act(name))
        .or_else(|| waits::act(name))
        .unwrap_or_else(|| format!("it does not know {name:?}"))
}

// The names of the exports are none that a native linker takes.
#[cfg(target_arch = "wasm32")]
hermes_backend_sdk::export!(Hostile with_types_in hermes_backend_sdk);
