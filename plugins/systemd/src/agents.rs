//! Units that hermes-agent's own installer has written.

use hermes_backend_sdk::files;
use hermes_backend_sdk::types::Error;

mod home;

use self::home::{is_read_as_others, other_home, says_home};
use crate::failure::of_file;
use crate::manager::{Manager, Property, Question, Scope};
use crate::unit::{profile_of, unit};
use crate::unit_directory::UnitDirectory;

/// What it calls the unit of the home that it takes for a user's own.
const BARE: &str = "hermes-gateway.service";

/// One of them, for a profile of this home.
pub(crate) struct Agents {
    pub(crate) unit: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    /// What it leads to is out of reach here.
    Link,
    /// It can be stopped, and not started again.
    Masked,
    /// In another directory than its administrator's.
    Outside,
}

impl Agents {
    /// What files say.
    pub(crate) fn candidate(
        directory: &UnitDirectory,
        service: &str,
    ) -> Result<Option<Self>, Error> {
        let profile = directory.profile_directory(service);
        let named = named(service);
        if directory.exists(&named)? && other_home(&directory.text_of(&named), &profile).is_none() {
            let kind = match directory.is_link(&named) {
                true => Kind::Link,
                false => Kind::File,
            };
            return Ok(Some(Self { unit: named, kind }));
        }
        if profile != directory.home() {
            return Ok(None);
        }
        // For the profile that is a home itself its name may be a digest of the path.
        for (unit, _) in directory.entries(".")? {
            if is_of_digest(&unit) && says_home(&directory.text_of(&unit), &profile) {
                let kind = Kind::File;
                return Ok(Some(Self { unit, kind }));
            }
        }
        Ok(None)
    }

    /// The candidate if it is one: what a link makes of it only systemd knows. What is
    /// masked and down is in nobody's way.
    pub(crate) fn confirm(
        candidate: Option<Self>,
        manager: &Manager,
        directory: &UnitDirectory,
        service: &str,
    ) -> Result<Option<Self>, Error> {
        let (unit, kind) = match candidate {
            Some(Self { unit, kind }) if kind != Kind::File => (unit, kind),
            other => return Ok(other),
        };
        let questions = [
            ("Unit", "LoadState"),
            ("Unit", "ActiveState"),
            ("Service", "WorkingDirectory"),
            ("Service", "Environment"),
        ]
        .map(|(interface, property)| Question {
            unit: &unit,
            interface,
            property,
        });
        let answers = manager.of_agents()?.properties(&questions)?;
        let text = |place: usize| match answers.get(place) {
            Some(Some(Property::Text(text))) => text.as_str(),
            _ => "",
        };
        let environment = match answers.get(3) {
            Some(Some(Property::Texts(texts))) => texts.as_slice(),
            _ => &[],
        };
        let kind = match (text(0), text(1)) {
            ("masked", "inactive" | "failed") => return Ok(None),
            ("masked", _) => Kind::Masked,
            // A package may well bring it for others.
            (_, "inactive" | "failed") if kind == Kind::Outside && !directory.has_link(&unit) => {
                return Ok(None);
            }
            _ => kind,
        };
        let profile = directory.profile_directory(service);
        let is_others = is_read_as_others(environment, text(2), &profile);
        Ok((!is_others).then_some(Self { unit, kind }))
    }

    /// One that is in the way of a start, wherever systemd has it from.
    pub(crate) fn find(
        manager: &Manager,
        directory: &UnitDirectory,
        service: &str,
    ) -> Result<Option<Self>, Error> {
        let outside = || {
            let unit = named(service);
            let kind = Kind::Outside;
            directory.is_outside(&unit).then_some(Self { unit, kind })
        };
        let candidate = Self::candidate(directory, service)?.or_else(outside);
        Self::confirm(candidate, manager, directory, service)
    }

    /// What keeps it from being moved, with what takes it away.
    pub(crate) fn obstacle(&self, scope: Scope) -> Option<String> {
        let (unit, systemctl) = (&self.unit, scope.systemctl());
        match self.kind {
            Kind::File => None,
            Kind::Link => Some(format!(
                "hermes-agent's {unit} is a link to a file elsewhere: \
                 {systemctl} disable --now {unit} removes it"
            )),
            Kind::Outside => Some(format!(
                "hermes-agent's {unit} is there, from another directory of units: \
                 {systemctl} disable --now {unit} ends it"
            )),
            Kind::Masked => Some(format!(
                "hermes-agent's {unit} is masked, and still runs: {systemctl} stop {unit}"
            )),
        }
    }

