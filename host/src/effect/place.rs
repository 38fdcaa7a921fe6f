//! Where an effect acts, in words.

use crate::text::excerpt;

/// A path grows with every directory that a backend opens below another one.
const LONGEST: usize = 1000;

/// A backend's words as messages and traces show them.
pub(crate) fn shown(text: &str) -> String {
    excerpt(text, LONGEST)
}

pub(crate) fn below(place: &str, path: &str) -> String {
    shown(&format!("{place}/{path}"))
}
