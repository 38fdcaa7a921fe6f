//! How many requests are being answered.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// More at once are turned away, to bound threads.
const MAX: usize = 32;

/// The requests being answered right now.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    count: Mutex<usize>,
    done: Condvar,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Ticket(Arc<InFlight>);

impl InFlight {
    /// `None` when there are too many.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Ticket> {
        let mut count = self.lock();
        (*count < MAX).then(|| {
            *count += 1;
            Ticket(Arc::clone(self))
        })
    }

    /// Waits until all are answered, at most this long; returns how many are
    /// not.
    pub(super) fn drain(&self, budget: Duration) -> usize {
        let count = self.lock();
        let (count, _) = self
            .done
            .wait_timeout_while(count, budget, |count| *count > 0)
            .unwrap_or_else(PoisonError::into_inner);
        *count
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        *self.0.lock() -= 1;
        self.0.done.notify_all();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_limit_and_a_wait() {
        let in_flight = Arc::new(InFlight::default());
        let mut tickets: Vec<_> = (0..MAX).map(|_| in_flight.enter().unwrap()).collect();
        assert!(in_flight.enter().is_none());
        assert_eq!(in_flight.drain(Duration::ZERO), MAX);

        tickets.pop();
        tickets.push(in_flight.enter().unwrap());

        let last = std::thread::spawn(move || drop(tickets));
        assert_eq!(in_flight.drain(Duration::from_mins(1)), 0);
        last.join().unwrap();
    }
}
