//! A supervisor that cannot write its status, as in a full scan directory, leaves
//! words of a process behind that is gone.

use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::{Answers, ServiceError, ServiceStatus};

/// A supervisor that is able to notes the end of a process in far less than this.
pub(super) const LOOKS: u32 = 10;
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// Whether one of the services is said to run as a process that there is not.
pub(super) fn any(answers: &Answers<ServiceStatus>) -> bool {
    answers
        .iter()
        .any(|answer| answer.as_ref().is_ok_and(|status| pid(status).is_some()))
}

/// What is said of such a process is no answer.
pub(super) fn refuse(answers: &mut Answers<ServiceStatus>) {
    for answer in answers {
        if let Some(pid) = answer.as_ref().ok().and_then(pid) {
            *answer = Err(ServiceError::Stale { pid });
        }
    }
}

/// The process that a service is said to be, where there is none. One of another
/// account is there, too.
fn pid(status: &ServiceStatus) -> Option<u32> {
    let said = status.pid?;
    let pid = Pid::from_raw(i32::try_from(said).ok()?)?;
    (test_kill_process(pid) == Err(Errno::SRCH)).then_some(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{Phase, RunState};

    fn running(pid: Option<u32>) -> ServiceStatus {
        ServiceStatus {
            phase: Phase::Ready,
            wanted: RunState::Up,
            pid,
            since: None,
            last_exit: None,
            restarts: None,
            note: None,
        }
    }

    #[test]
    fn only_a_process_that_there_is_not_is_refused() {
        // More than any kernel gives (`PID_MAX_LIMIT`).
        let nobody = 1 << 23;
        let mut answers = vec![
            Ok(running(Some(std::process::id()))),
            Ok(running(Some(1))),
            Ok(running(None)),
            Ok(running(Some(nobody))),
            Err(ServiceError::NotRegistered),
        ];
        assert!(any(&answers));
        refuse(&mut answers);
        assert!(!any(&answers));
        assert_eq!(answers[3], Err(ServiceError::Stale { pid: nobody }));
        assert_eq!(answers[4], Err(ServiceError::NotRegistered));
        assert!(answers[..3].iter().all(Result::is_ok));
    }
}
