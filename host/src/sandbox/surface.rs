use semver::Version;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::contract::{IMPORTS, PACKAGE, SERVICE_MANAGER, version};
use super::mismatch::Mismatch;
use crate::text::excerpt;

/// What a component shows of itself without being run: the names of what it
/// imports and exports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surface {
    pub imports: Vec<String>,
    pub exports: Vec<String>,
}

impl Surface {
    pub(super) fn of(engine: &Engine, component: &Component) -> Self {
        let component = component.component_type();
        let imports = component.imports(engine).map(|(name, _)| name);
        let exports = component.exports(engine).map(|(name, _)| name);
        Self {
            imports: sorted(imports),
            exports: sorted(exports),
        }
    }

    /// The version of the contract that it was made for; `None`: it mentions
    /// the contract nowhere.
    pub fn contract(&self) -> Option<Version> {
        let names = self.exports.iter().chain(&self.imports);
        names
            .filter_map(|name| Interface::of_contract(name))
            .find_map(|interface| interface.version)
    }

    /// What it imports and this host does not offer.
    pub fn foreign(&self) -> Vec<&str> {
        let is_offered = |name: &str| {
            Interface::of_contract(name).is_some_and(|interface| {
                IMPORTS.contains(&interface.name)
                    && interface.version.is_some_and(|own| is_compatible(&own))
            })
        };
        self.imports
            .iter()
            .map(String::as_str)
            .filter(|name| !is_offered(name))
            .collect()
    }

    /// Whether the host and the component fit each other, by all names.
    pub fn check(&self) -> Result<(), Mismatch> {
        let elsewhere = |name: &&str| Interface::of_contract(name).is_none();
        let strange: Vec<String> = self
            .foreign()
            .into_iter()
            .filter(elsewhere)
            .map(str::to_owned)
            .collect();
        if !strange.is_empty() {
            return Err(Mismatch::Foreign(strange));
        }
        let manages = |name: &String| {
            Interface::of_contract(name).is_some_and(|interface| interface.name == SERVICE_MANAGER)
        };
        match self.contract() {
            Some(contract) if !is_compatible(&contract) => Err(Mismatch::contract(contract)),
            Some(contract) => match self.foreign().first() {
                Some(name) => Err(Mismatch::Unknown {
                    name: (*name).to_owned(),
                    contract,
                }),
                None if self.exports.iter().any(manages) => Ok(()),
                None => Err(Mismatch::NoBackend),
            },
            None => Err(Mismatch::NoBackend),
        }
    }
}

/// The component's names, fit to show.
fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = names.map(|name| excerpt(name, 200)).collect();
    names.sort();
    names
}

/// An interface of our contract: `hermes:backend/files@0.3.0`.
struct Interface<'a> {
    name: &'a str,
    version: Option<Version>,
}

impl<'a> Interface<'a> {
    fn of_contract(name: &'a str) -> Option<Self> {
        let interface = name.strip_prefix(PACKAGE)?.strip_prefix('/')?;
        let (name, version) = interface.split_once('@').unwrap_or((interface, ""));
        Some(Self {
            name,
            version: Version::parse(version).ok(),
        })
    }
}

/// As wasmtime's linker decides it: the first number that is not zero, and those
/// before it, are the same; no pre-release.
fn is_compatible(other: &Version) -> bool {
    let own = version();
    let track = |version: &Version| match (version.major, version.minor) {
        (0, 0) => (0, 0, version.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };
    other == &own || (other.pre.is_empty() && track(other) == track(&own))
}

#[cfg(test)]
mod tests;
