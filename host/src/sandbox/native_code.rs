//! Native code that is executed where it stands in the executable: copying it
//! would take longer than most commands.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr::NonNull;

use rustix::mm::{MprotectFlags, mprotect};
use wasmtime::component::Component;
use wasmtime::{CustomCodeMemory, Engine};

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

/// Loads code that is part of this executable.
pub(super) fn deserialize(engine: &Engine, artefact: &'static [u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes are part of this very executable, where the build
    // script put what `Engine::precompile_component` returned. They live as
    // long as the process and are never written to.
    unsafe { Component::deserialize_raw(engine, NonNull::from(artefact)) }
}
