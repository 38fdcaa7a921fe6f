//! A profile that cannot be used is no reason to let its gateway run on.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::operation::{Happened, is_older, is_so};
use super::verb::Verb;
use crate::backend::{Action, Answers, Backend, BackendError, confirm};

/// Stops services of which only the supervisor knows: nothing is locked, and
/// nothing recorded.
pub fn stop_without_profile(
    backend: &mut Backend,
    services: &[String],
    wait: Option<Duration>,
) -> Result<Answers<Happened>, BackendError> {
    let (began, clock) = (Timestamp::now(), Instant::now());
    let answers = backend.control(&Action::Stop, services, wait)?;
    let took = clock.elapsed();
    let mut statuses = match wait {
        Some(_) => backend.status(services)?,
        None => Vec::new(),
    }
    .into_iter();
    Ok(answers
        .into_iter()
        .map(|answer| {
            let status = statuses.next().and_then(Result::ok);
            confirm(true, answer, status.as_ref()).map(|()| Happened {
                was_wanted: false,
                already: status
                    .as_ref()
                    .is_some_and(|status| is_so(Verb::Stop, status) && is_older(status, began)),
                status,
                took,
            })
        })
        .collect())
}
