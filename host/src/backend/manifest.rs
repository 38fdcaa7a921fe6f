use super::Features;
use super::error::safe;
use crate::dbus::{CALLS, Call, UnitPattern};
use crate::effect::Names;
use crate::sandbox::contract::service_manager::{self as contract, Access};
use crate::text::{quoted, sanitise};

/// What a backend says of itself, checked: the words are safe to show.
#[derive(Debug, Clone)]
pub struct Manifest {
    pub id: String,
    pub display_name: String,
    pub version: String,
    pub features: Features,
    pub requests: Vec<GrantRequest>,
}

#[derive(Debug, Clone)]
pub struct GrantRequest {
    pub label: String,
    pub access: Access,
    pub why: String,
    pub optional: bool,
}

/// More grants than this nobody reads.
const MOST_GRANTS: usize = 32;

/// More places than this nobody compares; the host looks at each of them.
const MOST_PATHS: usize = 16;

/// All of them.
const MOST_CALLS: usize = CALLS.len();

/// More units than this nobody compares.
const MOST_UNITS: usize = 16;

/// More names than this nobody compares.
const MOST_NAMES: usize = 16;

/// Linux takes no longer path: `PATH_MAX`.
const LONGEST_PATH: usize = 4096;

impl GrantRequest {
    /// The kind of access, as the contract calls it.
    pub fn kind(&self) -> &'static str {
        match &self.access {
            Access::ReadFile(_) => "read-file",
            Access::ReadDirectory(_) => "read-directory",
            Access::WriteDirectory(_) => "write-directory",
            Access::WriteNames(_) => "write-names",
            Access::UnixSocket(_) => "unix-socket",
            Access::Dbus(_) => "dbus",
            Access::Command(_) => "command",
            Access::Other(_) => "other",
        }
    }

    /// What it calls an access that this host does not know.
    pub fn unknown(&self) -> Option<String> {
        match &self.access {
            Access::Other(kind) => Some(safe(kind)),
            _ => None,
        }
    }

    /// The first one that exists is meant, else the last.
    pub fn paths(&self) -> &[String] {
        paths(&self.access)
    }

    /// How what may be written begins.
    pub fn only(&self) -> &[String] {
        match &self.access {
            Access::WriteNames(asked) => &asked.only,
            _ => &[],
        }
    }

    /// Whether anybody but root is refused.
    pub fn root_only(&self) -> bool {
        matches!(&self.access, Access::Dbus(asked) if asked.root_only)
    }

    /// The calls that it is about, and the units that these may name.
    pub fn calls(&self) -> Option<(&[String], &[String])> {
        match &self.access {
            Access::Dbus(asked) => Some((&asked.calls, &asked.units)),
            _ => None,
        }
    }
}

impl Manifest {
    /// Refuses, with the reason, what would mislead the operator.
    pub fn check(manifest: contract::Manifest) -> Result<Self, String> {
        if !is_identifier(&manifest.id) {
            let id = quoted(&manifest.id, QUOTED);
            return Err(format!("its id is {id}, which is not {IDENTIFIER}"));
        }
        if manifest.grants.len() > MOST_GRANTS {
            let many = manifest.grants.len();
            return Err(format!(
                "it asks for {many} grants, and the most are {MOST_GRANTS}"
            ));
        }
        let mut requests: Vec<GrantRequest> = Vec::new();
        for request in manifest.grants {
            if !is_identifier(&request.label) {
                let label = quoted(&request.label, QUOTED);
                return Err(format!(
                    "a grant is labelled {label}, which is not {IDENTIFIER}"
                ));
            }
            if requests
                .iter()
                .any(|earlier| earlier.label == request.label)
            {
                return Err(format!("two grants are labelled {}", request.label));
            }
            check_paths(&request)?;
            match &request.access {
                Access::Dbus(asked) => check_calls(&request.label, asked)?,
                Access::WriteNames(asked) => check_names(&request.label, &asked.only)?,
                _ => {}
            }
            requests.push(GrantRequest {
                label: request.label,
                access: request.access,
                why: safe(&request.why),
                optional: request.optional,
            });
        }
        Ok(Self {
            id: manifest.id,
            display_name: safe(&manifest.display_name),
            version: safe(&manifest.version),
            features: manifest.features,
            requests,
        })
    }
}