    /// Refuses a service that hermes-agent has a unit for as well: two gateways would
    /// fight for one profile. `stops`: ours is there, and is stopped beside it.
    pub(crate) fn refuse(
        manager: &Manager,
        directory: &UnitDirectory,
        service: &str,
        stops: bool,
    ) -> Result<(), Error> {
        let found = match stops {
            true => {
                let candidate = Self::candidate(directory, service)?;
                Self::confirm(candidate, manager, directory, service)
            }
            false => Self::find(manager, directory, service),
        };
        let Some(agents) = found? else {
            return Ok(());
        };
        let (ours, theirs) = (unit(service), &agents.unit);
        if let Some(obstacle) = agents.obstacle(manager.scope) {
            return Err(Error::Unsupported(match stops {
                true => format!("{ours} is stopped; {obstacle}"),
                false => obstacle,
            }));
        }
        let what = match stops {
            true => {
                format!("{ours} is stopped, and {theirs} of hermes-agent is left as it is")
            }
            false => format!("hermes-agent has installed {theirs} for it"),
        };
        let systemctl = manager.scope.systemctl();
        Err(Error::Unsupported(format!(
            "{what}; `gateway install --migrate` takes its place, or remove it with \
             `{systemctl} disable --now {theirs}` and its file"
        )))
    }
}

impl UnitDirectory {
    /// What it says, with its drop-ins behind it. Empty where it cannot be read, as where
    /// it is masked.
    fn text_of(&self, unit: &str) -> String {
        let directory = format!("{unit}.d");
        let entries = self.entries(&directory).unwrap_or_default().into_iter();
        let mut paths: Vec<String> = entries
            .filter(|(name, _)| name.strip_suffix(".conf").is_some())
            .map(|(name, _)| format!("{directory}/{name}"))
            .collect();
        paths.sort();
        paths.insert(0, unit.to_owned());
        let texts = paths.iter().map(|path| {
            let bytes = self.read(path).ok().flatten().unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        });
        // No line goes on in the next file.
        texts.collect::<Vec<_>>().join("\n\n")
    }

    /// Whether it comes up at boot, or with its user.
    pub(crate) fn has_link(&self, agents: &str) -> bool {
        let mut links = links(agents);
        links.any(|link| self.exists(&link).unwrap_or(false))
    }

    /// A copy that systemd takes for nothing. One of an earlier migration is not lost.
    pub(crate) fn keep(&self, agents: &str, text: &str) -> Result<(), Error> {
        let kept = kept(agents);
        match self.read(&kept)? {
            Some(before) if before != text.as_bytes() => Err(Error::Other(format!(
                "{kept} is there from an earlier migration: move it away"
            ))),
            Some(_) => Ok(()),
            None => self.write(&kept, text),
        }
    }

    pub(crate) fn forget_kept(&self, agents: &str) {
        // It does no harm either.
        let _ = self.remove_path(&kept(agents));
    }

    /// What would bring it up, and then its file.
    pub(crate) fn remove_agents(&self, agents: &str) -> Result<(), Error> {
        for path in links(agents).chain([agents.to_owned()]) {
            match self.remove_path(&path) {
                Ok(()) | Err(files::Error::NotFound) => {}
                Err(error) => return Err(of_file(&format!("remove {path}"), &error)),
            }
        }
        Ok(())
    }

    /// In the layout that the contract gives a home.
    pub(crate) fn profile_directory(&self, service: &str) -> String {
        match profile_of(service) {
            "default" => self.home().to_owned(),
            profile => format!("{}/profiles/{profile}", self.home()),
        }
    }
}

/// The names that its unit of a profile may have had, for what systemd still holds.
pub(crate) fn named(service: &str) -> String {
    match profile_of(service) {
        "default" => BARE.into(),
        profile => format!("hermes-gateway-{profile}.service"),
    }
}

/// `hermes-gateway-01234567.service`
fn is_of_digest(unit: &str) -> bool {
    let digest = unit
        .strip_prefix("hermes-gateway-")
        .and_then(|rest| rest.strip_suffix(".service"));
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    digest.is_some_and(|digest| digest.len() == 8 && digest.bytes().all(is_digit))
}

/// Both of the targets that the installer names.
fn links(agents: &str) -> impl Iterator<Item = String> {
    ["multi-user.target", "default.target"]
        .map(|target| format!("{target}.wants/{agents}"))
        .into_iter()
}

fn kept(agents: &str) -> String {
    format!("{agents}.migrated")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_with_a_digest_for_a_name_has_to_say_whose_it_is() {
        for (unit, expected) in [
            ("hermes-gateway-0a1b2c3d.service", true),
            ("hermes-gateway-0a1b2c3.service", false),
            ("hermes-gateway-0a1b2c3g.service", false),
            ("hermes-gateway-0A1B2C3D.service", false),
            ("hermes-gateway-coder.service", false),
            ("hermes-gateway-0a1b2c3d.service.migrated", false),
            ("hermes-gateway.service", false),
        ] {
            assert_eq!(is_of_digest(unit), expected, "{unit}");
        }
    }
}
