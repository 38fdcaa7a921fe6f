//! What its administrator has put out of reach of every start.

use hermes_backend_sdk::types::Error;

use crate::manager::{Manager, Property, Question, Scope};
use crate::unit::{TEMPLATE, unit};
use crate::unit_directory::UnitDirectory;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mask {
    Unit,
    /// Or until the user's systemd ends.
    UntilBoot,
    /// What all gateways share.
    Template,
}

impl Mask {
    /// The one that a link in the place of a service's unit may be.
    pub(crate) fn candidate(directory: &UnitDirectory, service: &str) -> Option<Self> {
        let unit = unit(service);
        if directory.is_link(&unit) {
            Some(Self::Unit)
        } else if directory.is_link_until_boot(&unit) {
            Some(Self::UntilBoot)
        } else {
            directory.is_link(TEMPLATE).then_some(Self::Template)
        }
    }

    /// Whether there is one.
    pub(crate) fn find(
        manager: &mut Manager,
        directory: &UnitDirectory,
        service: &str,
    ) -> Result<Option<Self>, Error> {
        Self::confirm(Self::candidate(directory, service), manager, service)
    }

    /// The candidate if it is one: only systemd knows.
    pub(crate) fn confirm(
        candidate: Option<Self>,
        manager: &mut Manager,
        service: &str,
    ) -> Result<Option<Self>, Error> {
        let Some(mask) = candidate else {
            return Ok(None);
        };
        let unit = &unit(service);
        let load = manager.properties(&[Question {
            unit,
            interface: "Unit",
            property: "LoadState",
        }])?;
        let is_masked = load == [Some(Property::Text("masked".into()))];
        Ok(is_masked.then_some(mask))
    }

    /// With what takes it away.
    pub(crate) fn words(self, unit: &str, scope: Scope) -> String {
        let (unit, runtime) = match self {
            Self::Unit => (unit, ""),
            Self::UntilBoot => (unit, "--runtime "),
            Self::Template => (TEMPLATE, ""),
        };
        let systemctl = scope.systemctl();
        // To unmask a template disables all that are made of it.
        let then = match self {
            Self::Template => ", and then hermes-host reconcile",
            Self::Unit | Self::UntilBoot => "",
        };
        format!("{unit} is masked: {systemctl} unmask {runtime}{unit}{then}")
    }

    pub(crate) fn error(self, unit: &str, scope: Scope) -> Error {
        Error::Other(self.words(unit, scope))
    }
}
