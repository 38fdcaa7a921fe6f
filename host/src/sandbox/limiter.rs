use thiserror::Error;
use wasmtime::{ResourceLimiter, Result};

use super::budget::{MEMORY, TABLES};

/// Bounds the memory of one instance, whatever it divides it into.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    memory: usize,
    tables: usize,
}

/// The limit that ended an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum Exceeded {
    #[error("{} MiB of memory", MEMORY >> 20)]
    Memory,
    #[error("{TABLES} table elements")]
    Tables,
}

impl Limiter {
    /// Components that come out of the usual tools have three core instances.
    const INSTANCES: usize = 20;
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        take(&mut self.memory, current, desired, MEMORY, Exceeded::Memory)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        take(&mut self.tables, current, desired, TABLES, Exceeded::Tables)
    }

    fn instances(&self) -> usize {
        Self::INSTANCES
    }

    fn memories(&self) -> usize {
        Self::INSTANCES
    }

    fn tables(&self) -> usize {
        Self::INSTANCES
    }
}

/// An error ends the instance; `false` would only tell it so.
fn take(
    used: &mut usize,
    current: usize,
    desired: usize,
    most: usize,
    exceeded: Exceeded,
) -> Result<bool> {
    let wanted = used.saturating_add(desired.saturating_sub(current));
    if wanted > most {
        return Err(exceeded.into());
    }
    *used = wanted;
    Ok(true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn several_memories_share_the_limit() {
        let mut limiter = Limiter::default();
        assert!(limiter.memory_growing(0, MEMORY / 2, None).unwrap());
        assert!(limiter.memory_growing(0, MEMORY / 2, None).unwrap());
        let error = limiter.memory_growing(0, 1, None).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Exceeded::Memory));
        assert_eq!(error.to_string(), "64 MiB of memory");
        assert!(limiter.table_growing(0, TABLES, None).unwrap());
        let error = limiter.table_growing(TABLES, usize::MAX, None).unwrap_err();
        assert_eq!(error.to_string(), "100000 table elements");
    }
}
