//! Which D-Bus calls of a backend pass.
//!
//! The manager socket of a supervisor does whatever this user may do, which for
//! root is anything. So the host reads along: [`Filter`] takes the bytes that a
//! backend sends, in pieces of any size, and gives on what is a whole call that
//! the [`Policy`] of the grant allows. It is as strict as a reader can be: what
//! somebody else could read in another way is refused. Format: the D-Bus
//! Specification, "Message Protocol" and "Marshaling".

mod answer;
pub(crate) mod authentication;
mod call;
mod filter;
mod header;
mod malformed;
mod method_call;
mod policy;
mod reader;
mod refusal;
#[cfg(test)]
pub(crate) mod tests;
mod unit_pattern;
mod words;
mod writer;

pub(crate) use answer::answer;
pub use call::{CALLS, Call};
pub use filter::{Filter, LONGEST_CALL};
pub(crate) use header::first_message;
pub use malformed::Malformed;
pub(crate) use method_call::MethodCall;
pub use policy::Policy;
pub use refusal::Refusal;
pub use unit_pattern::UnitPattern;
pub use words::calls;
pub(crate) use words::words;
