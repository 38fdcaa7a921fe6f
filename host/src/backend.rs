//! A service manager, whichever backend speaks for it.

mod choose;
mod error;
mod fit;
mod grants;
mod left_behind;
mod manifest;
mod scope;
mod vanished;
mod variables;

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use wasmtime::Store;

pub use choose::{BUILT_IN, Choice, choose, detections};
pub(crate) use error::OF_AGENTS;
pub use error::{BackendError, ServiceError};
pub use left_behind::{confirm, left_behind};
pub use manifest::{GrantRequest, Manifest};
pub use scope::Scope;
pub use variables::Variables;

use crate::effect::Grants;
use crate::sandbox::contract::service_manager::Guest;
pub use crate::sandbox::contract::service_manager::{Action, Detection, Features};
pub use crate::sandbox::contract::types::{
    Exit, Limits, Phase, Registration, RestartPolicy, RunState, ServiceSpec, ServiceStatus, User,
};
use crate::sandbox::{Artefact, Budget, Call, Instance, Layers, SandboxError, State};
use crate::text::sanitise;

/// The contract's scale ends here.
const MOST_CONFIDENT: u8 = 100;

/// One answer for each service asked about, in the order of the question.
pub type Answers<T> = Vec<Result<T, ServiceError>>;

/// A backend that serves one command.
pub struct Backend {
    /// Whose services are meant.
    home: String,
    instance: Instance,
    manifest: Manifest,
    grants: Grants,
    /// Nothing is performed.
    rehearsed: bool,
}

impl Backend {
    /// Instantiates the backend, reads its manifest with every capability
    /// closed, and then opens exactly what the manifest asks for: the rule for
    /// the backends that come with the host. `home`: whose services are meant.
    pub fn built_in(
        artefact: &Artefact,
        home: &Path,
        variables: &Variables,
        layers: Layers,
    ) -> Result<Self, BackendError> {
        let rehearsed = layers.rehearsal.is_some();
        let mut instance = Instance::new(artefact, layers)?;
        let manifest = Self::describe(&mut instance)?;
        let grants = grants::as_asked(&manifest, variables);
        instance.open(grants.clone());
        Ok(Self {
            home: home.to_string_lossy().into_owned(),
            instance,
            manifest,
            grants,
            rehearsed,
        })
    }

