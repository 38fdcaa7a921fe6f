//! One object of the settings, read key by key.
//!
//! What is asked for is known; what is left at the end is not.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::Invalid;
use crate::{json, text};

pub(super) struct Section {
    /// `gateway.restart.`; empty for the whole file.
    prefix: String,
    values: Map<String, Value>,
    known: Vec<&'static str>,
}

impl Section {
    /// The whole file.
    pub(super) fn root(bytes: &[u8]) -> Result<Self, Invalid> {
        json::object(bytes)
            .map(|values| Self::new(String::new(), values))
            .map_err(Invalid::Json)
    }

    fn new(prefix: String, values: Map<String, Value>) -> Self {
        Self {
            prefix,
            values,
            known: Vec::new(),
        }
    }

    /// The object under `key`, if there.
    pub(super) fn section(&mut self, key: &'static str) -> Result<Option<Self>, Invalid> {
        let prefix = format!("{}.", self.path(key));
        Ok(self.take(key)?.map(|values| Self::new(prefix, values)))
    }

    /// The value under `key`, if there.
    pub(super) fn take<T: DeserializeOwned>(
        &mut self,
        key: &'static str,
    ) -> Result<Option<T>, Invalid> {
        self.known.push(key);
        let Some(value) = self.values.remove(key) else {
            return Ok(None);
        };
        match serde_json::from_value(value) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(self.invalid(key, error)),
        }
    }

    /// The value under `key`, if there, which must be within `bounds`.
    pub(super) fn take_within<T>(
        &mut self,
        key: &'static str,
        bounds: &RangeInclusive<T>,
    ) -> Result<Option<T>, Invalid>
    where
        T: DeserializeOwned + PartialOrd + Display,
    {
        match self.take(key)? {
            Some(value) if !bounds.contains(&value) => {
                let (least, most) = (bounds.start(), bounds.end());
                Err(self.invalid(key, format_args!("{value} is not within {least} to {most}")))
            }
            value => Ok(value),
        }
    }

    /// An error about the value under `key`.
    pub(super) fn invalid(&self, key: &str, reason: impl Display) -> Invalid {
        Invalid::Value {
            key: self.path(key),
            reason: text::excerpt(&reason.to_string(), 200),
        }
    }

    /// Refuses the keys that nobody asked for.
    pub(super) fn finish(self) -> Result<(), Invalid> {
        let Some((key, _)) = self.values.iter().next() else {
            return Ok(());
        };
        Err(Invalid::UnknownKey {
            key: self.path(key),
            nearest: nearest(key, self.known.iter().copied()).map(|key| self.path(key)),
            known: self.known,
        })
    }

    fn path(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }
}

/// The candidate that `word` is most likely a misspelling of.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}
