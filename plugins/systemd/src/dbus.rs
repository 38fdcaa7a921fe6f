//! D-Bus as systemd speaks it: method calls out, replies and signals in.
//!
//! Source: the D-Bus Specification, "Message Protocol" and "Type System". Only the
//! types that systemd's calls need: y b u t s o g, arrays of strings, variants, and
//! the list of units.

mod call;
mod connection;
mod listed_unit;
mod message;
mod object_path;
mod reader;
mod writer;

pub(crate) use call::Call;
pub(crate) use connection::{Connection, Serial};
pub(crate) use message::Kind;
pub use message::{Malformed, Message, first_message};
pub(crate) use object_path::unit_path;
pub use reader::Value;
pub(crate) use writer::Writer;
