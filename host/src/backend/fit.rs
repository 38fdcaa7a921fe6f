use hermes_bundle::BUNDLED;

use super::{BUILT_IN, GrantRequest, Manifest, Variables};
use crate::sandbox::contract::service_manager::Access;

impl Manifest {
    /// Why this host could not run a backend of this manifest, a line each. `digest`:
    /// SHA-256 of its component, in hexadecimal.
    pub fn problems(&self, digest: &str) -> Vec<String> {
        let is_built_in = BUNDLED.iter().any(|bundled| bundled.digest == digest);
        let taken = (BUILT_IN.contains(&self.id.as_str()) && !is_built_in)
            .then(|| format!("its id is {}, which is that of a built-in backend", self.id));
        let required = self.requests.iter().filter(|request| !request.optional);
        let ungranted = required.filter_map(|request| {
            let problem = problem(request)?;
            Some(format!("its grant {} {problem}", request.label))
        });
        taken.into_iter().chain(ungranted).collect()
    }
}

/// Why a grant that is needed cannot be given.
fn problem(request: &GrantRequest) -> Option<String> {
    match &request.access {
        Access::Command(_) => {
            return Some("is a command, which this version does not grant".to_owned());
        }
        Access::Other(_) => return Some("is of a kind that this host does not know".to_owned()),
        _ => {}
    }
    let paths = request.paths();
    if paths.is_empty() {
        return Some("names no path".to_owned());
    }
    paths.iter().find_map(|path| {
        let name = path.strip_prefix('$')?.split('/').next()?;
        let settings = [&Variables::NAMES[..], &[Variables::OWNER_HOME]].concat();
        (!settings.contains(&name)).then(|| {
            format!(
                "names ${name}, which is no setting of this host: these are {}",
                settings.join(", ")
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Features;

    fn manifest(id: &str, access: Access, optional: bool) -> Manifest {
        Manifest {
            id: id.into(),
            display_name: String::new(),
            version: String::new(),
            features: Features::empty(),
            requests: vec![GrantRequest {
                label: "a".into(),
                access,
                why: String::new(),
                optional,
            }],
        }
    }

    #[test]
    fn what_cannot_be_given_and_is_needed_is_a_problem() {
        let unknown = "its grant a names $FOO, which is no setting of this host: these are \
                       HERMES_S6_SCANDIR, XDG_RUNTIME_DIR, XDG_CONFIG_HOME, HOME, OWNER_HOME";
        for (access, problem) in [
            (Access::ReadFile(vec!["/x".into(), "$HOME/x".into()]), None),
            (
                Access::Command("/bin/sh".into()),
                Some("its grant a is a command, which this version does not grant"),
            ),
            (
                Access::Other("teleport".into()),
                Some("its grant a is of a kind that this host does not know"),
            ),
            (
                Access::UnixSocket(vec![]),
                Some("its grant a names no path"),
            ),
            (Access::ReadFile(vec!["$FOO/x".into()]), Some(unknown)),
        ] {
            let needed = manifest("acme", access.clone(), false);
            let problems: Vec<String> = problem.into_iter().map(str::to_owned).collect();
            assert_eq!(needed.problems("d"), problems);
            let optional = manifest("acme", access, true);
            assert_eq!(optional.problems("d"), Vec::<String>::new());
        }
    }

    #[test]
    fn only_a_built_in_backend_has_its_id() {
        let access = || Access::ReadFile(vec!["/x".into()]);
        for bundled in BUNDLED {
            let own = manifest(bundled.id, access(), false);
            assert_eq!(own.problems(bundled.digest), Vec::<String>::new());
            let id = bundled.id;
            assert_eq!(
                own.problems("d"),
                [format!(
                    "its id is {id}, which is that of a built-in backend"
                )]
            );
        }
    }
}
