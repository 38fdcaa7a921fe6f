use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value;

use super::difference::{Difference, shown};
use super::tape::{Line, Tape};
use super::{Played, ReplayError};
use crate::effect::{Effect, Failure, Outcome, Perform, Reply};
use crate::recording::{EffectLine, Header, Redaction, is_stand_in};
use crate::sandbox::Call;

/// What is wrong with a line that is not of the call that runs.
const IN_BETWEEN: &str = "it is in the middle of another call";

/// The only layer of a replay: answers each effect with what was recorded.
pub(super) struct Playback(pub(super) Rc<RefCell<Scene>>);

/// Where in a recording one backend is.
pub(super) struct Scene {
    tape: Rc<RefCell<Tape>>,
    pub(super) played: Played,
    /// The secrets of the recording are redacted.
    redacted: bool,
    /// The instance has not had all the calls of the recorded one: it may lack what that
    /// one kept of them.
    is_another: bool,
    call: &'static str,
    /// The backend was given something that is redacted: where it does something
    /// else from now on, that may be why.
    doubtful: bool,
    /// Why the call was ended.
    end: Option<End>,
}

/// Why a call does not go on.
pub(super) enum End {
    Difference(Difference),
    /// What follows depends on what is redacted.
    Redacted,
    Failed(ReplayError),
}

impl From<ReplayError> for End {
    fn from(error: ReplayError) -> Self {
        Self::Failed(error)
    }
}

impl Perform for Playback {
    fn perform(&mut self, effect: &Effect) -> Outcome {
        let scene = &mut *self.0.borrow_mut();
        scene.follow(effect).unwrap_or_else(|end| {
            scene.end = Some(end);
            // Ends the instance: what it would still do means nothing.
            Err(Failure::OutOfTime)
        })
    }
}

impl Scene {
    pub(super) fn new(header: &Header, tape: Rc<RefCell<Tape>>) -> Self {
        Self {
            tape,
            played: Played {
                backend: header.backend.clone(),
                calls: 0,
                effects: 0,
                partly: 0,
            },
            redacted: header.redacted,
            is_another: false,
            call: "",
            doubtful: false,
            end: None,
        }
    }

    /// Another instance begins, as in the recording.
    pub(super) fn restart(&mut self, header: &Header) {
        self.redacted = header.redacted;
        self.is_another = false;
    }

    pub(super) fn begin(&mut self, call: &Call) {
        self.call = call.name();
        self.doubtful = self.is_another || self.redacted && call.is_redacted();
        self.end = None;
    }

    /// Compares the end of a call and what it answered.
    pub(super) fn conclude(&mut self, answer: Value) -> Result<(), End> {
        if let Some(end) = self.end.take() {
            return Err(end);
        }
        let tape = Rc::clone(&self.tape);
        let tape = &mut *tape.borrow_mut();
        match tape.peek()? {
            None => return Err(self.unfinished().into()),
            Some(line) if line.backend() != self.played.backend => {}
            Some(Line::Effect(line)) => return Err(self.differs(Some(&line.effect), None)),
            Some(Line::Result(line)) if line.result == answer => {
                tape.take()?;
                self.played.calls += 1;
                return Ok(());
            }
            Some(Line::Result(_)) if self.doubtful => return Err(End::Redacted),
            Some(Line::Result(line)) => {
                return Err(End::Difference(Difference {
                    backend: self.played.backend.clone(),
                    call: self.call,
                    effect: None,
                    expected: Some(line.result.clone()),
                    got: Some(answer),
                }));
            }
            Some(_) => {}
        }
        Err(tape.malformed(IN_BETWEEN).into())
    }

    /// Passes over the rest of a call, which has ended the instance.
    pub(super) fn skip(&mut self) -> Result<(), ReplayError> {
        self.is_another = true;
        let tape = Rc::clone(&self.tape);
        let tape = &mut *tape.borrow_mut();
        loop {
            match tape.take()? {
                None => return Err(self.unfinished()),
                Some(line) if line.backend() != self.played.backend => break,
                Some(Line::Effect(_)) => {}
                Some(Line::Result(_)) => {
                    self.played.calls += 1;
                    self.played.partly += 1;
                    return Ok(());
                }
                Some(_) => break,
            }
        }
        Err(tape.malformed(IN_BETWEEN))
    }

    /// The outcome of the next effect, where it is the recorded one.
    fn follow(&mut self, effect: &Effect) -> Result<Outcome, End> {
        let tape = Rc::clone(&self.tape);
        let tape = &mut *tape.borrow_mut();
        let redaction = Redaction::default();
        let got = match self.redacted {
            true => redaction.effect(effect).into_owned(),
            false => effect.clone(),
        };
        let line = match tape.peek()? {
            None => return Err(self.unfinished().into()),
            Some(Line::Result(_)) => return Err(self.differs(None, Some(&got))),
            Some(Line::Effect(line)) if line.backend == self.played.backend.as_str() => line,
            Some(_) => return Err(tape.malformed(IN_BETWEEN).into()),
        };
        if !self.same(&line.effect, &got) {
            let expected = line.effect.clone();
            return Err(self.differs(Some(&expected), Some(&got)));
        }
        if line
            .outcome
            .as_ref()
            .as_ref()
            .is_ok_and(|reply| !reply.fits(effect))
        {
            return Err(tape
                .malformed("its outcome is none of such an effect")
                .into());
        }
        self.played.effects += 1;
        let Some(Line::Effect(line)) = tape.take()? else {
            return Err(self.unfinished().into());
        };
        let EffectLine { outcome, .. } = *line;
        let outcome = outcome.into_owned();
        self.doubtful |= self.redacted && is_redacted(&outcome);
        Ok(outcome)
    }

    fn same(&self, expected: &Effect, got: &Effect) -> bool {
        match self.doubtful {
            true => expected.without_contents() == got.without_contents(),
            false => expected == got,
        }
    }

    /// A difference in the next effect, unless it may come of what is redacted.
    fn differs(&self, expected: Option<&Effect>, got: Option<&Effect>) -> End {
        if self.doubtful {
            return End::Redacted;
        }
        End::Difference(Difference {
            backend: self.played.backend.clone(),
            call: self.call,
            effect: Some(self.played.effects + 1),
            expected: expected.map(shown),
            got: got.map(shown),
        })
    }

    fn unfinished(&self) -> ReplayError {
        ReplayError::Unfinished {
            backend: self.played.backend.clone(),
            call: self.call,
            effects: self.played.effects,
        }
    }
}

fn is_redacted(outcome: &Outcome) -> bool {
    match outcome {
        Ok(Reply::Bytes(bytes)) => is_stand_in(&bytes.0),
        Ok(Reply::Output(output)) => is_stand_in(&output.stdout.0),
        _ => false,
    }
}
