use std::time::Duration;

use super::intent::Desired;
use super::specification::Specification;
use crate::backend::Action;

/// What an operator asks of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Start,
    Stop,
    Restart,
}

/// A supervisor needs some time of its own beside the service's.
const MARGIN: Duration = Duration::from_secs(5);

impl Verb {
    /// As it stands on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }

    /// What a gateway is afterwards.
    pub fn past(self) -> &'static str {
        match self {
            Self::Start => "started",
            Self::Stop => "stopped",
            Self::Restart => "restarted",
        }
    }

    /// What the operator wants from now on.
    pub fn desired(self) -> Desired {
        match self {
            Self::Stop => Desired::Stopped,
            Self::Start | Self::Restart => Desired::Running,
        }
    }

    pub fn action(self) -> Action {
        match self {
            Self::Start => Action::Start,
            Self::Stop => Action::Stop,
            Self::Restart => Action::Restart,
        }
    }

    /// How long to wait where the operator does not say.
    pub fn patience(self, specification: &Specification) -> Duration {
        let stop = specification.settings.stop_timeout;
        let ready = specification.ready_timeout();
        MARGIN
            + match self {
                Self::Start => ready,
                Self::Stop => stop,
                Self::Restart => stop + ready,
            }
    }
}
