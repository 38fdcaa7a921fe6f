/// Whose manager it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    System,
    User,
}

impl Scope {
    /// How one reads what a unit has said.
    pub(crate) fn journal(self, unit: &str) -> String {
        let unit = unit.strip_suffix(".service").unwrap_or(unit);
        match self {
            Self::System => format!("journalctl -u {unit}"),
            Self::User => format!("journalctl --user -u {unit}"),
        }
    }

    pub(crate) fn whose(self) -> &'static str {
        match self {
            Self::System => "the machine's systemd",
            Self::User => "the user's systemd",
        }
    }

    pub(crate) fn systemctl(self) -> &'static str {
        match self {
            Self::System => "systemctl",
            Self::User => "systemctl --user",
        }
    }

    /// The target that a boot, or the user's first login, reaches.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::System => "multi-user.target",
            Self::User => "default.target",
        }
    }
}
