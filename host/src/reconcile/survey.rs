//! What every profile's gateway is to be, without changing anything.

use thiserror::Error;

use super::decision::{Decision, decide};
use crate::gateway::intent::{Intent, IntentError};
use crate::gateway::legacy_state::{LegacyState, PriorExit};
use crate::profile::{Home, Profile, ProfileError};

/// A profile, open, with what its gateway is to be.
#[derive(Debug)]
pub struct Surveyed {
    pub profile: Profile,
    pub decision: Decision,
    /// A state that could not be read, and so did not count.
    pub problem: Option<StateProblem>,
}

/// Why a profile's state did not count.
#[derive(Debug, Error)]
pub enum StateProblem {
    #[error(transparent)]
    Intent(IntentError),
    /// Fit to show.
    #[error("{0}")]
    Legacy(String),
}

impl StateProblem {
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Intent(error) => error.hint(),
            // An intent outweighs it from then on.
            Self::Legacy(_) => {
                Some("say what the gateway is to be: hermes-host gateway start, or stop".to_owned())
            }
        }
    }
}

/// All profiles of a home, `default` first and the others sorted, each with its
/// name fit to show. One that cannot be used never stops the rest.
///
/// Each profile holds a descriptor: dropping it before the next is asked for
/// needs few of them, however many profiles there are.
pub fn survey(home: &Home) -> impl Iterator<Item = (String, Result<Surveyed, ProfileError>)> {
    home.profiles()
        .map(|(name, profile)| (name, profile.map(Surveyed::new)))
}

impl Surveyed {
    /// Reads the state of one profile.
    pub fn new(profile: Profile) -> Self {
        let intent = Intent::load(profile.dir());
        // One file less to open for every profile that has an intent.
        let legacy = match &intent {
            Ok(None) => LegacyState::load(profile.dir()),
            _ => LegacyState::Missing,
        };
        let decision = decide(&intent, &legacy);
        let problem = match (intent, legacy) {
            (Err(error), _) => Some(StateProblem::Intent(error)),
            (_, LegacyState::Corrupt(reason)) => Some(StateProblem::Legacy(reason)),
            _ => None,
        };
        Self {
            profile,
            decision,
            problem,
        }
    }

    /// What the operator wants, in a word: `unknown` where what is stored cannot be read.
    pub fn wanted(&self) -> &'static str {
        match self.problem {
            Some(_) => "unknown",
            None => self.decision.desired.as_str(),
        }
    }

    /// How the gateway's last process ended, read now: only the boot log asks.
    pub fn prior_exit(&self) -> PriorExit {
        PriorExit::load(self.profile.dir())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;
    use crate::gateway::intent::{self, Desired};
    use crate::gateway::legacy_state;
    use crate::profile::{HomePath, PERSONA};

    fn make(path: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(path).unwrap();
        fs::write(path.join(PERSONA), "soul").unwrap();
        for (name, contents) in files {
            fs::write(path.join(name), contents).unwrap();
        }
    }

    /// Name, what it is to be and whether there was a problem; `None` where it
    /// cannot be used.
    type Seen = (String, Option<(Desired, bool)>);

    fn look(root: &Path) -> Vec<Seen> {
        let home = Home::open(&HomePath::resolve(root, Path::new("/"))).unwrap();
        let seen = |surveyed: Surveyed| (surveyed.decision.desired, surveyed.problem.is_some());
        survey(&home)
            .map(|(name, surveyed)| (name, surveyed.ok().map(seen)))
            .collect()
    }

    #[test]
    fn a_fresh_home_has_its_default_profile_down() {
        let root = tempfile::tempdir().unwrap();
        let expected = [("default".to_owned(), Some((Desired::Stopped, false)))];
        assert_eq!(look(root.path()), expected);
    }

    #[test]
    fn each_profile_decides_for_itself() {
        let root = tempfile::tempdir().unwrap();
        let profiles = root.path().join("profiles");
        make(
            root.path(),
            &[(legacy_state::FILE, "{\"gateway_state\":\"draining\"}")],
        );
        make(
            &profiles.join("up"),
            &[(intent::FILE, "{\"desired\":\"running\"}")],
        );
        // The intent outweighs what the gateway says of itself.
        make(
            &profiles.join("down"),
            &[
                (intent::FILE, "{\"desired\":\"stopped\"}"),
                (legacy_state::FILE, "{\"desired_state\":\"running\"}"),
            ],
        );
        make(
            &profiles.join("broken"),
            &[
                (intent::FILE, "{"),
                (legacy_state::FILE, "{\"desired_state\":\"running\"}"),
            ],
        );
        make(
            &profiles.join("broken-legacy"),
            &[(legacy_state::FILE, "[]")],
        );
        // Nobody asks the state of one that has an intent.
        make(
            &profiles.join("settled"),
            &[
                (intent::FILE, "{\"desired\":\"running\"}"),
                (legacy_state::FILE, "[]"),
            ],
        );
        fs::create_dir(profiles.join("no-persona")).unwrap();

        let expected = [
            ("default", Desired::Running, false),
            ("broken", Desired::Stopped, true),
            ("broken-legacy", Desired::Stopped, true),
            ("down", Desired::Stopped, false),
            ("settled", Desired::Running, false),
            ("up", Desired::Running, false),
        ]
        .map(|(name, desired, problem)| (name.to_owned(), Some((desired, problem))));
        assert_eq!(look(root.path()), expected);
    }

    #[test]
    fn one_bad_profile_never_stops_the_rest() {
        let root = tempfile::tempdir().unwrap();
        let profiles = root.path().join("profiles");
        make(&profiles.join("BadName"), &[]);
        make(
            &profiles.join("zebra"),
            &[(intent::FILE, "{\"desired\":\"running\"}")],
        );
        make(&profiles.join("default"), &[]);
        symlink(profiles.join("zebra"), profiles.join("link")).unwrap();

        let expected = [
            ("default", Some((Desired::Stopped, false))),
            ("BadName", None),
            ("default", None),
            ("link", None),
            ("zebra", Some((Desired::Running, false))),
        ]
        .map(|(name, state)| (name.to_owned(), state));
        assert_eq!(look(root.path()), expected);
    }

    #[test]
    fn a_corrupt_state_is_told_with_its_file() {
        let root = tempfile::tempdir().unwrap();
        make(root.path(), &[(intent::FILE, "[]")]);
        let home = Home::open(&HomePath::resolve(root.path(), Path::new("/"))).unwrap();
        let (_, surveyed) = survey(&home).next().unwrap();
        let surveyed = surveyed.unwrap();
        let problem = surveyed.problem.as_ref().unwrap();
        let path = root.path().join(intent::FILE);
        assert_eq!(
            problem.to_string(),
            format!("{}: is not a JSON object", path.display())
        );
        assert!(problem.hint().unwrap().contains("gateway start"));
        assert_eq!(surveyed.prior_exit(), PriorExit::Unknown);
        assert_eq!(surveyed.wanted(), "unknown");
    }
}
