use std::io;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use serde::Serialize;
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Store, Trap};

use super::budget::{COPIED, HANDLES};
use super::capabilities::Capabilities;
use super::contract::service_manager::Guest;
use super::contract::{Backend, BackendPre};
use super::exports::Exports;
use super::limiter::{Exceeded, Limiter};
use super::{Artefact, Budget, CONTRACT, Call, SandboxError};
use crate::effect::{
    Bounded, Deadline, Faulty, Granted, Grants, Injection, LogSink, Overlay, Perform, Real,
};
use crate::recording::{Recording, Trace, Track};
use crate::rehearsal::Rehearsal;
use crate::text::excerpt;

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
    limiter: Limiter,
}

impl Instance {
    /// Instantiates with every capability closed, once the artefact is seen to
    /// fit this host: nothing runs of one that does not.
    pub fn new(artefact: &Artefact, layers: Layers) -> Result<Self, SandboxError> {
        artefact.check()?;
        let mut linker = Linker::new(&artefact.engine);
        let fitting =
            Backend::add_to_linker::<_, HasSelf<Capabilities>>(&mut linker, |state: &mut State| {
                &mut state.capabilities
            })
            .and_then(|()| linker.instantiate_pre(&artefact.component))
            .and_then(BackendPre::new)
            .and_then(|fitting| Exports::of(&artefact.component).check().map(|()| fitting))
            .map_err(|error| artefact.misshapen(&error))?;
        let mut store = Store::new(
            &artefact.engine,
            State {
                capabilities: Capabilities::closed(),
                limiter: Limiter::default(),
            },
        );
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(COPIED);
        store.set_max_component_handles(HANDLES);
        let backend = artefact.backend.clone();
        let started = store
            .set_fuel(Budget::LOOK.fuel)
            .and_then(|()| fitting.instance_pre().instantiate(&mut store))
            .map_err(|error| explain(&mut store, &backend, "start", Budget::LOOK, &error))?;
        let bindings =
            Backend::new(&mut store, &started).map_err(|error| artefact.misshapen(&error))?;
        Ok(Self {
            backend,
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
        self.take_too_many_files();
        let called = self.store.set_fuel(budget.fuel).and_then(|()| {
            function(
                self.bindings.hermes_backend_service_manager(),
                &mut self.store,
            )
        });
        called.map_err(|error| explain(&mut self.store, &self.backend, call, budget, &error))
    }

    /// The first effect that was refused for want of a grant since last asked.
    pub fn take_denial(&mut self) -> Option<crate::effect::Denial> {
        self.store.data_mut().capabilities.take_denial()
    }

    /// Whether an effect has failed since last asked as too many files were open: what
    /// the backend makes of that is no answer.
    pub fn take_too_many_files(&mut self) -> bool {
        self.store.data_mut().capabilities.take_too_many_files()
    }

    pub fn backend(&self) -> &str {
        &self.backend
    }
}

/// Why a call, or the start of the instance, did not come to its end.
fn explain(
    store: &mut Store<State>,
    backend: &str,
    call: &'static str,
    budget: Budget,
    error: &wasmtime::Error,
) -> SandboxError {
    let capabilities = &mut store.data_mut().capabilities;
    if let Some(denial) = capabilities.take_denial() {
        return denial.into();
    }
    let backend = backend.to_owned();
    if capabilities.take_too_many_files() {
        return SandboxError::TooManyFiles { call };
    }
    if capabilities.is_out_of_time() {
        return SandboxError::OutOfTime {
            backend,
            call,
            budget: budget.time,
        };
    }
    if let Some(exceeded) = error.downcast_ref::<Exceeded>() {
        return SandboxError::OutOfMemory {
            backend,
            call,
            most: exceeded.to_string(),
        };
    }
    match os_error(error) {
        Some(Errno::MFILE | Errno::NFILE) => return SandboxError::TooManyFiles { call },
        Some(Errno::NOMEM) => return SandboxError::NoMemory { backend },
        _ => {}
    }
    // wasmtime's words, which may quote the component's.
    let reason = excerpt(&error.root_cause().to_string(), 500);
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => SandboxError::OutOfFuel { backend, call },
        Some(_) => SandboxError::Crashed {
            backend,
            call,
            reason,
        },
        None => SandboxError::Misbehaved {
            backend,
            call,
            reason,
        },
    }
}

/// What the operating system has refused to wasmtime.
fn os_error(error: &wasmtime::Error) -> Option<Errno> {
    error.chain().find_map(|cause| {
        let own = cause.downcast_ref::<io::Error>();
        own.and_then(Errno::from_io_error)
            .or_else(|| cause.downcast_ref::<Errno>().copied())
    })
}
