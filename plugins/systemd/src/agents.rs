//! Units that hermes-agent's own installer has written.

use hermes_backend_sdk::files;
use hermes_backend_sdk::types::Error;

mod home;

use self::home::{other_home, says_home};
use crate::failure::of_file;
use crate::unit::{profile_of, unit};
use crate::unit_directory::UnitDirectory;

/// What it calls the unit of the home that it takes for a user's own.
const BARE: &str = "hermes-gateway.service";

impl UnitDirectory {
    /// The unit that it has installed for the same profile, if it has.
    pub(crate) fn agents_unit(&self, service: &str) -> Result<Option<String>, Error> {
        let profile = self.profile_directory(service);
        let named = named(service);
        if self.exists(&named)? && other_home(&self.text_of(&named), &profile).is_none() {
            return Ok(Some(named));
        }
        if profile != self.home() {
            return Ok(None);
        }
        // For the profile that is a home itself its name may be a digest of the path.
        for (name, _) in self.entries(".")? {
            if is_of_digest(&name) && says_home(&self.text_of(&name), &profile) {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Refuses a service that hermes-agent has a unit for as well: two gateways would
    /// fight for one profile. `stops`: ours is there, and is stopped beside it.
    pub(crate) fn refuse_agents(&self, service: &str, stops: bool) -> Result<(), Error> {
        let Some(agents) = self.agents_unit(service)? else {
            return Ok(());
        };
        let what = match stops {
            true => format!(
                "{} is stopped, and {agents} of hermes-agent is left as it is",
                unit(service)
            ),
            false => format!("hermes-agent has installed {agents} for it"),
        };
        let systemctl = self.scope().systemctl();
        Err(Error::Unsupported(format!(
            "{what}; `gateway install --migrate` takes its place, or remove it with \
             `{systemctl} disable --now {agents}` and its file"
        )))
    }

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
