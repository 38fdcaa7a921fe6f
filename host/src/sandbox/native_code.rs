//! Bytes become code of this process here and nowhere else.
//!
//! That of a built-in backend is executed where it stands in the executable, as copying
//! or unpacking it would take longer than most commands.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};

use hermes_bundle::{Bundled, engine_config};
use rustix::mm::{MprotectFlags, mprotect};
use wasmtime::component::Component;
use wasmtime::{CustomCodeMemory, Engine};

use super::Compiled;

/// Makes the code of artefacts executable, and never writable.
pub(super) struct InPlace;

impl CustomCodeMemory for InPlace {
    fn required_alignment(&self) -> usize {
        rustix::param::page_size()
    }

    fn publish_executable(&self, code: *const u8, length: usize) -> wasmtime::Result<()> {
        let flags = MprotectFlags::READ | MprotectFlags::EXEC;
        // SAFETY: wasmtime passes the whole pages of a `.text` section, which
        // hold nothing but code and the padding after it. They were readable
        // before and stay so; nothing writes to them.
        unsafe { mprotect(code.cast_mut().cast::<c_void>(), length, flags)? };
        Ok(())
    }

    /// Another instance may be executing the same code.
    fn unpublish_executable(&self, _: *const u8, _: usize) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// Loads a backend that is part of this executable, once, however many instances
/// execute it.
pub(super) fn bundled(bundled: &Bundled) -> wasmtime::Result<(Engine, Component)> {
    static LOADED: Mutex<BTreeMap<usize, (Engine, Component)>> = Mutex::new(BTreeMap::new());

    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let place = bundled.artefact.as_ptr().addr();
    if let Some(loaded) = loaded.get(&place) {
        return Ok(loaded.clone());
    }
    let new = in_place(bundled.artefact)?;
    loaded.insert(place, new.clone());
    Ok(new)
}

fn in_place(bytes: &'static [u8]) -> wasmtime::Result<(Engine, Component)> {
    let mut config = engine_config()?;
    config.with_custom_code_memory(Some(Arc::new(InPlace)));
    let engine = Engine::new(&config)?;
    // SAFETY: the bytes are part of this very executable, where the build
    // script put what `Engine::precompile_component` returned. They live as
    // long as the process and are never written to.
    let component = unsafe { Component::deserialize_raw(&engine, NonNull::from(bytes))? };
    Ok((engine, component))
}

/// Loads a backend from elsewhere, which `hermes-plugin` has compiled for this
/// process.
pub(super) fn compiled(compiled: &Compiled) -> wasmtime::Result<(Engine, Component)> {
    let engine = Engine::new(&engine_config()?)?;
    // SAFETY: only `Compiler` makes a `Compiled`. Its bytes are what the
    // `hermes-plugin` beside this executable, or on the operator's own `PATH`,
    // wrote into a pipe that nobody else holds, whole by their length and
    // digest. That program is trusted as this one is. The component is not: it
    // becomes code only through wasmtime's compiler, which validates it.
    let component = unsafe { Component::deserialize(&engine, compiled.artefact())? };
    Ok((engine, component))
}
