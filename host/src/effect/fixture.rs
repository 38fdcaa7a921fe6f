//! A lowest layer that answers as told and remembers what reached it.

use std::cell::RefCell;
use std::rc::Rc;

use super::{Effect, Outcome, Perform, Reply};

#[derive(Clone, Default)]
pub(crate) struct Recorder {
    seen: Rc<RefCell<Vec<Effect>>>,
    answers: Rc<RefCell<Vec<Outcome>>>,
}

impl Recorder {
    /// Answers these in their order, and then `Done`.
    pub(crate) fn answering(answers: impl IntoIterator<Item = Outcome>) -> Self {
        let mut answers: Vec<Outcome> = answers.into_iter().collect();
        answers.reverse();
        Self {
            answers: Rc::new(RefCell::new(answers)),
            ..Self::default()
        }
    }

    /// What has reached it since this was last asked.
    pub(crate) fn take(&self) -> Vec<Effect> {
        self.seen.take()
    }
}

impl Perform for Recorder {
    fn perform(&mut self, effect: &Effect) -> Outcome {
        self.seen.borrow_mut().push(effect.clone());
        self.answers.borrow_mut().pop().unwrap_or(Ok(Reply::Done))
    }
}
