use wasmtime::Result;

use super::{Capabilities, mismatch};
use crate::effect::{Effect, Reply};
use crate::sandbox::contract::{clock, types};

impl clock::Host for Capabilities {
    fn now(&mut self) -> Result<types::Timestamp> {
        self.time(&Effect::Now)
    }

    fn monotonic(&mut self) -> Result<types::Duration> {
        self.time(&Effect::Monotonic)
    }

    fn sleep(&mut self, duration: types::Duration) -> Result<()> {
        self.perform(&Effect::Sleep { duration }).map(drop)
    }
}

impl Capabilities {
    fn time(&mut self, effect: &Effect) -> Result<u64> {
        match self.perform(effect)? {
            Ok(Reply::Time(time)) => Ok(time),
            _ => Err(mismatch()),
        }
    }
}
