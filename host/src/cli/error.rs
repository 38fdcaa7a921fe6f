use std::path::Path;

use super::report::Exit;
use crate::backend::{BUILT_IN, BackendError, ServiceError};
use crate::gateway::intent::IntentError;
use crate::gateway::keeper::Keeper;
use crate::gateway::operation::OperationError;
use crate::gateway::operation_lock::OperationLockError;
use crate::gateway::settings::SettingsError;
use crate::lease::LeaseError;
use crate::os_error;
use crate::profile::{ProfileError, ProfileNameError};
use crate::reconcile::pass::PassError;
use crate::sandbox::SandboxError;

/// Of sysexits.h: something was found in an unconfigured or misconfigured state.
const EX_CONFIG: u8 = 78;

/// Why a command failed: one line, what to do about it, and the exit code.
#[derive(Debug, Clone)]
pub(super) struct CommandError {
    pub(super) exit: Exit,
    pub(super) message: String,
    pub(super) hints: Vec<String>,
    /// Another attempt ends the same way until somebody changes the set-up.
    pub(super) lasting: bool,
}

impl CommandError {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            hints: Vec::new(),
            lasting: false,
        }
    }

    /// Refuses what another process of the gateway stands in the way of.
    pub(super) fn in_the_foreground(pid: u32) -> Self {
        let keeper = Keeper::of(Path::new("/proc"), pid);
        Self::new(
            Exit::Failed,
            format!("its gateway runs {keeper}, pid {pid}"),
        )
        .hint(keeper.hint(pid))
    }

    fn lasting(self, lasting: bool) -> Self {
        Self { lasting, ..self }
    }

    /// The same as the end of a gateway: where it would end the same way again
    /// its supervisor is told to leave it down.
    pub(super) fn of_a_gateway(self) -> Self {
        Self {
            exit: match self.lasting {
                true => Exit::Gateway(EX_CONFIG),
                false => self.exit,
            },
            ..self
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hints.extend(hint.into());
        self
    }

    /// Names the profile where the message does not.
    pub(super) fn of(mut self, profile: &str) -> Self {
        let prefix = format!("{profile}: ");
        if !self.message.starts_with(&prefix) {
            self.message.insert_str(0, &prefix);
        }
        self
    }
}

impl From<ProfileError> for CommandError {
    fn from(error: ProfileError) -> Self {
        let exit = match &error {
            error if error.is_not_found() => Exit::NotFound,
            ProfileError::Name(_) => Exit::Usage,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
            .hint(error.hint())
            .lasting(error.is_lasting())
    }
}

impl From<ProfileNameError> for CommandError {
    fn from(error: ProfileNameError) -> Self {
        Self::new(Exit::Usage, error.to_string()).hint(error.hint())
    }
}

impl From<SettingsError> for CommandError {
    fn from(error: SettingsError) -> Self {
        Self::new(Exit::Failed, error.to_string())
            .hint(error.hint())
            .lasting(error.is_lasting())
    }
}

impl From<BackendError> for CommandError {
    fn from(error: BackendError) -> Self {
        let message = error.to_string();
        match error {
            BackendError::Sandbox(SandboxError::Denied(denial)) => {
                let grant = format!("the missing grant: {}", denial.missing);
                Self::new(Exit::Denied, message).hint(grant)
            }
            BackendError::Sandbox(SandboxError::OutOfTime { .. }) => {
                Self::new(Exit::TimedOut, message)
            }
            BackendError::Sandbox(SandboxError::DoesNotFit { mismatch, .. }) => {
                Self::new(Exit::Failed, message).hint(mismatch.hint())
            }
            BackendError::TooManyFiles
            | BackendError::Sandbox(SandboxError::TooManyFiles { .. }) => {
                Self::new(Exit::Failed, message).hint(os_error::MORE_FILES.to_owned())
            }
            BackendError::Unknown { .. } => Self::new(Exit::Usage, message)
                .hint(format!("the built-in ones are {}", BUILT_IN.join(", "))),
            BackendError::Sandbox(_) => Self::new(Exit::Failed, message),
            BackendError::Failed { error, .. } => error.into(),
        }
    }
}

impl From<ServiceError> for CommandError {
    fn from(error: ServiceError) -> Self {
        let exit = match &error {
            ServiceError::NotRegistered => Exit::NotFound,
            ServiceError::TimedOut(_) => Exit::TimedOut,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string()).hint(error.hint())
    }
}

impl From<OperationLockError> for CommandError {
    fn from(error: OperationLockError) -> Self {
        Self::new(Exit::Failed, error.to_string()).hint(error.hint())
    }
}

impl From<IntentError> for CommandError {
    fn from(error: IntentError) -> Self {
        Self::new(Exit::Failed, error.to_string()).hint(error.hint())
    }
}

impl From<OperationError> for CommandError {
    fn from(error: OperationError) -> Self {
        let message = error.to_string();
        match error {
            OperationError::Busy(error) => error.into(),
            OperationError::Intent(error) => error.into(),
            OperationError::Profile(error) => error.into(),
            OperationError::Service(error) => error.into(),
            OperationError::Unseen { error, .. } => Self {
                message,
                exit: Exit::Failed,
                ..error.into()
            },
        }
    }
}

impl From<LeaseError> for CommandError {
    fn from(error: LeaseError) -> Self {
        Self::new(Exit::Failed, error.to_string()).hint(error.hint())
    }
}

impl From<PassError> for CommandError {
    fn from(error: PassError) -> Self {
        match error {
            PassError::Backend(error) => error.into(),
            PassError::Profile(error) => error.into(),
            PassError::Lease(error) => error.into(),
        }
    }
}
