use wasmtime::{Result, format_err};

use super::contract::types;
use crate::effect::{Denial, Effect, Failure, Outcome, Perform};

mod clock;
mod commands;
mod directory;
mod files;
mod listener;
mod log;
mod sockets;

/// The capability interfaces of the contract, each call turned into an effect.
pub(super) struct Capabilities {
    /// `None`: closed.
    stack: Option<Box<dyn Perform>>,
    denial: Option<Denial>,
    out_of_time: bool,
    too_many_files: bool,
}

impl Capabilities {
    pub(super) fn closed() -> Self {
        Self {
            stack: None,
            denial: None,
            out_of_time: false,
            too_many_files: false,
        }
    }

    pub(super) fn open(stack: Box<dyn Perform>) -> Self {
        Self {
            stack: Some(stack),
            ..Self::closed()
        }
    }

    pub(super) fn take_denial(&mut self) -> Option<Denial> {
        self.denial.take()
    }

    /// Whether an effect has failed for want of a descriptor since last asked.
    pub(super) fn take_too_many_files(&mut self) -> bool {
        std::mem::take(&mut self.too_many_files)
    }

    pub(super) fn is_out_of_time(&self) -> bool {
        self.out_of_time
    }

    /// Performs an effect; an error ends the instance.
    fn perform(&mut self, effect: &Effect) -> Result<Outcome> {
        let Some(stack) = &mut self.stack else {
            return Err(format_err!(
                "it used a capability before it was granted any"
            ));
        };
        let outcome = stack.perform(effect);
        match &outcome {
            Err(Failure::OutOfTime) => {
                self.out_of_time = true;
                return Err(format_err!("the deadline has passed"));
            }
            Err(Failure::TooManyFiles) => self.too_many_files = true,
            Err(Failure::NotGranted(denial)) if self.denial.is_none() => {
                self.denial = Some(denial.clone());
            }
            _ => {}
        }
        Ok(outcome)
    }
}

/// The layers answered something that the effect cannot have.
fn mismatch() -> wasmtime::Error {
    format_err!("the host answered out of turn")
}

/// Takes the reply apart that the effect must have, or gives the error on.
macro_rules! take {
    ($outcome:expr, $reply:pat => $value:expr) => {
        match $outcome {
            Ok($reply) => Ok(Ok($value)),
            Ok(_) => Err($crate::sandbox::capabilities::mismatch()),
            Err(error) => Ok(Err(error.into())),
        }
    };
}
use take;

impl types::Host for Capabilities {}
