//! What is known of a service whose drop-in is gone or cannot be read: systemd may run
//! it all the same.

use hermes_backend_sdk::types::Error;

use crate::manager::{Manager, Property, Question};
use crate::unit::{profile_of, unit};
use crate::unit_directory::UnitDirectory;
use crate::unit_state::UnitState;

/// For which home systemd runs something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whose {
    Ours,
    Other(String),
    /// It says none, or does not run.
    Unknown,
}

/// Whether an answer about a drop-in says that something is in the way of reading it.
pub(crate) fn is_unreadable(error: &Error) -> bool {
    matches!(error, Error::Other(_) | Error::PermissionDenied(_))
}

/// For each service, in their order, as its working directory says. What is down is not
/// asked about: systemd would read its files for it.
pub(crate) fn whose(
    manager: &mut Manager,
    directory: &UnitDirectory,
    services: &[&str],
    states: &[UnitState],
) -> Result<Vec<Whose>, Error> {
    let runs: Vec<bool> = states.iter().map(|state| !state.is_down()).collect();
    let both = services.iter().zip(&runs);
    let running = both.filter(|(_, runs)| **runs);
    let units: Vec<String> = running.map(|(service, _)| unit(service)).collect();
    let questions: Vec<Question> = units
        .iter()
        .map(|unit| Question {
            unit,
            interface: "Service",
            property: "WorkingDirectory",
        })
        .collect();
    let mut answers = manager.properties(&questions)?.into_iter();
    Ok(services
        .iter()
        .zip(runs)
        .map(|(service, runs)| match runs.then(|| answers.next()) {
            Some(Some(Some(Property::Text(place)))) => {
                let ours = directory.profile_directory(service);
                of_place(&place, &ours, profile_of(service))
            }
            _ => Whose::Unknown,
        })
        .collect())
}

/// `ours`: where a profile of this home lies.
fn of_place(place: &str, ours: &str, profile: &str) -> Whose {
    if place == ours {
        return Whose::Ours;
    }
    let home = match profile {
        "default" => Some(place),
        profile => place
            .strip_suffix(profile)
            .and_then(|rest| rest.strip_suffix("/profiles/")),
    };
    match home {
        Some(home) if home.starts_with('/') => Whose::Other(home.to_owned()),
        _ => Whose::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_working_directory_tells_the_home() {
        let other = |home: &str| Whose::Other(home.into());
        for (place, ours, profile, expected) in [
            ("/data", "/data", "default", Whose::Ours),
            ("/srv/b", "/data", "default", other("/srv/b")),
            ("", "/data", "default", Whose::Unknown),
            ("/data/profiles/a", "/data/profiles/a", "a", Whose::Ours),
            (
                "/srv/b/profiles/a",
                "/data/profiles/a",
                "a",
                other("/srv/b"),
            ),
            ("/srv/work", "/data/profiles/a", "a", Whose::Unknown),
            ("/profiles/a", "/data/profiles/a", "a", Whose::Unknown),
            ("", "/data/profiles/a", "a", Whose::Unknown),
        ] {
            assert_eq!(of_place(place, ours, profile), expected, "{place} {ours}");
        }
    }
}
