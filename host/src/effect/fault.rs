//! Faults on request: how a backend takes what a machine does to it one day.

use std::cell::Cell;
use std::num::NonZeroU64;
use std::rc::Rc;
use std::str::FromStr;

use rustix::process::{Signal, getpid, kill_process};
use thiserror::Error;

use super::{Denial, Effect, Failure, Outcome, PathAction, Perform, place};

/// One fault, at the effect that has this number in a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub number: NonZeroU64,
    pub kind: FaultKind,
}

/// What happens instead of an effect, or right after it.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// It is refused as if no grant allowed it.
    Deny,
    /// It fails and nothing is done.
    Fail(Failure),
    /// The process ends as by SIGKILL, and nothing is done.
    KillBefore,
    /// The process ends as by SIGKILL once it is done.
    KillAfter,
}

impl FaultKind {
    /// All of them by their names: the errors of the contract's interfaces as
    /// `wit/` calls them, `io` and `too-many-files` for its `other`, `out-of-time`
    /// for the deadline of the whole operation.
    pub const NAMES: [&'static str; 21] = [
        "not-granted",
        "not-found",
        "already-exists",
        "permission-denied",
        "not-a-directory",
        "is-a-directory",
        "not-empty",
        "read-only",
        "no-space",
        "escapes",
        "no-reader",
        "would-block",
        "too-large",
        "timed-out",
        "refused",
        "closed",
        "too-many-files",
        "out-of-time",
        "io",
        "kill-before",
        "kill-after",
    ];

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "kill-before" => Self::KillBefore,
            "kill-after" => Self::KillAfter,
            "not-granted" => Self::Deny,
            "io" => Self::Fail(rustix::io::Errno::IO.into()),
            // A trace calls the others by the same names.
            _ => Self::Fail(serde_json::from_value(name.into()).ok()?),
        })
    }
}

/// Why a text is no [`Fault`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FaultError {
    #[error("write the number of an effect, a colon and a fault: 7:no-space")]
    Malformed,
    #[error("effects are counted from 1 to {}", u64::MAX)]
    Number,
    #[error("there is no such fault; there are {}", FaultKind::NAMES.join(", "))]
    Unknown,
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (number, kind) = text.split_once(':').ok_or(FaultError::Malformed)?;
        // `parse` would also take a sign and leading zeros.
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(FaultError::Malformed);
        }
        let counted = !number.starts_with('0');
        Ok(Self {
            number: number
                .parse()
                .ok()
                .filter(|_| counted)
                .ok_or(FaultError::Number)?,
            kind: FaultKind::named(kind).ok_or(FaultError::Unknown)?,
        })
    }
}

/// A fault on its way to its effect, in whichever instance that occurs.
#[derive(Debug, Clone)]
pub struct Injection {
    pub fault: Fault,
    progress: Rc<Cell<Progress>>,
}

/// How far an [`Injection`] has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// No instance has come to that effect.
    Waiting,
    /// The effect came, but the contract gives it no way to fail.
    CannotFail,
    Injected,
}

impl Injection {
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            progress: Rc::new(Cell::new(Progress::Waiting)),
        }
    }

    pub fn progress(&self) -> Progress {
        self.progress.get()
    }
}

/// Injects one fault. It stands right below the trace, which thereby counts as
/// it does and shows what was injected; what is killed before its effect, or
/// after it, is the line that the trace ends without.
pub struct Faulty<P> {
    backend: String,
    number: u64,
    injection: Injection,
    below: P,
}

impl<P: Perform> Faulty<P> {
    pub fn new(backend: String, injection: Injection, below: P) -> Self {
        Self {
            backend,
            number: 0,
            injection,
            below,
        }
    }

    fn inject(&mut self, effect: &Effect) -> Outcome {
        let kind = self.injection.fault.kind.clone();
        let fails = match &kind {
            FaultKind::KillBefore | FaultKind::KillAfter => true,
            FaultKind::Fail(Failure::OutOfTime) => !effect.closes(),
            FaultKind::Deny | FaultKind::Fail(_) => can_fail(effect),
        };
        self.injection.progress.set(match fails {
            true => Progress::Injected,
            false => Progress::CannotFail,
        });
        match kind {
            _ if !fails => self.below.perform(effect),
            FaultKind::Deny => Err(Failure::NotGranted(self.denial(effect))),
            FaultKind::Fail(failure) => Err(failure),
            FaultKind::KillBefore => die(),
            FaultKind::KillAfter => {
                let _ = self.below.perform(effect);
                die()
            }
        }
    }

    fn denial(&self, effect: &Effect) -> Denial {
        let (capability, argument) = match effect {
            Effect::Path { path, action, .. } => (format!("files.{}", action.name()), path.clone()),
            Effect::Open { label } => ("files.open".into(), format!("label {label}")),
            Effect::ReadGranted { label, .. } => {
                ("files.read-granted".into(), format!("label {label}"))
            }
            Effect::Connect { label, .. } => ("sockets.connect".into(), format!("label {label}")),
            Effect::Run { label, .. } => ("commands.run".into(), format!("label {label}")),
            _ => ("a capability".into(), "an open handle".into()),
        };
        Denial {
            backend: self.backend.clone(),
            capability,
            argument: place::shown(&argument),
            missing: "none, the refusal was injected".into(),
        }
    }
}

impl<P: Perform> Perform for Faulty<P> {
    fn perform(&mut self, effect: &Effect) -> Outcome {
        self.number += 1;
        if self.number == self.injection.fault.number.get()
            && self.injection.progress() == Progress::Waiting
        {
            return self.inject(effect);
        }
        self.below.perform(effect)
    }
}

/// Whether the contract gives the effect an error to answer.
fn can_fail(effect: &Effect) -> bool {
    !effect.closes()
        && !matches!(
            effect,
            Effect::Now
                | Effect::Monotonic
                | Effect::Sleep { .. }
                | Effect::Log { .. }
                | Effect::Path {
                    action: PathAction::Expect { .. },
                    ..
                }
        )
}

/// Ends the process with nothing run on the way: no destructor, no handler.
fn die() -> ! {
    let _ = kill_process(getpid(), Signal::KILL);
    // Process 1 of a namespace is out of reach of its own signals.
    std::process::abort()
}

#[cfg(test)]
mod tests;
