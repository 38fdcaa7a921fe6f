//! What one gateway is to be when nothing runs yet.

use crate::gateway::intent::{Desired, Intent, IntentError};
use crate::gateway::legacy_state::LegacyState;

/// What a gateway is to be, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub desired: Desired,
    /// The word that decided. Anybody can have written it: sanitise it before
    /// it is shown.
    pub prior_state: Option<String>,
    pub source: Source,
}

/// Where the deciding word stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `gateway_intent.json`
    Intent,
    /// `desired_state` of `gateway_state.json`
    DesiredState,
    /// `gateway_state` of `gateway_state.json`
    GatewayState,
    /// Nobody has said anything, or not legibly.
    Nothing,
}

/// The operator's intent decides. Where there is none hermes-agent's state
/// does: its `desired_state`, else its `gateway_state`. Whatever is not a
/// clear wish to run, a corrupt file above all, leaves the gateway down.
pub fn decide(intent: &Result<Option<Intent>, IntentError>, legacy: &LegacyState) -> Decision {
    let nothing = Decision {
        desired: Desired::Stopped,
        prior_state: None,
        source: Source::Nothing,
    };
    match (intent, legacy) {
        (Ok(Some(intent)), _) => Decision {
            desired: intent.desired,
            prior_state: Some(intent.desired.as_str().to_owned()),
            source: Source::Intent,
        },
        (
            Ok(None),
            LegacyState::Recorded {
                desired_state: Some(word),
                ..
            },
        ) => said(word, Source::DesiredState),
        (
            Ok(None),
            LegacyState::Recorded {
                gateway_state: Some(word),
                ..
            },
        ) => said(word, Source::GatewayState),
        (Err(_) | Ok(None), _) => nothing,
    }
}

fn said(word: &str, source: Source) -> Decision {
    let desired = match word {
        // Draining: it was being restarted. Degraded: it is up without its platforms.
        "running" | "draining" | "degraded" => Desired::Running,
        _ => Desired::Stopped,
    };
    Decision {
        desired,
        prior_state: Some(word.to_owned()),
        source,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use Desired::{Running, Stopped};
    use proptest::prelude::*;

    use super::*;

    fn intent(desired: Desired) -> Intent {
        let (by, at) = ("operator".to_owned(), "2026-05-01T10:00:00Z".to_owned());
        Intent {
            desired,
            generation: 1,
            by,
            at,
        }
    }

    fn corrupt() -> IntentError {
        let (path, reason) = (
            "gateway_intent.json".to_owned(),
            "is not a JSON object".to_owned(),
        );
        IntentError::Corrupt { path, reason }
    }

    fn legacy(desired_state: Option<&str>, gateway_state: Option<&str>) -> LegacyState {
        LegacyState::Recorded {
            desired_state: desired_state.map(str::to_owned),
            gateway_state: gateway_state.map(str::to_owned),
        }
    }

    #[test]
    fn without_an_intent_hermes_agents_state_decides() {
        for (desired_state, gateway_state, desired) in [
            (Some("running"), None, Running),
            (Some("running"), Some("running"), Running),
            (Some("running"), Some("startup_failed"), Running),
            (Some("running"), Some("stopped"), Running),
            (Some("running"), Some("starting"), Running),
            (Some("stopped"), None, Stopped),
            (Some("stopped"), Some("running"), Stopped),
            (Some("stopped"), Some("draining"), Stopped),
            (Some("stopped"), Some("degraded"), Stopped),
            (None, Some("running"), Running),
            (None, Some("draining"), Running),
            (None, Some("degraded"), Running),
            (None, Some("starting"), Stopped),
            (None, Some("startup_failed"), Stopped),
            (None, Some("stopped"), Stopped),
            (None, Some("Running"), Stopped),
            (None, Some(""), Stopped),
            (None, Some("no such state"), Stopped),
            (Some(""), Some("running"), Stopped),
            (Some("[\"running\"]"), Some("running"), Stopped),
        ] {
            let source = if desired_state.is_some() {
                Source::DesiredState
            } else {
                Source::GatewayState
            };
            let prior_state = desired_state.or(gateway_state).map(str::to_owned);
            let expected = Decision {
                desired,
                prior_state,
                source,
            };
            let state = legacy(desired_state, gateway_state);
            assert_eq!(decide(&Ok(None), &state), expected, "{state:?}");
        }
    }

    #[test]
    fn where_nobody_said_anything_it_stays_down() {
        let nothing = Decision {
            desired: Stopped,
            prior_state: None,
            source: Source::Nothing,
        };
        for state in [
            LegacyState::Missing,
            LegacyState::Corrupt("not JSON".to_owned()),
            legacy(None, None),
        ] {
            assert_eq!(decide(&Ok(None), &state), nothing, "{state:?}");
        }
    }

    #[test]
    fn the_intent_outweighs_everything() {
        for desired in [Running, Stopped] {
            let expected = Decision {
                desired,
                prior_state: Some(desired.as_str().to_owned()),
                source: Source::Intent,
            };
            for state in [
                LegacyState::Missing,
                LegacyState::Corrupt("not JSON".to_owned()),
                legacy(Some("running"), Some("running")),
                legacy(Some("stopped"), Some("stopped")),
            ] {
                assert_eq!(
                    decide(&Ok(Some(intent(desired))), &state),
                    expected,
                    "{state:?}"
                );
            }
        }
    }

    #[test]
    fn a_corrupt_intent_never_starts_anything() {
        for state in [
            LegacyState::Missing,
            legacy(Some("running"), Some("running")),
        ] {
            let decision = decide(&Err(corrupt()), &state);
            assert_eq!(
                (decision.desired, decision.prior_state),
                (Stopped, None),
                "{state:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn only_known_words_start_a_gateway(word in "[a-z_]{0,12}") {
            let running = matches!(word.as_str(), "running" | "draining" | "degraded");
            let decision = decide(&Ok(None), &legacy(None, Some(&word)));
            prop_assert_eq!(decision.desired == Running, running);
        }
    }
}
