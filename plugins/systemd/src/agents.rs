//! Units that hermes-agent's own installer has written.

use hermes_backend_sdk::files;
use hermes_backend_sdk::types::Error;

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
        for (name, _) in self.entries()? {
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

    /// Empty where it cannot be read, as where it is masked.
    pub(crate) fn text_of(&self, unit: &str) -> String {
        let bytes = self.read(unit).ok().flatten().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
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

/// The home that a unit says it is for: its environment, of which the last word counts, or
/// else where it works.
fn home_of(text: &str) -> Option<&str> {
    let values = |key: &'static str| {
        text.lines()
            .filter_map(move |line| line.trim().strip_prefix(key)?.strip_prefix('='))
    };
    let mut home = None;
    for value in values("Environment") {
        if value.is_empty() {
            home = None;
        }
        let assigned = words(value).filter_map(|word| word.strip_prefix("HERMES_HOME="));
        home = assigned.last().or(home);
    }
    home.or_else(|| values("WorkingDirectory").next_back())
        .map(|home| home.trim_matches(QUOTES).trim_end_matches('/'))
        // What systemd would put in place of it is not known here.
        .filter(|home| home.starts_with('/') && !home.contains('%'))
}

const QUOTES: [char; 2] = ['"', '\''];

/// The words of a setting, without the quotes around them.
fn words(value: &str) -> impl Iterator<Item = &str> {
    let mut quote = None;
    value
        .split(move |c: char| {
            match quote {
                None if QUOTES.contains(&c) => quote = Some(c),
                Some(open) if open == c => quote = None,
                _ => {}
            }
            quote.is_none() && c.is_whitespace()
        })
        .map(|word| word.trim_matches(QUOTES))
}

/// The home of a unit that says which one it is for, where it is not that of the
/// profile: neither its directory nor one above it.
fn other_home<'t>(text: &'t str, profile: &str) -> Option<&'t str> {
    let is_its_own = |home: &&str| {
        let below = profile.strip_prefix(*home);
        below.is_some_and(|below| below.is_empty() || below.starts_with("/profiles/"))
    };
    home_of(text).filter(|home| !is_its_own(home))
}

/// Whether it says that it is for this home.
fn says_home(text: &str, home: &str) -> bool {
    home_of(text) == Some(home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_of_another_home_is_told_from_the_profiles_own() {
        for (text, other) in [
            ("[Service]\nExecStart=/bin/x\n", None),
            ("WorkingDirectory=/home/a/.hermes/profiles/coder\n", None),
            ("Environment=\"HERMES_HOME=/home/a/.hermes\"\n", None),
            ("Environment=HERMES_HOME=/home/a/.hermes/\n", None),
            (
                "Environment=\"PATH=/bin\"\nWorkingDirectory=/srv/b\n",
                Some("/srv/b"),
            ),
            ("Environment=\"HERMES_HOME=/home/a\"\n", Some("/home/a")),
            (
                "WorkingDirectory=/opt/agent\nEnvironment=\"HERMES_HOME=/home/a/.hermes\"\n",
                None,
            ),
            (
                "Environment=\"HERMES_HOME=/other\"\nEnvironment=HERMES_HOME=/home/a/.hermes\n",
                None,
            ),
            ("Environment=A=b 'HERMES_HOME=/home/a'\n", Some("/home/a")),
            (
                "Environment=HERMES_HOME=\"/home/a b\" C=d\n",
                Some("/home/a b"),
            ),
            ("Environment=HERMES_HOME=/home/a\nEnvironment=\n", None),
            ("Environment=HERMES_HOME=%h/.hermes\n", None),
            ("WorkingDirectory=~\n", None),
            (
                "WorkingDirectory=/home/a/.hermes/profiles/cod\n",
                Some("/home/a/.hermes/profiles/cod"),
            ),
        ] {
            let found = other_home(text, "/home/a/.hermes/profiles/coder");
            assert_eq!(found, other, "{text}");
        }
    }

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
        for (text, expected) in [
            ("Environment=\"HERMES_HOME=/srv/a\"\n", true),
            ("WorkingDirectory=/srv/a\n", true),
            ("Environment=\"HERMES_HOME=/srv\"\n", false),
            ("Environment=\"HERMES_HOME=/srv/a/profiles/b\"\n", false),
            (
                "WorkingDirectory=/srv/b\nEnvironment=HERMES_HOME=/srv/a\n",
                true,
            ),
            (
                "Environment=HERMES_HOME=/srv/b\nWorkingDirectory=/srv/a\n",
                false,
            ),
            ("[Service]\nExecStart=/bin/x\n", false),
            ("", false),
        ] {
            assert_eq!(says_home(text, "/srv/a"), expected, "{text}");
        }
    }
}
