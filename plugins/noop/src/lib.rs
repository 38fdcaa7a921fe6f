//! The backend for a machine where nothing supervises.
//!
//! Registering succeeds without effect, so that profiles can be made anywhere;
//! control says what to do instead.

use hermes_backend_sdk::types::{
    Duration, Error, Home, Phase, Registration, RunState, ServiceName, ServiceSpec, ServiceStatus,
};
use hermes_backend_sdk::{Action, Detection, Features, Guest, Manifest};

/// Supervises nothing.
pub struct Noop;

impl Guest for Noop {
    fn describe() -> Manifest {
        Manifest {
            id: "noop".into(),
            display_name: "none (manual process)".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            features: Features::empty(),
            grants: Vec::new(),
        }
    }

    fn detect() -> Option<Detection> {
        Some(Detection {
            confidence: 0,
            evidence: "no supervisor was found".into(),
        })
    }

    fn register(_: Home, services: Vec<ServiceSpec>) -> Vec<Result<Registration, Error>> {
        services
            .iter()
            .map(|_| Ok(Registration::Unchanged))
            .collect()
    }

    fn unregister(_: Home, names: Vec<ServiceName>) -> Vec<Result<(), Error>> {
        names.iter().map(|_| Ok(())).collect()
    }

    fn control(
        _: Home,
        _: Action,
        names: Vec<ServiceName>,
        _: Option<Duration>,
    ) -> Vec<Result<(), Error>> {
        names
            .iter()
            .map(|_| Err(Error::Unsupported("no supervisor runs here".into())))
            .collect()
    }

    fn status(_: Home, names: Vec<ServiceName>) -> Vec<Result<ServiceStatus, Error>> {
        names.iter().map(|_| Ok(unsupervised())).collect()
    }

    fn registered(_: Home) -> Result<Vec<ServiceName>, Error> {
        Ok(Vec::new())
    }
}

fn unsupervised() -> ServiceStatus {
    ServiceStatus {
        phase: Phase::Down,
        wanted: RunState::Down,
        pid: None,
        since: None,
        last_exit: None,
        restarts: None,
        note: Some("not supervised".into()),
    }
}

// The names of the exports are none that a native linker takes.
#[cfg(target_arch = "wasm32")]
hermes_backend_sdk::export!(Noop with_types_in hermes_backend_sdk);
