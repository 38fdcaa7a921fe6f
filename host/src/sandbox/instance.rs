use std::time::{Duration, Instant};

use serde::Serialize;
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Store, StoreLimits, StoreLimitsBuilder, Trap};

use super::budget::{COPIED, MEMORY};
use super::capabilities::Capabilities;
use super::contract::service_manager::Guest;
use super::contract::{Backend, BackendPre};
use super::{Artefact, Budget, CONTRACT, Call, SandboxError};
use crate::effect::{
    Bounded, Deadline, Faulty, Granted, Grants, Injection, LogSink, Overlay, Perform, Real,
};
use crate::recording::{Recording, Trace, Track};
use crate::rehearsal::Rehearsal;

/// What stands between an instance and the machine.
#[derive(Default)]
pub struct Layers {
    /// Where each call and each effect is written down.
    pub recording: Option<Recording>,
    /// Where the backend's words go.
    pub log: Option<LogSink>,
    /// What is to go wrong.
    pub fault: Option<Injection>,
    /// A dry run: effects are planned instead of performed.
    pub rehearsal: Option<Rehearsal>,
}

/// One instance of a backend: serves one command.
pub struct Instance {
    backend: String,
    digest: String,
    store: Store<State>,
    bindings: Backend,
    deadline: Deadline,
    layers: Option<Layers>,
    track: Option<Track>,
}

pub(crate) struct State {
    capabilities: Capabilities,
    limits: StoreLimits,
}

impl Instance {
    /// Instantiates with every capability closed.
    pub fn new(artefact: &Artefact, layers: Layers) -> Result<Self, SandboxError> {
        let does_not_load = |error: wasmtime::Error| SandboxError::DoesNotLoad {
            backend: artefact.backend.clone(),
            reason: format!("{error:#}"),
        };
        let mut linker = Linker::new(&artefact.engine);
        Backend::add_to_linker::<_, HasSelf<Capabilities>>(&mut linker, |state: &mut State| {
            &mut state.capabilities
        })
        .map_err(does_not_load)?;
        let mut store = Store::new(
            &artefact.engine,
            State {
                capabilities: Capabilities::closed(),
                limits: StoreLimitsBuilder::new()
                    .memory_size(MEMORY)
                    .table_elements(100_000)
                    .instances(20)
                    .memories(4)
                    .tables(20)
                    .trap_on_grow_failure(true)
                    .build(),
            },
        );
        store.limiter(|state| &mut state.limits);
        store.set_hostcall_fuel(COPIED);
        store.set_fuel(Budget::LOOK.fuel).map_err(does_not_load)?;
        let bindings = linker
            .instantiate_pre(&artefact.component)
            .and_then(BackendPre::new)
            .and_then(|pre| pre.instantiate(&mut store))
            .map_err(does_not_load)?;
        Ok(Self {
            backend: artefact.backend.clone(),
            digest: artefact.digest.clone(),
            store,
            bindings,
            deadline: Deadline::after(Duration::ZERO),
            layers: Some(layers),
            track: None,
        })
    }

    /// Opens the capabilities: from now on each effect that the grants allow is
    /// performed.
    pub fn open(&mut self, grants: Grants) {
        let layers = self.layers.take().unwrap_or_default();
        let lowest: Box<dyn Perform> = match layers.rehearsal {
            Some(rehearsal) => Box::new(Overlay::new(grants.clone(), rehearsal, layers.log)),
            None => Box::new(Real::new(grants.clone(), layers.log)),
        };
        let bounded = Bounded::new(self.deadline.clone(), lowest);
        let backend = grants.backend.clone();
        let mut stack: Box<dyn Perform> = Box::new(Granted::new(grants, bounded));
        if let Some(fault) = layers.fault {
            stack = Box::new(Faulty::new(backend.clone(), fault, stack));
        }
        if let Some(recording) = layers.recording {
            let track = Track::begin(recording, backend, &self.digest, CONTRACT);
            stack = Box::new(Trace::new(track.clone(), stack));
            self.track = Some(track);
        }
        self.open_on(stack);
    }

    /// Opens the capabilities on something else than the machine.
    pub fn open_on(&mut self, stack: Box<dyn Perform>) {
        self.store.data_mut().capabilities = Capabilities::open(stack);
    }

    /// Makes one call within a budget and writes it down where that is wished.
    pub(crate) fn answer<T: Serialize>(
        &mut self,
        call: &Call,
        budget: Budget,
        function: impl FnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, SandboxError> {
        let Some(track) = self.track.clone() else {
            return self.call(call.name(), budget, function);
        };
        match track.redact(|redaction| call.redacted(redaction)) {
            Some(redacted) => track.call(&redacted),
            None => track.call(call),
        }
        let started = Instant::now();
        let answer = self.call(call.name(), budget, function);
        track.result(&answer, started.elapsed());
        answer
    }

    /// Makes one call within a budget.
    pub(crate) fn call<T>(
        &mut self,
        call: &'static str,
        budget: Budget,
        function: impl FnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, SandboxError> {
        self.deadline.set(budget.time);
        // One of an earlier call explains nothing here.
        self.take_denial();
        let called = self.store.set_fuel(budget.fuel).and_then(|()| {
            function(
                self.bindings.hermes_backend_service_manager(),
                &mut self.store,
            )
        });
        called.map_err(|error| self.explain(call, budget, &error))
    }

    /// The first effect that was refused for want of a grant since last asked.
    pub fn take_denial(&mut self) -> Option<crate::effect::Denial> {
        self.store.data_mut().capabilities.take_denial()
    }

    pub fn backend(&self) -> &str {
        &self.backend
    }

    fn explain(
        &mut self,
        call: &'static str,
        budget: Budget,
        error: &wasmtime::Error,
    ) -> SandboxError {
        if let Some(denial) = self.take_denial() {
            return denial.into();
        }
        let backend = self.backend.clone();
        if self.store.data().capabilities.is_out_of_time() {
            return SandboxError::OutOfTime {
                backend,
                call,
                budget: budget.time,
            };
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => SandboxError::OutOfFuel { backend, call },
            _ => SandboxError::Crashed {
                backend,
                call,
                reason: error.root_cause().to_string(),
            },
        }
    }
}
