use wasmtime::Config;

/// The one configuration under which artefacts are compiled and loaded:
/// wasmtime refuses an artefact whose tunables differ.
///
/// Fuel bounds what a backend computes, deterministically and without a ticker
/// thread. The small reservation works under `ulimit -v` as well. Naming the
/// target keeps the features of the build machine's processor out of artefacts.
///
/// # Errors
/// Where this build of wasmtime does not support `target`.
pub(crate) fn engine_config(target: &str) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    config
        .target(target)?
        .wasm_component_model(true)
        .consume_fuel(true)
        .memory_reservation(1 << 20)
        .memory_reservation_for_growth(1 << 20)
        .memory_guard_size(64 << 10)
        .memory_init_cow(false)
        // A backend that traps is told by what it trapped on: smaller artefacts
        // load faster.
        .generate_address_map(false)
        .native_unwind_info(false);
    Ok(config)
}
