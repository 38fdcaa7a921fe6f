use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use hermes_bundle::{BUNDLED, Bundled};
use serde::Serialize;
use serde_json::Value;
use wasmtime::Store;

use super::playback::{End, Playback, Scene};
use super::tape::Tape;
use super::{Component, Difference, Played, ReplayError};
use crate::recording::{FORMAT, Header};
use crate::sandbox::contract::service_manager::Guest;
use crate::sandbox::{Artefact, Budget, CONTRACT, Call, Instance, Layers, State};
use crate::text::excerpt;

/// One backend of a recording.
pub(super) struct Player {
    component: Component,
    bundled: &'static Bundled,
    artefact: Artefact,
    instance: Instance,
    scene: Rc<RefCell<Scene>>,
}

impl Player {
    pub(super) fn new(
        header: &Header,
        component: Component,
        tape: Rc<RefCell<Tape>>,
    ) -> Result<Self, ReplayError> {
        let bundled = find(header, component)?;
        let artefact = Artefact::bundled(bundled)?;
        let scene = Rc::new(RefCell::new(Scene::new(header, tape)));
        Ok(Self {
            component,
            bundled,
            instance: instance(&artefact, &scene)?,
            artefact,
            scene,
        })
    }

    /// Another header of the same backend: another instance.
    pub(super) fn restart(&mut self, header: &Header) -> Result<(), ReplayError> {
        find(header, self.component)?;
        self.scene.borrow_mut().restart(header);
        self.instance = instance(&self.artefact, &self.scene)?;
        Ok(())
    }

    pub(super) fn backend(&self) -> &'static str {
        self.bundled.id
    }

    pub(super) fn into_played(self) -> Played {
        self.scene.borrow().played.clone()
    }

    /// Plays one call; the difference where there is one.
    pub(super) fn play(&mut self, call: &Call) -> Result<Option<Difference>, ReplayError> {
        self.scene.borrow_mut().begin(call);
        let answer = self.answer(call)?;
        let concluded = self.scene.borrow_mut().conclude(answer);
        match concluded {
            Ok(()) => Ok(None),
            Err(End::Difference(difference)) => Ok(Some(difference)),
            Err(End::Failed(error)) => Err(error),
            Err(End::Redacted) => {
                self.scene.borrow_mut().skip()?;
                // One that was ended takes no more calls.
                self.instance = instance(&self.artefact, &self.scene)?;
                Ok(None)
            }
        }
    }

    /// What the backend answers, as a recording has it.
    fn answer(&mut self, call: &Call) -> Result<Value, ReplayError> {
        match call {
            Call::Detect => self.ask(call, |guest, store| guest.call_detect(store)),
            Call::Register { home, services } => self.ask(call, |guest, store| {
                guest.call_register(store, home, services)
            }),
            Call::Unregister { home, services } => self.ask(call, |guest, store| {
                guest.call_unregister(store, home, services)
            }),
            Call::Control {
                home,
                action,
                services,
                wait,
            } => self.ask(call, |guest, store| {
                guest.call_control(store, home, action, services, *wait)
            }),
            Call::Status { home, services } => self.ask(call, |guest, store| {
                guest.call_status(store, home, services)
            }),
            Call::Registered { home } => {
                self.ask(call, |guest, store| guest.call_registered(store, home))
            }
        }
    }

    fn ask<T: Serialize>(
        &mut self,
        call: &Call,
        function: impl FnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<Value, ReplayError> {
        let budget = match call {
            Call::Detect => Budget::LOOK,
            // Nothing is waited for.
            _ => Budget::operation(call.services(), Duration::ZERO),
        };
        let answer = self.instance.call(call.name(), budget, function);
        // What an earlier call was refused explains nothing in the next one.
        self.instance.take_denial();
        Ok(serde_json::to_value(answer).map_err(io::Error::from)?)
    }
}

fn instance(artefact: &Artefact, scene: &Rc<RefCell<Scene>>) -> Result<Instance, ReplayError> {
    let mut instance = Instance::new(artefact, Layers::default())?;
    instance.open_on(Box::new(Playback(Rc::clone(scene))));
    Ok(instance)
}

/// The bundled backend that a header means.
fn find(header: &Header, component: Component) -> Result<&'static Bundled, ReplayError> {
    let host = excerpt(&header.host, 60);
    if header.recording != FORMAT {
        return Err(ReplayError::OtherFormat {
            format: header.recording,
            host,
        });
    }
    if header.contract != CONTRACT {
        return Err(ReplayError::OtherContract {
            contract: excerpt(&header.contract, 60),
            host,
        });
    }
    let Some(bundled) = BUNDLED.iter().find(|bundled| bundled.id == header.backend) else {
        return Err(ReplayError::UnknownBackend {
            backend: excerpt(&header.backend, 60),
            host,
        });
    };
    if component == Component::Recorded && bundled.digest != header.digest {
        return Err(ReplayError::OtherDigest {
            backend: header.backend.clone(),
            host,
            digest: short(&header.digest),
            current: short(bundled.digest),
        });
    }
    Ok(bundled)
}

/// Enough of a digest to know it by.
fn short(digest: &str) -> String {
    excerpt(digest, 12)
}
