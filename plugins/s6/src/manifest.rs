use hermes_backend_sdk::{Access, Features, GrantRequest, Manifest};

/// The labels of the grants.
pub(crate) const SCAN_DIRECTORY: &str = "scan-directory";
pub(crate) const INIT_NAME: &str = "init-comm";
pub(crate) const S6_RUN: &str = "s6-run";

pub(crate) fn manifest() -> Manifest {
    Manifest {
        id: "s6".into(),
        display_name: "s6 (container supervisor)".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        features: Features::RUNTIME_REGISTRATION | Features::READINESS | Features::LOGS,
        grants: vec![
            GrantRequest {
                label: SCAN_DIRECTORY.into(),
                access: Access::WriteDirectory(vec![
                    "$HERMES_S6_SCANDIR".into(),
                    "/run/hermes/service".into(),
                    "/run/service".into(),
                ]),
                why: "the scan directory of s6-svscan: it adds and removes service \
                      directories there, writes commands to their control FIFOs and reads \
                      their status"
                    .into(),
                optional: false,
            },
            GrantRequest {
                label: INIT_NAME.into(),
                access: Access::ReadFile(vec!["/proc/1/comm".into()]),
                why: "to see whether s6-svscan is the init of this container".into(),
                optional: false,
            },
            GrantRequest {
                label: S6_RUN.into(),
                access: Access::ReadDirectory(vec!["/run/s6".into()]),
                why: "to see whether s6-overlay has set this container up".into(),
                optional: true,
            },
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grant_says_why_and_has_its_own_label() {
        let mut labels: Vec<String> = Vec::new();
        for grant in manifest().grants {
            assert!(!grant.why.is_empty(), "{}", grant.label);
            assert!(!labels.contains(&grant.label), "{}", grant.label);
            labels.push(grant.label);
        }
    }
}
