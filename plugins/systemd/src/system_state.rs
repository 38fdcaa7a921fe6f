//! What a systemd says of itself, and what that means for services.

use hermes_backend_sdk::types::Error;

use crate::scope::Scope;

/// Refuses to start anything with one that is on its way down, or that was booted
/// to be repaired.
pub(crate) fn check_starts(scope: Scope, state: &str) -> Result<(), Error> {
    if is_in_service(state) {
        return Ok(());
    }
    Err(Error::Unavailable(format!(
        "{} is {}, so it starts no gateway: {}",
        scope.whose(),
        in_words(state),
        match state {
            "maintenance" => format!("{} default ends that", scope.systemctl()),
            _ => "wait for its next boot".to_owned(),
        }
    )))
}

/// Whether a systemd in this state is there to run services. A single failed unit
/// degrades a machine.
fn is_in_service(state: &str) -> bool {
    matches!(state, "initializing" | "starting" | "running" | "degraded")
}

/// As in "it is running".
pub(crate) fn in_words(state: &str) -> &str {
    match state {
        "maintenance" => "in maintenance",
        state => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_up_for_services_starts_some() {
        for (state, words) in [
            ("initializing", None),
            ("starting", None),
            ("running", None),
            ("degraded", None),
            (
                "maintenance",
                Some(
                    "the machine's systemd is in maintenance, so it starts no gateway: \
                     systemctl default ends that",
                ),
            ),
            (
                "stopping",
                Some(
                    "the machine's systemd is stopping, so it starts no gateway: wait for its \
                     next boot",
                ),
            ),
        ] {
            let expected = words.map(|words| Error::Unavailable(words.into()));
            assert_eq!(
                check_starts(Scope::System, state).err(),
                expected,
                "{state}"
            );
        }
    }
}