/// Characters of what should have been short, in a message.
const QUOTED: usize = 64;

/// What is granted has to be what the operator reads.
fn check_paths(request: &contract::GrantRequest) -> Result<(), String> {
    let label = &request.label;
    let paths = paths(&request.access);
    if paths.len() > MOST_PATHS {
        let many = paths.len();
        return Err(format!(
            "grant {label} names {many} paths, and the most are {MOST_PATHS}"
        ));
    }
    match paths.iter().find(|path| !is_place(path)) {
        Some(path) => Err(format!(
            "grant {label} names the path {}; a path begins with / or $NAME, and has no `..`, \
             control or invisible character and at most {LONGEST_PATH} bytes",
            quoted(path, QUOTED)
        )),
        None => Ok(()),
    }
}

/// What the host could not hold a backend to is refused before anybody reads it.
fn check_calls(label: &str, asked: &contract::DbusRequest) -> Result<(), String> {
    let contract::DbusRequest { calls, units, .. } = asked;
    if calls.len() > MOST_CALLS || units.len() > MOST_UNITS {
        let (calls, units) = (calls.len(), units.len());
        return Err(format!(
            "grant {label} names {calls} calls and {units} units, \
             and the most are {MOST_CALLS} and {MOST_UNITS}"
        ));
    }
    if let Some(call) = calls.iter().find(|call| Call::named(call).is_none()) {
        return Err(format!(
            "grant {label} names the call {}, which this host cannot judge",
            quoted(call, QUOTED)
        ));
    }
    match units.iter().find(|unit| UnitPattern::new(unit).is_none()) {
        Some(unit) => Err(format!(
            "grant {label} names the unit {}, which this host cannot hold it to",
            quoted(unit, QUOTED)
        )),
        None => Ok(()),
    }
}

/// The same, of names in a directory.
fn check_names(label: &str, only: &[String]) -> Result<(), String> {
    if only.len() > MOST_NAMES {
        let many = only.len();
        return Err(format!(
            "grant {label} lists {many} names, and the most are {MOST_NAMES}"
        ));
    }
    let sound =
        |name: &String| sanitise(name) == *name && Names::new(std::slice::from_ref(name)).is_some();
    match only.iter().find(|name| !sound(name)) {
        None if only.is_empty() => Err(format!("grant {label} lists no name to write to")),
        None => Ok(()),
        Some(name) => Err(format!(
            "grant {label} lists the name {}, which this host cannot hold it to",
            quoted(name, QUOTED)
        )),
    }
}

/// The places that a grant may turn out to be.
fn paths(access: &Access) -> &[String] {
    match access {
        Access::ReadFile(paths)
        | Access::ReadDirectory(paths)
        | Access::WriteDirectory(paths)
        | Access::UnixSocket(paths) => paths,
        Access::WriteNames(asked) => &asked.paths,
        Access::Dbus(asked) => &asked.paths,
        Access::Command(program) => std::slice::from_ref(program),
        Access::Other(_) => &[],
    }
}

/// An absolute path, `$NAME` or a path that begins with it: what says where it
/// leads.
fn is_place(path: &str) -> bool {
    let path = match path.strip_prefix('$') {
        Some(place) => {
            let end = place.find('/').unwrap_or(place.len());
            let (name, rest) = place.split_at(end);
            if !is_variable(name) || rest.is_empty() {
                return is_variable(place);
            }
            rest
        }
        None => path,
    };
    path.starts_with('/')
        && path.len() <= LONGEST_PATH
        && sanitise(path) == path
        && path.split('/').all(|part| part != "..")
}

fn is_variable(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
}

/// Fits in a path and on a command line.
const IDENTIFIER: &str = "[a-z][a-z0-9-]{0,31}";

