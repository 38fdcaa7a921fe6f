use std::fmt;

/// Whose manager it is that a backend with the feature `linger` reaches: that of
/// the machine, which only root may command, or the user's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    System,
    User,
}

impl Scope {
    /// Of the manager that this process may command.
    pub fn current() -> Self {
        match rustix::process::geteuid().is_root() {
            true => Self::System,
            false => Self::User,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::System => "system",
            Self::User => "user",
        })
    }
}
