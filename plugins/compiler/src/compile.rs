use hermes_bundle::{LARGEST_ARTEFACT, LARGEST_COMPONENT, engine_config};
use wasmtime::Engine;

use crate::composition::is_composed;
use crate::error::CompileError;

/// What a binary of WebAssembly starts with, and then its kind:
/// <https://webassembly.github.io/spec/core/binary/modules.html#binary-module>
const MAGIC: &[u8] = b"\0asm";

/// Version 1, layer 0.
const CORE_MODULE: [u8; 4] = [1, 0, 0, 0];

/// Version 13, layer 1:
/// <https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md>
const COMPONENT: [u8; 4] = [13, 0, 1, 0];

/// Native code for the processor that this program was built for.
pub fn compile(component: &[u8]) -> Result<Vec<u8>, CompileError> {
    check_kind(component)?;
    if is_composed(component).map_err(|error| CompileError::from_words(&error.to_string()))? {
        return Err(CompileError::Composed);
    }
    let artefact = engine_config()
        .and_then(|config| Engine::new(&config))
        .and_then(|engine| engine.precompile_component(component))
        .map_err(|error| CompileError::from_words(&error.root_cause().to_string()))?;
    if artefact.len() as u64 > LARGEST_ARTEFACT {
        return Err(CompileError::LargeArtefact);
    }
    Ok(artefact)
}

/// Says in plain words what the compiler would say in its own.
fn check_kind(component: &[u8]) -> Result<(), CompileError> {
    if component.len() as u64 > LARGEST_COMPONENT {
        return Err(CompileError::TooLarge);
    }
    let Some(kind) = component.strip_prefix(MAGIC) else {
        // The few bytes that are there may be the first ones of a component.
        return Err(match MAGIC.starts_with(component) {
            true => CompileError::Truncated,
            false => CompileError::NotWebAssembly,
        });
    };
    match kind.first_chunk::<4>() {
        Some(&COMPONENT) => Ok(()),
        Some(&CORE_MODULE) => Err(CompileError::CoreModule),
        Some(&[version, _, layer, _]) => Err(CompileError::UnknownFormat { version, layer }),
        None => Err(CompileError::Truncated),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::compile;

    #[test]
    fn what_is_no_component_is_told_by_its_first_bytes() {
        for (bytes, reason) in [
            (&b""[..], "it ends too early: this is not all of it"),
            (b"\0as", "it ends too early: this is not all of it"),
            (b"\0asm\x0d\0", "it ends too early: this is not all of it"),
            (b"\x7fELF\x02\x01", "it is no WebAssembly"),
            (b"(component)", "it is no WebAssembly"),
            (
                b"\0asm\x01\0\0\0",
                "it is a core module and not a component",
            ),
            (
                b"\0asm\x0e\0\x01\0",
                "it is WebAssembly of an unknown format: version 14, layer 1",
            ),
        ] {
            assert_eq!(compile(bytes).unwrap_err().to_string(), reason, "{bytes:?}");
        }
    }

    #[test]
    fn the_smallest_component_compiles() {
        assert!(!compile(b"\0asm\x0d\0\x01\0").unwrap().is_empty());
    }
}
