use std::time::Duration;

/// What one call of a backend may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Units of wasmtime's fuel: about one a WebAssembly instruction.
    pub fuel: u64,
    /// The whole call, waits included.
    pub time: Duration,
}

/// Memory of one instance, in bytes. A batch of 5,000 services needs 20 MiB.
pub(super) const MEMORY: usize = 64 << 20;

/// Elements of all tables of one instance.
pub(super) const TABLES: usize = 100_000;

/// Handles that an instance holds at once, those of its own resources included,
/// which cost the host memory as well.
pub(super) const HANDLES: usize = 10_000;

/// Bytes that the host copies out of an instance in one call.
pub(super) const COPIED: usize = 16 << 20;

impl Budget {
    /// For `describe` and `detect`: they look around and wait for nothing.
    pub const LOOK: Self = Self {
        fuel: 20_000_000,
        time: Duration::from_secs(5),
    };

    /// For an operation on some services that may wait for `wait`.
    pub fn operation(services: usize, wait: Duration) -> Self {
        let services = u64::try_from(services).unwrap_or(u64::MAX);
        Self {
            fuel: services
                .saturating_mul(10_000_000)
                .saturating_add(100_000_000),
            // The backend's own clean-up comes after its wait.
            time: wait
                .saturating_add(Duration::from_secs(20))
                .saturating_add(Duration::from_millis(services.saturating_mul(20))),
        }
    }
}
