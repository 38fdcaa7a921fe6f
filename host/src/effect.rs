//! Every effect of a backend is a value.
//!
//! Each call that a component makes on the outside becomes one [`Effect`],
//! passes down a stack of layers and comes back as one [`Outcome`]. The layers,
//! from the component outwards: [`Trace`](crate::recording::Trace) writes down what
//! was asked and answered, denials included; [`Faulty`] injects a fault where one is
//! asked for; [`Granted`] refuses what no grant allows; [`Bounded`] caps handles,
//! sizes and waits; [`Real`] acts on the machine, or [`Overlay`] notes what it would
//! do.

mod bounded;
mod bytes;
mod failure;
mod fault;
#[cfg(test)]
pub(crate) mod fixture;
mod grant;
mod granted;
mod handles;
mod names;
mod outcome;
mod overlay;
pub(crate) mod place;
mod real;
mod value;

pub use bounded::{Bounded, Deadline};
pub use bytes::Bytes;
pub(crate) use bytes::to_hex;
pub use failure::{Denial, Failure};
pub use fault::{Fault, FaultError, FaultKind, Faulty, Injection, Progress};
pub use grant::{Access, Grant, Grants};
pub use granted::Granted;
pub use names::Names;
pub use outcome::{FileKind, FileMetadata, Outcome, Output, Reply};
pub use overlay::Overlay;
pub use real::{LogSink, Real};
pub use value::{ConnectionId, DirectoryId, Effect, Expectation, ListenerId, LogLevel, PathAction};

/// A layer: answers an effect itself or hands it to the layer below.
pub trait Perform {
    fn perform(&mut self, effect: &Effect) -> Outcome;
}

impl Perform for Box<dyn Perform> {
    fn perform(&mut self, effect: &Effect) -> Outcome {
        (**self).perform(effect)
    }
}
