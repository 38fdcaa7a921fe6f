use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::effect::{Bytes, Effect, Expectation, Failure, Outcome, Output, PathAction, Reply};

const STAND_IN: &str = "redacted:sha256:";

/// A backend that asks for no more bytes of a file expects the state of a
/// supervisor there: it has to stay for a replay to go the same way.
const SHORT: u32 = 64;

/// Bytes without a space in between that no state has, and a key does.
const KEY: usize = 16;

/// A secret that is shorter is not looked for in other words: it may be part of
/// any of them.
const FINDABLE: usize = 8;

/// Keeps secrets out of a recording: `redacted:sha256:DIGEST:LENGTH` stands for
/// each value of an environment, for the contents of files, except short states
/// that were read, and for what went through connections and came from commands.
///
/// Names, paths, numbers and the bytes of FIFOs stay. In words, the values of
/// environments are replaced where they stand literally.
#[derive(Default)]
pub struct Redaction {
    /// Values of environments and what stands for them, the longest first.
    secrets: Vec<(String, String)>,
}

/// Whether this stands for something that is not there.
pub fn is_stand_in(text: &[u8]) -> bool {
    text.starts_with(STAND_IN.as_bytes())
}

impl Redaction {
    /// What stands for the value of a variable, here and wherever it is met later.
    pub fn secret(&mut self, value: &str) -> String {
        if value.is_empty() || is_stand_in(value.as_bytes()) {
            return value.to_owned();
        }
        let hidden = stand_in(value.as_bytes());
        let known = self.secrets.iter().any(|(secret, _)| secret == value);
        if value.len() >= FINDABLE && !known {
            self.secrets.push((value.to_owned(), hidden.clone()));
            self.secrets
                .sort_by_key(|(secret, _)| std::cmp::Reverse(secret.len()));
        }
        hidden
    }

    pub fn effect<'a>(&self, effect: &'a Effect) -> Cow<'a, Effect> {
        let mut redacted = effect.clone();
        match &mut redacted {
            Effect::Path {
                action: PathAction::Write { contents, .. } | PathAction::CreateFile { contents, .. },
                ..
            } => hide(contents),
            Effect::Path {
                action:
                    PathAction::Expect {
                        expectation,
                        meaning,
                    },
                ..
            } => {
                if let Expectation::Contents(contents) = expectation {
                    hide(contents);
                }
                *meaning = self.words(meaning);
            }
            Effect::Path {
                action: PathAction::Signal { meaning, .. },
                ..
            } => *meaning = self.words(meaning),
            Effect::Send { bytes, .. } => hide(bytes),
            Effect::Log { message, .. } => *message = self.words(message),
            Effect::Run { arguments, .. } => {
                for argument in arguments {
                    *argument = self.words(argument);
                }
            }
            _ => return Cow::Borrowed(effect),
        }
        Cow::Owned(redacted)
    }

    pub(super) fn outcome<'a>(&self, effect: &Effect, outcome: &'a Outcome) -> Cow<'a, Outcome> {
        Cow::Owned(match outcome {
            Ok(Reply::Bytes(bytes)) if !stays(effect, bytes) => {
                Ok(Reply::Bytes(Bytes(stand_in(&bytes.0).into_bytes())))
            }
            Ok(Reply::Output(output)) => {
                let mut output: Output = output.clone();
                hide(&mut output.stdout);
                hide(&mut output.stderr);
                Ok(Reply::Output(output))
            }
            Err(Failure::Other(words)) => Err(Failure::Other(self.words(words))),
            _ => return Cow::Borrowed(outcome),
        })
    }

    /// A result with its words redacted; `None` where there is nothing to find.
    pub(super) fn value(&self, result: &impl Serialize) -> Option<Value> {
        if self.secrets.is_empty() {
            return None;
        }
        let mut value = serde_json::to_value(result).ok()?;
        self.replace(&mut value);
        Some(value)
    }

    fn replace(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.words(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.replace(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    pub(super) fn words(&self, text: &str) -> String {
        let secrets = self.secrets.iter();
        secrets.fold(text.to_owned(), |text, (secret, hidden)| {
            text.replace(secret, hidden)
        })
    }
}

fn hide(bytes: &mut Bytes) {
    bytes.0 = stand_in(&bytes.0).into_bytes();
}

fn stand_in(bytes: &[u8]) -> String {
    use std::fmt::Write;

    let digest = Sha256::digest(bytes);
    let mut text = STAND_IN.to_owned();
    for byte in digest {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    let _ = write!(text, ":{}", bytes.len());
    text
}

/// Whether bytes from the machine are a state and no secret.
fn stays(effect: &Effect, bytes: &Bytes) -> bool {
    match effect {
        Effect::Receive { .. } => true,
        Effect::ReadGranted { limit, .. }
        | Effect::Path {
            action: PathAction::Read { limit },
            ..
        } => {
            *limit <= SHORT
                && bytes
                    .0
                    .split(|byte| !byte.is_ascii_graphic())
                    .all(|word| word.len() < KEY)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
