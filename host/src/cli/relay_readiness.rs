use super::environment::Environment;
use super::report::Exit;
use super::{CommandError, Result};
use crate::gateway::launch::{Notification, ReadinessRelay};
use crate::os_error;

/// What `gateway run` starts beside a gateway that tells when it is ready.
pub(super) fn run(detached: bool) -> Result {
    let done = match (detached, Environment::read().notify_socket) {
        (false, _) => ReadinessRelay::detach(),
        (true, Some(address)) => {
            ReadinessRelay::run(&Notification::Socket { address }, std::io::stdin())
        }
        (true, None) => Ok(()),
    };
    match done {
        Ok(()) => Ok(Exit::Done),
        Err(error) => Err(CommandError::new(
            Exit::Failed,
            format!(
                "cannot tell systemd that the gateway is ready: {}",
                os_error::words(&error)
            ),
        )),
    }
}
