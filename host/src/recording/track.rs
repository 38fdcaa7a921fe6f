use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use super::{CallLine, EffectLine, FORMAT, Header, Recording, Redaction, ResultLine};
use crate::dbus;
use crate::effect::{Effect, Outcome};

/// The lines of one backend in a recording.
#[derive(Clone)]
pub struct Track {
    backend: String,
    recording: Recording,
}

impl Track {
    /// Writes the header. `digest`: of the component, `contract`: what it speaks.
    pub fn begin(recording: Recording, backend: String, digest: &str, contract: &str) -> Self {
        recording.write(&Header {
            recording: FORMAT,
            backend: backend.clone(),
            digest: digest.to_owned(),
            contract: contract.to_owned(),
            host: env!("CARGO_PKG_VERSION").to_owned(),
            redacted: recording.redact(|_| ()).is_some(),
        });
        Self { backend, recording }
    }

    /// What `act` answers; `None` where nothing is to be redacted.
    pub fn redact<T>(&self, act: impl FnOnce(&mut Redaction) -> T) -> Option<T> {
        self.recording.redact(act)
    }

    /// `call` has to be redacted already.
    pub fn call(&self, call: &impl Serialize) {
        self.recording.write_call(&CallLine {
            backend: self.backend.as_str().into(),
            call,
        });
    }

    pub fn result(&self, result: &impl Serialize, took: Duration) {
        let backend = self.backend.as_str().into();
        let duration_ns = nanoseconds(took);
        // Only now, as it is a copy of the whole.
        let redacted = self.redact(|redaction| redaction.value(result)).flatten();
        match redacted {
            Some(result) => self.recording.write(&ResultLine {
                backend,
                result,
                duration_ns,
            }),
            None => self.recording.write(&ResultLine {
                backend,
                result,
                duration_ns,
            }),
        }
    }

    /// Whether lines still arrive.
    pub(super) fn is_written(&self) -> bool {
        self.recording.is_written()
    }

    pub(super) fn effect(
        &self,
        number: u64,
        at: Option<&str>,
        effect: &Effect,
        outcome: &Outcome,
        took: Duration,
    ) {
        let mut calls = match effect {
            Effect::Send { bytes, .. } => dbus::calls(&bytes.0),
            _ => Vec::new(),
        };
        let redacted = self.redact(|redaction| {
            for call in &mut calls {
                *call = redaction.words(call);
            }
            let outcome = redaction.outcome(effect, outcome);
            (redaction.effect(effect), outcome)
        });
        let (effect, outcome) = redacted.unwrap_or((Cow::Borrowed(effect), Cow::Borrowed(outcome)));
        self.recording.write_effect(&EffectLine {
            number,
            backend: self.backend.as_str().into(),
            at: at.map(Cow::Borrowed),
            calls,
            effect,
            outcome,
            duration_ns: nanoseconds(took),
        });
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
