use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::{Effect, Expectation, Failure, Outcome, PathAction, Perform, Reply};

/// Labels and paths longer than this name nothing on a Linux machine.
const LONGEST_TEXT: usize = 4096;

/// Bytes that one effect may carry in or out.
pub(super) const MOST_BYTES: usize = 1 << 20;

/// Directories, listeners and connections open at once.
const MOST_HANDLES: usize = 1024;

/// Bytes of all words for the operator.
const MOST_WORDS: usize = 4 << 20;

/// When the running operation must be over. Set anew for each call of a
/// backend, read by [`Bounded`].
#[derive(Debug, Clone)]
pub struct Deadline(Rc<Cell<Instant>>);

impl Deadline {
    pub fn after(budget: Duration) -> Self {
        Self(Rc::new(Cell::new(Instant::now() + budget)))
    }

    pub fn set(&self, budget: Duration) {
        self.0.set(Instant::now() + budget);
    }

    fn left(&self) -> Option<Duration> {
        self.0
            .get()
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
    }
}

/// Caps what a backend can make the host hold, carry and wait for.
pub struct Bounded<P> {
    deadline: Deadline,
    handles: usize,
    words: usize,
    below: P,
}

impl<P: Perform> Bounded<P> {
    pub fn new(deadline: Deadline, below: P) -> Self {
        Self {
            deadline,
            handles: 0,
            words: 0,
            below,
        }
    }

    fn count(&mut self, effect: &Effect, outcome: &Outcome) {
        match outcome {
            Ok(Reply::Directory(_) | Reply::Listener(_) | Reply::Connection(_)) => {
                self.handles += 1;
            }
            _ if effect.closes() => self.handles = self.handles.saturating_sub(1),
            _ => {}
        }
    }

    /// Whether the operator would have to read more than anybody does.
    fn says_too_much(&mut self, effect: &Effect) -> bool {
        let Effect::Log { message, .. } = effect else {
            return false;
        };
        self.words = self.words.saturating_add(message.len());
        self.words > MOST_WORDS
    }

    /// Waits no longer than the operation may; `OutOfTime` where that is what
    /// ended the wait.
    fn shortened(&mut self, effect: &Effect, asked: u64, left: Duration) -> Outcome {
        let left = u64::try_from(left.as_nanos()).unwrap_or(u64::MAX);
        if asked <= left {
            return self.below.perform(effect);
        }
        let outcome = self.below.perform(&with_wait(effect, left));
        match outcome {
            Ok(Reply::Ready(ready)) if ready.is_empty() => Err(Failure::OutOfTime),
            Ok(Reply::Done) if matches!(effect, Effect::Sleep { .. }) => Err(Failure::OutOfTime),
            Err(Failure::TimedOut) => Err(Failure::OutOfTime),
            other => other,
        }
    }
}

impl<P: Perform> Perform for Bounded<P> {
    fn perform(&mut self, effect: &Effect) -> Outcome {
        if self.says_too_much(effect)
            || oversized(effect)
            || (opens(effect) && self.handles >= MOST_HANDLES)
        {
            return Err(Failure::TooLarge);
        }
        // What is held may always be let go.
        let outcome = if effect.closes() {
            self.below.perform(effect)
        } else {
            let left = self.deadline.left().ok_or(Failure::OutOfTime)?;
            match effect {
                Effect::Wait { timeout, .. }
                | Effect::Connect { timeout, .. }
                | Effect::Send { timeout, .. }
                | Effect::ReceiveFrom { timeout, .. } => self.shortened(effect, *timeout, left),
                Effect::Sleep { duration } => self.shortened(effect, *duration, left),
                _ => self.below.perform(effect),
            }
        };
        self.count(effect, &outcome);
        outcome
    }
}

fn with_wait(effect: &Effect, nanoseconds: u64) -> Effect {
    let mut effect = effect.clone();
    if let Effect::Wait { timeout: wait, .. }
    | Effect::Connect { timeout: wait, .. }
    | Effect::Send { timeout: wait, .. }
    | Effect::ReceiveFrom { timeout: wait, .. }
    | Effect::Sleep { duration: wait } = &mut effect
    {
        *wait = nanoseconds;
    }
    effect
}

fn opens(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Open { .. }
            | Effect::Connect { .. }
            | Effect::Path {
                action: PathAction::OpenDirectory | PathAction::Listen { .. },
                ..
            }
    )
}

fn oversized(effect: &Effect) -> bool {
    let read = |limit: &u32| *limit as usize > MOST_BYTES;
    match effect {
        Effect::Open { label } | Effect::Connect { label, .. } => label.len() > LONGEST_TEXT,
        Effect::ReadGranted { label, limit } => label.len() > LONGEST_TEXT || read(limit),
        Effect::Path { path, action, .. } => {
            path.len() > LONGEST_TEXT
                || match action {
                    PathAction::Read { limit } => read(limit),
                    PathAction::Write { contents, .. }
                    | PathAction::CreateFile { contents, .. } => contents.0.len() > MOST_BYTES,
                    PathAction::Signal { bytes, meaning } => {
                        bytes.0.len() > LONGEST_TEXT || meaning.len() > LONGEST_TEXT
                    }
                    PathAction::CreateSymlink { target: text }
                    | PathAction::CreateLink { new_path: text, .. }
                    | PathAction::Rename { new_path: text } => text.len() > LONGEST_TEXT,
                    PathAction::Expect {
                        expectation,
                        meaning,
                    } => {
                        meaning.len() > LONGEST_TEXT
                            || matches!(expectation, Expectation::Contents(contents)
                                if contents.0.len() > MOST_BYTES)
                    }
                    _ => false,
                }
        }
        Effect::Wait { listeners, .. } => listeners.len() > MOST_HANDLES,
        Effect::Send { bytes, .. } => bytes.0.len() > MOST_BYTES,
        Effect::ReceiveFrom { limit, .. } => read(limit),
        Effect::Run { label, arguments } => {
            label.len() + arguments.iter().map(String::len).sum::<usize>() > MOST_BYTES
        }
        Effect::Log { message, .. } => message.len() > MOST_BYTES,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
