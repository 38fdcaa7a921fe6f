//! Bytes become code of this process here and nowhere else.
//!
//! That of a built-in backend is executed where it stands, as copying it would take
//! longer than most commands: in the executable, or, of one that is packed, where it is
//! unpacked.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};

use hermes_bundle::{Artefact, Broken, Bundled, engine_config};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect};
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
    let (Artefact::InPlace(bytes) | Artefact::Packed(bytes)) = bundled.artefact;
    let place = bytes.as_ptr().addr();
    if let Some(loaded) = loaded.get(&place) {
        return Ok(loaded.clone());
    }
    let code = bundled.artefact.in_place(pages);
    let new =
        in_place(code.map_err(|Broken| wasmtime::Error::msg("the artefact cannot be unpacked"))?)?;
    loaded.insert(place, new.clone());
    Ok(new)
}

/// New memory, until the process ends. It is there at once: to fault on each of its
/// pages would take as long as to fill them.
fn pages(length: usize) -> Option<&'static mut [u8]> {
    let access = ProtFlags::READ | ProtFlags::WRITE;
    let flags = MapFlags::PRIVATE | MapFlags::POPULATE;
    // SAFETY: the kernel chooses where, so that nothing else is there, and nobody
    // else knows of it, or unmaps it.
    unsafe {
        let start = mmap_anonymous(ptr::null_mut(), length, access, flags).ok()?;
        Some(slice::from_raw_parts_mut(start.cast(), length))
    }
}

fn in_place(bytes: &'static [u8]) -> wasmtime::Result<(Engine, Component)> {
    let mut config = engine_config()?;
    config.with_custom_code_memory(Some(Arc::new(InPlace)));
    let engine = Engine::new(&config)?;
    // SAFETY: the bytes are part of this very executable, packed or not, where the
    // build script put what `Engine::precompile_component` returned. They live as
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
