use super::Features;
use super::error::safe;
use crate::sandbox::contract::service_manager::{self as contract, Access};

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

impl Manifest {
    /// Refuses, with the reason, what would mislead the operator.
    pub(super) fn check(manifest: contract::Manifest) -> Result<Self, String> {
        if !is_identifier(&manifest.id) {
            return Err(format!("its id is {:?}", safe(&manifest.id)));
        }
        if manifest.grants.len() > MOST_GRANTS {
            return Err(format!("it asks for {} grants", manifest.grants.len()));
        }
        let mut requests: Vec<GrantRequest> = Vec::new();
        for request in manifest.grants {
            if !is_identifier(&request.label) {
                return Err(format!("a grant is labelled {:?}", safe(&request.label)));
            }
            if requests
                .iter()
                .any(|earlier| earlier.label == request.label)
            {
                return Err(format!("two grants are labelled {}", request.label));
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

/// `[a-z][a-z0-9-]{0,31}`: fits in a path and on a command line.
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
        assert_eq!(checked.display_name, "a[31mb");
        assert_eq!(checked.requests.len(), 2);
    }

    #[test]
    fn lies_are_refused_with_their_reason() {
        let many: Vec<String> = (0..33).map(|number| format!("l{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        for (manifest, reason) in [
            (manifest("../s6", &[]), "its id is \"../s6\""),
            (manifest("", &[]), "its id is \"\""),
            (manifest("s6", &["a b"]), "a grant is labelled \"a b\""),
            (manifest("s6", &["a", "a"]), "two grants are labelled a"),
            (manifest("s6", &many), "it asks for 33 grants"),
        ] {
            assert_eq!(Manifest::check(manifest).unwrap_err(), reason);
        }
    }
}
