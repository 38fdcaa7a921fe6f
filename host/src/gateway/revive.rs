use std::time::Duration;

use crate::backend::{Action, Answers, Backend, BackendError, ServiceError, ServiceStatus};

/// Starts those of `services` that were `told` to start and are said to run as processes that
/// there are not: their supervisor could not write down that they have ended, so that a start
/// finds nothing to do. To what does not run a restart is a start.
///
/// `statuses`: those of all, which become what they are then.
pub fn revive(
    backend: &mut Backend,
    services: &[String],
    statuses: &mut Answers<ServiceStatus>,
    wait: Option<Duration>,
    told: impl Fn(&str) -> bool,
) -> Result<(), BackendError> {
    let (names, lost): (Vec<String>, Vec<_>) = services
        .iter()
        .zip(statuses)
        .filter(|(service, status)| {
            told(service) && matches!(status, Err(ServiceError::Stale { .. }))
        })
        .map(|(service, status)| (service.clone(), status))
        .unzip();
    if names.is_empty() {
        return Ok(());
    }
    let restarted = backend.control(&Action::Restart, &names, wait)?;
    let seen = backend.status(&names)?;
    for (status, answers) in lost.into_iter().zip(restarted.into_iter().zip(seen)) {
        match answers {
            (Err(error), Ok(_)) => *status = Err(error),
            (Ok(()), Ok(seen)) => *status = Ok(seen),
            // That is still what is wrong.
            (_, Err(_)) => {}
        }
    }
    Ok(())
}
