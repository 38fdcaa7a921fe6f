use hermes_backend_sdk::sockets;
use hermes_backend_sdk::types::Error;

use crate::failure;
use crate::scope::Scope;

/// Why there is no manager to talk to.
pub(crate) enum Unreached {
    /// It is there and gives no answer.
    Silent(Scope),
    /// None is there that this user may command; of the first one that was tried.
    Absent(sockets::Error),
}

impl From<Unreached> for Error {
    fn from(unreached: Unreached) -> Self {
        Self::Unavailable(match unreached {
            Unreached::Silent(scope) => format!(
                "{} does not answer in time: try again, and see what `{} is-system-running` says",
                scope.whose(),
                scope.systemctl()
            ),
            Unreached::Absent(error) => {
                format!("no systemd answers: {}", failure::words(&error))
            }
        })
    }
}