    /// Asks a backend what it is, and checks what it says.
    pub fn describe(instance: &mut Instance) -> Result<Manifest, BackendError> {
        let described = instance.call("describe", Budget::LOOK, |guest, store| {
            guest.call_describe(store)
        })?;
        let manifest = Manifest::check(described).map_err(|reason| SandboxError::Misbehaved {
            backend: instance.backend().to_owned(),
            call: "describe",
            reason,
        })?;
        Ok(manifest)
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// Whether it has a supervisor at all, which takes services at run time.
    pub fn supervises(&self) -> bool {
        self.manifest
            .features
            .contains(Features::RUNTIME_REGISTRATION)
    }

    /// Whose manager it reaches; `None`: that of one home.
    pub fn scope(&self) -> Option<Scope> {
        let features = self.manifest.features;
        features.contains(Features::LINGER).then(Scope::current)
    }

    /// The supervisor, for a person: `systemd (user)`.
    pub fn manager(&self) -> String {
        let name = &self.manifest.display_name;
        match self.scope() {
            Some(scope) => format!("{name} ({scope})"),
            None => name.clone(),
        }
    }

    /// The directories that it writes to. Of a backend for more than one manager
    /// those of the one it reaches, whose labels begin with its scope.
    pub fn directories(&self) -> impl Iterator<Item = (&str, &Path)> {
        let scope = self.scope().map(|scope| format!("{scope}-"));
        self.grants
            .by_label
            .iter()
            .filter_map(move |(label, grant)| {
                let meant = scope.as_ref().is_none_or(|scope| label.starts_with(scope));
                (meant && grant.access.writes()).then_some((label.as_str(), grant.path.as_path()))
            })
    }

    /// Whether that is one of the directories that it writes to.
    pub fn works_in(&self, place: &Path) -> bool {
        let place = place.canonicalize();
        self.directories().any(|(_, path)| match &place {
            Ok(place) => path.canonicalize().is_ok_and(|path| path == *place),
            Err(_) => false,
        })
    }

    /// A user has no directory for units of their own until somebody makes it. Where
    /// that fails the backend says what it cannot open.
    fn make_directories(&self) {
        if self.scope() == Some(Scope::User) && !self.rehearsed {
            for (_, path) in self.directories() {
                let _ = std::fs::create_dir_all(path);
            }
        }
    }

    /// Where the backend acts, for a person: its directories by their labels.
    pub fn place(&self) -> String {
        let places = self
            .directories()
            .map(|(label, path)| format!("{} {}", label.replace('-', " "), path.display()));
        sanitise(&places.collect::<Vec<_>>().join(", ")).into_owned()
    }

    /// Is this backend's supervisor in charge of this machine?
    pub fn detect(&mut self) -> Result<Option<Detection>, BackendError> {
        let detection = self
            .instance
            .answer(&Call::Detect, Budget::LOOK, |guest, store| {
                guest.call_detect(store)
            })?;
        // What it may not see it does not detect.
        self.instance.take_denial();
        self.check_files("detect")?;
        match detection {
            Some(detection) if detection.confidence > MOST_CONFIDENT => {
                Err(SandboxError::Misbehaved {
                    backend: self.manifest.id.clone(),
                    call: "detect",
                    reason: format!("its confidence is {} of 100", detection.confidence),
                }
                .into())
            }
            Some(detection) => Ok(Some(Detection {
                evidence: error::safe(&detection.evidence),
                ..detection
            })),
            None => Ok(None),
        }
    }

    pub fn register(
        &mut self,
        services: &[ServiceSpec],
    ) -> Result<Answers<Registration>, BackendError> {
        self.make_directories();
        let budget = Budget::operation(services.len(), Duration::from_secs(10));
        let home = self.home.clone();
        let call = Call::Register {
            home: home.clone(),
            services: services.into(),
        };
        self.answers(&call, budget, |guest, store| {
            guest.call_register(store, &home, services)
        })
    }

    /// `stop_timeout`: how long the slowest of the services may take to stop.
    pub fn unregister(
        &mut self,
        services: &[String],
        stop_timeout: Duration,
    ) -> Result<Answers<()>, BackendError> {
        let budget = Budget::operation(services.len(), stop_timeout);
        let home = self.home.clone();
        let call = Call::Unregister {
            home: home.clone(),
            services: services.into(),
        };
        self.answers(&call, budget, |guest, store| {
            guest.call_unregister(store, &home, services)
        })
    }

    /// `wait`: how long to wait until it has happened; `None`: not at all.
    pub fn control(
        &mut self,
        action: &Action,
        services: &[String],
        wait: Option<Duration>,
    ) -> Result<Answers<()>, BackendError> {
        let budget = Budget::operation(services.len(), wait.unwrap_or_default().saturating_mul(2));
        let wait = wait.map(nanoseconds);
        let home = self.home.clone();
        let call = Call::Control {
            home: home.clone(),
            action: Cow::Borrowed(action),
            services: services.into(),
            wait,
        };
        self.answers(&call, budget, |guest, store| {
            guest.call_control(store, &home, action, services, wait)
        })
    }

    pub fn status(&mut self, services: &[String]) -> Result<Answers<ServiceStatus>, BackendError> {
        let mut answers = self.look(services)?;
        for _ in 0..vanished::LOOKS {
            if !vanished::any(&answers) {
                return Ok(answers);
            }
            // It may have ended just now.
            std::thread::sleep(vanished::PAUSE);
            answers = self.look(services)?;
        }
        vanished::refuse(&mut answers);
        Ok(answers)
    }

    fn look(&mut self, services: &[String]) -> Result<Answers<ServiceStatus>, BackendError> {
        let budget = Budget::operation(services.len(), Duration::ZERO);
        let home = self.home.clone();
        let call = Call::Status {
            home: home.clone(),
            services: services.into(),
        };
        let mut answers = self.answers(&call, budget, |guest, store| {
            guest.call_status(store, &home, services)
        })?;
        left_behind::settle(&mut answers, services, &self.home);
        Ok(answers)
    }

    /// The services of ours that the supervisor knows, sorted.
    pub fn registered(&mut self) -> Result<Vec<String>, BackendError> {
        let budget = Budget::operation(0, Duration::ZERO);
        let home = self.home.clone();
        let call = Call::Registered { home: home.clone() };
        let listed = self.instance.answer(&call, budget, |guest, store| {
            guest.call_registered(store, &home)
        })?;
        self.check_files(call.name())?;
        let mut services = match listed {
            Ok(services) => services,
            Err(error) => return Err(self.refused(error)),
        };
        services.retain(|service| is_service_name(service));
        services.sort();
        services.dedup();
        Ok(services)
    }

    fn answers<T: Serialize>(
        &mut self,
        call: &Call,
        budget: Budget,
        function: impl FnOnce(
            &Guest,
            &mut Store<State>,
        ) -> wasmtime::Result<
            Vec<Result<T, crate::sandbox::contract::types::Error>>,
        >,
    ) -> Result<Answers<T>, BackendError> {
        let expected = call.services();
        let answers = self.instance.answer(call, budget, function)?;
        if answers.len() != expected {
            return Err(SandboxError::Misbehaved {
                backend: self.manifest.id.clone(),
                call: call.name(),
                reason: format!("{} answers for {expected} services", answers.len()),
            }
            .into());
        }
        if matches!(call, Call::Status { .. }) {
            self.check_files(call.name())?;
        }
        let too_many_files = self.instance.take_too_many_files();
        let denial = self.instance.take_denial();
        let explained = |error| match ServiceError::from(error).at(&self.place()) {
            error if too_many_files => error.for_want_of_files(),
            error => error,
        };
        match denial {
            Some(denial) if answers.iter().any(Result::is_err) => {
                Err(SandboxError::Denied(denial).into())
            }
            _ => Ok(answers
                .into_iter()
                .map(|answer| answer.map_err(explained))
                .collect()),
        }
    }

    /// Who could not look has seen nothing, and not that there is nothing.
    fn check_files(&mut self, call: &'static str) -> Result<(), BackendError> {
        match self.instance.take_too_many_files() {
            true => Err(SandboxError::TooManyFiles { call }.into()),
            false => Ok(()),
        }
    }

    fn refused(&mut self, error: crate::sandbox::contract::types::Error) -> BackendError {
        match self.instance.take_denial() {
            Some(denial) => SandboxError::Denied(denial).into(),
            None => BackendError::Failed {
                backend: self.manifest.id.clone(),
                error: ServiceError::from(error).at(&self.place()),
            },
        }
    }
}

/// What a backend lists is foreign text until it has this shape.
fn is_service_name(text: &str) -> bool {
    text.strip_prefix("gateway-").is_some_and(|profile| {
        (1..=64).contains(&profile.len())
            && !profile.starts_with(['-', '_'])
            && profile
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    })
}

/// As the contract counts time.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{is_service_name, nanoseconds};
    use std::time::Duration;

    #[test]
    fn only_services_of_ours_have_the_name_of_one() {
        let longest = format!("gateway-{}", "x".repeat(64));
        let longer = format!("{longest}x");
        for (text, ours) in [
            ("gateway-default", true),
            ("gateway-0", true),
            ("gateway-a_b-c", true),
            (longest.as_str(), true),
            (longer.as_str(), false),
            ("gateway-", false),
            ("gateway", false),
            ("", false),
            ("gateway--a", false),
            ("gateway-_a", false),
            ("gateway-A", false),
            ("gateway-a.b", false),
            ("gateway-a/b", false),
            ("gateway-a\n", false),
            ("gateway-a\u{1b}[31m", false),
            ("gateway-é", false),
            (".gateway-a", false),
            ("Gateway-a", false),
            ("sshd", false),
        ] {
            assert_eq!(is_service_name(text), ours, "{text:?}");
        }
    }

    #[test]
    fn time_beyond_what_the_contract_counts_is_the_longest_it_counts() {
        for (duration, expected) in [
            (Duration::ZERO, 0),
            (Duration::from_secs(1), 1_000_000_000),
            (Duration::MAX, u64::MAX),
        ] {
            assert_eq!(nanoseconds(duration), expected);
        }
    }
}
