use std::time::Duration;

use crate::backend::{
    Action, Answers, Backend, BackendError, Phase, ServiceError, ServiceStatus, left_behind,
};

/// Starts those of `services` that were `told` to start and that a start did not: they are said
/// to run as processes that there are not, as their supervisor could not write down that they
/// have ended; or a supervisor that died may have left one behind, and has not. To what does
/// not run a restart is a start.
///
/// `answers`, `statuses`: those of all, which become what they are then.
pub fn revive(
    backend: &mut Backend,
    services: &[String],
    answers: &mut Answers<()>,
    statuses: &mut Answers<ServiceStatus>,
    wait: Option<Duration>,
    told: impl Fn(&str) -> bool,
) -> Result<(), BackendError> {
    let lost: Vec<_> = services
        .iter()
        .zip(answers.iter_mut().zip(statuses))
        .filter(|(service, (answer, status))| told(service) && is_lost(answer, status))
        .collect();
    if lost.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = lost.iter().map(|(service, _)| (*service).clone()).collect();
    let restarted = backend.control(&Action::Restart, &names, wait)?;
    let seen = backend.status(&names)?;
    for ((_, (answer, status)), (restarted, seen)) in
        lost.into_iter().zip(restarted.into_iter().zip(seen))
    {
        // Where the end of a process could not be written, that is what is wrong.
        if restarted.is_err() || seen.is_ok() {
            *answer = restarted;
        }
        if seen.is_ok() {
            *status = seen;
        }
    }
    Ok(())
}

fn is_lost(
    answer: &Result<(), ServiceError>,
    status: &Result<ServiceStatus, ServiceError>,
) -> bool {
    match (answer, status) {
        (_, Err(ServiceError::Stale { .. })) => true,
        (Err(ServiceError::Unavailable(_)), Ok(status)) => {
            status.phase == Phase::Down && left_behind(status).is_none()
        }
        _ => false,
    }
}
