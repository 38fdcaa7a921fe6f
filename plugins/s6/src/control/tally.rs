use super::operation::Operation;
use crate::subscription::{DOWN, UP, count};

/// How many of those that a command stops run still, by what s6-supervise says. Which
/// service an event is about cannot be told, but each of them ends once.
pub(super) struct Tally {
    /// `None`: one that is said to be down may run, and its end would count for another's.
    running: Option<usize>,
}

impl Tally {
    pub(super) fn of(operations: &[Operation]) -> Self {
        let mut stopping = operations.iter().filter(|one| one.is_stopping());
        let count = stopping.clone().count();
        Self {
            running: stopping.all(Operation::has_process).then_some(count),
        }
    }

    pub(super) fn hear(&mut self, operations: &mut [Operation], events: &[u8]) {
        if let [only] = operations {
            return only.hear(events);
        }
        let Some(running) = &mut self.running else {
            return;
        };
        *running = (*running + count(events, UP)).saturating_sub(count(events, DOWN));
        if *running == 0 {
            for operation in operations.iter_mut().filter(|one| one.is_stopping()) {
                operation.hear(&[DOWN]);
            }
        }
    }
}
