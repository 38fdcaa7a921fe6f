use std::borrow::Cow;
use std::path::Path;

use serde::Serialize;

use super::super::report::Report;
use crate::backend::{Features, GrantRequest, Manifest};
use crate::sandbox::contract::PACKAGE;
use crate::sandbox::{ComponentFile, Surface};
use crate::text::{quoted, sanitise};

/// The fields of `--json`. They are only ever added to.
#[derive(Serialize)]
pub(super) struct Facts {
    /// `id`, `name`, `version`: null where it does not describe itself.
    id: Option<String>,
    name: Option<String>,
    version: Option<String>,
    file: String,
    /// Bytes of the component.
    size: usize,
    /// SHA-256 of the component.
    digest: String,
    /// The version of the contract that it is made for.
    contract: Option<String>,
    imports: Vec<String>,
    /// Those of the imports that this host does not offer.
    foreign: Vec<String>,
    features: Vec<&'static str>,
    grants: Vec<Grant>,
    /// Why this host could not run it.
    pub(super) problems: Vec<String>,
}

#[derive(Serialize)]
struct Grant {
    label: String,
    access: &'static str,
    /// Of `other`: what it calls an access that this host does not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<String>,
    paths: Vec<String>,
    /// Of a directory: how what may be written there begins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    only: Vec<String>,
    /// Of D-Bus: what may be called, and on which units.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    units: Vec<String>,
    /// Of D-Bus: anybody but root is refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    root_only: bool,
    optional: bool,
    why: String,
}

impl Facts {
    pub(super) fn new(file: &Path, component: &ComponentFile, surface: &Surface) -> Self {
        Self {
            id: None,
            name: None,
            version: None,
            file: sanitise(&file.to_string_lossy()).into_owned(),
            size: component.bytes.len(),
            digest: component.digest.clone(),
            contract: surface
                .contract()
                .map(|version| format!("{PACKAGE}@{version}")),
            imports: surface.imports.clone(),
            foreign: surface.foreign().into_iter().map(str::to_owned).collect(),
            features: Vec::new(),
            grants: Vec::new(),
            problems: Vec::new(),
        }
    }

    pub(super) fn describe(&mut self, manifest: &Manifest) {
        self.id = Some(manifest.id.clone());
        self.name = Some(manifest.display_name.clone());
        self.version = Some(manifest.version.clone());
        self.features = [
            (Features::RUNTIME_REGISTRATION, "runtime-registration"),
            (Features::READINESS, "readiness"),
            (Features::LOGS, "logs"),
            (Features::LIMITS, "limits"),
            (Features::LINGER, "linger"),
        ]
        .into_iter()
        .filter_map(|(feature, name)| manifest.features.contains(feature).then_some(name))
        .collect();
        self.problems = manifest.problems(&self.digest);
        self.grants = manifest.requests.iter().map(Grant::new).collect();
    }

    /// What is not known has no line.
    pub(super) fn show(&self, report: &mut Report) {
        let mut line = |key: &str, value: &str| report.line(&format!("{key:<10}{value}"));
        for (key, value) in [
            ("id", &self.id),
            ("name", &self.name),
            ("version", &self.version),
        ] {
            if let Some(value) = value {
                line(key, value);
            }
        }
        line("file", &format!("{}, {} bytes", self.file, self.size));
        line("digest", &format!("sha256:{}", self.digest));
        line("contract", self.contract.as_deref().unwrap_or("none"));
        line("imports", &listed(&self.imports));
        line("foreign", &listed(&self.foreign));
        if self.id.is_none() {
            return;
        }
        line("features", &listed(&self.features));
        if self.grants.is_empty() {
            line("grants", "none");
        }
        for grant in &self.grants {
            line("grant", &grant.shown());
            for name in &grant.only {
                line("", &format!("only: {}*", distinct(name)));
            }
            for call in &grant.calls {
                line("", &format!("call: {call}"));
            }
            for unit in &grant.units {
                line("", &format!("unit: {unit}"));
            }
            line("", &format!("because: {}", grant.why));
        }
    }
}

impl Grant {
    fn new(request: &GrantRequest) -> Self {
        let (calls, units) = request.calls().unwrap_or_default();
        Self {
            label: request.label.clone(),
            access: request.kind(),
            unknown: request.unknown(),
            paths: request.paths().to_vec(),
            only: request.only().to_vec(),
            calls: calls.to_vec(),
            units: units.to_vec(),
            root_only: request.root_only(),
            optional: request.optional,
            why: request.why.clone(),
        }
    }

    fn shown(&self) -> String {
        let optional = match (self.optional, self.root_only) {
            (true, true) => " (optional, for root only)",
            (true, false) => " (optional)",
            (false, true) => " (for root only)",
            (false, false) => "",
        };
        if let Some(unknown) = &self.unknown {
            let unknown = quoted(unknown, UNKNOWN);
            return format!("{}: {unknown}, unknown to this host{optional}", self.label);
        }
        let paths: Vec<_> = self.paths.iter().map(|path| distinct(path)).collect();
        let paths = paths.join(", else ");
        format!("{}: {} {paths}{optional}", self.label, self.access)
    }
}

/// Characters of an access that this host does not know.
const UNKNOWN: usize = 64;

/// In quotation marks where a path could be taken for something else of its line.
fn distinct(path: &str) -> Cow<'_, str> {
    match path
        .chars()
        .all(|c| c.is_alphanumeric() || "/._-$@:+~%=#".contains(c))
    {
        true => path.into(),
        false => quoted(path, path.len()).into(),
    }
}

fn listed(items: &[impl AsRef<str>]) -> String {
    match items {
        [] => "none".to_owned(),
        _ => items
            .iter()
            .map(AsRef::as_ref)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(unknown: Option<&str>, paths: &[&str]) -> Grant {
        Grant {
            label: "a".into(),
            access: "read-file",
            unknown: unknown.map(str::to_owned),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            only: Vec::new(),
            calls: Vec::new(),
            units: Vec::new(),
            root_only: false,
            optional: false,
            why: String::new(),
        }
    }

    #[test]
    fn no_words_of_a_backend_look_like_ours() {
        for (grant, shown) in [
            (grant(None, &["/a", "$B/c"]), "a: read-file /a, else $B/c"),
            (
                grant(None, &["/etc (optional)"]),
                r#"a: read-file "/etc (optional)""#,
            ),
            (
                grant(None, &["/a, else /b", "/\"c"]),
                r#"a: read-file "/a, else /b", else "/\"c""#,
            ),
            (
                grant(Some("read-directory /etc/acme"), &[]),
                r#"a: "read-directory /etc/acme", unknown to this host"#,
            ),
        ] {
            assert_eq!(grant.shown(), shown);
        }
    }
}
