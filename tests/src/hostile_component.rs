use std::path::{Path, PathBuf};

/// The component that the build made of `tests/hostile/wat/NAME.wat`, and of the
/// backends `hostile` and `noop`.
pub fn hostile_component(name: &str) -> PathBuf {
    Path::new(env!("OUT_DIR")).join(format!("{name}.wasm"))
}
