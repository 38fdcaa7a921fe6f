//! A recording: what a command's backends were asked, which effects they had and
//! what they answered, a line of JSON each.
//!
//! Each backend begins with a [`Header`]; a call is a [`CallLine`], an
//! [`EffectLine`] for each of its effects and a [`ResultLine`]. Backends are told
//! apart by the field `backend`, and calls never overlap. An [`EndLine`] says that
//! nothing is missing.

mod line;
mod redaction;
mod sink;
mod trace;
mod track;

pub use line::{CallLine, Counts, EffectLine, EndLine, FORMAT, Header, ResultLine};
pub use redaction::{Redaction, is_stand_in};
pub use sink::Recording;
pub use trace::Trace;
pub use track::Track;