/// As [`IDENTIFIER`] says.
fn is_identifier(text: &str) -> bool {
    text.len() <= 32
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn manifest(id: &str, labels: &[&str]) -> contract::Manifest {
        contract::Manifest {
            id: id.into(),
            display_name: "a\u{1b}[31mb".into(),
            version: "1".into(),
            features: Features::empty(),
            grants: labels
                .iter()
                .map(|label| contract::GrantRequest {
                    label: (*label).into(),
                    access: Access::ReadFile(vec!["/x".into()]),
                    why: "so".into(),
                    optional: false,
                })
                .collect(),
        }
    }

    #[test]
    fn a_sound_manifest_is_taken_and_its_words_made_safe() {
        let checked = Manifest::check(manifest("s6", &["scan-directory", "init"])).unwrap();
        assert_eq!(checked.display_name, "a\\u{1b}[31mb");
        assert_eq!(checked.requests.len(), 2);
    }

    #[test]
    fn lies_are_refused_with_their_reason() {
        let many: Vec<String> = (0..33).map(|number| format!("l{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        for (manifest, reason) in [
            (
                manifest("../s6", &[]),
                "its id is \"../s6\", which is not [a-z][a-z0-9-]{0,31}",
            ),
            (
                manifest("", &[]),
                "its id is \"\", which is not [a-z][a-z0-9-]{0,31}",
            ),
            (
                manifest("s6", &["a b"]),
                "a grant is labelled \"a b\", which is not [a-z][a-z0-9-]{0,31}",
            ),
            (manifest("s6", &["a", "a"]), "two grants are labelled a"),
            (
                manifest("s6", &many),
                "it asks for 33 grants, and the most are 32",
            ),
        ] {
            assert_eq!(Manifest::check(manifest).unwrap_err(), reason);
        }
    }

    #[test]
    fn a_grant_says_where_it_leads() {
        let longest = format!("/{}", "x".repeat(LONGEST_PATH - 1));
        for (path, says) in [
            ("/run/service", true),
            ("/", true),
            (&longest, true),
            ("$HERMES_S6_SCANDIR", true),
            ("$XDG_RUNTIME_DIR/systemd/private", true),
            ("$HOME/x", true),
            ("$HOME/../x", false),
            ("$HOME/\u{1b}[2K", false),
            ("$/x", false),
            ("$home/x", false),
            (&format!("{longest}x"), false),
            ("$", false),
            ("$home", false),
            ("", false),
            ("run/service", false),
            ("~/x", false),
            ("/run/../etc", false),
            ("/run/..", false),
            ("/run/\0", false),
            ("/run/\u{1b}[2K/etc", false),
            ("/run/\u{202e}cte", false),
            ("/run/\u{200b}cte", false),
        ] {
            assert_eq!(is_place(path), says, "{path:?}");
        }
        let mut many = manifest("acme", &["a"]);
        many.grants[0].access = Access::UnixSocket(vec!["/x".into(); MOST_PATHS + 1]);
        assert_eq!(
            Manifest::check(many).unwrap_err(),
            "grant a names 17 paths, and the most are 16"
        );
        for (only, reason) in [
            (vec![], "grant a lists no name to write to"),
            (
                vec!["../etc".to_owned()],
                "grant a lists the name \"../etc\", which this host cannot hold it to",
            ),
            (
                vec!["x".to_owned(); 17],
                "grant a lists 17 names, and the most are 16",
            ),
        ] {
            let mut names = manifest("acme", &["a"]);
            let paths = vec!["/x".to_owned()];
            names.grants[0].access = Access::WriteNames(contract::NamesRequest { paths, only });
            assert_eq!(Manifest::check(names).unwrap_err(), reason);
        }
        let mut relative = manifest("acme", &["a"]);
        relative.grants[0].access = Access::Command("reboot".into());
        assert_eq!(
            Manifest::check(relative).unwrap_err(),
            "grant a names the path \"reboot\"; a path begins with / or $NAME, and has no `..`, \
             control or invisible character and at most 4096 bytes"
        );
    }
}
