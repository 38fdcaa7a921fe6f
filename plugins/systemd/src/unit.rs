//! The unit files: what is in them, and what they are called.

mod drop_in;
mod escape;
mod installed;
mod name;
mod template;
mod validate;

pub(crate) use drop_in::drop_in;
pub(crate) use installed::Installed;
pub(crate) use name::{
    ALL, DROP_IN, TEMPLATE, drop_in_directory, profile_of, service_of, service_of_unit, unit,
};
pub(crate) use template::template;
pub(crate) use validate::validate;

#[cfg(test)]
pub(crate) mod sample {
    use hermes_backend_sdk::types::{Limits, RestartPolicy, RunState, ServiceSpec};

    /// A valid specification.
    pub(crate) fn spec() -> ServiceSpec {
        ServiceSpec {
            name: "gateway-coder".into(),
            command: vec![
                "/usr/bin/hermes-host".into(),
                "gateway".into(),
                "run".into(),
            ],
            environment: Vec::new(),
            working_directory: "/home/a/.hermes/profiles/coder".into(),
            user: None,
            log_directory: None,
            initially: RunState::Down,
            restart: RestartPolicy {
                final_exit_codes: vec![0, 78],
                max_deaths: 5,
                window: 60_000_000_000,
                max_delay: 30_000_000_000,
            },
            stop_timeout: 30_000_000_000,
            readiness: Some(30_000_000_000),
            limits: Limits {
                memory_bytes: None,
                cpu_percent: None,
                tasks: None,
            },
        }
    }
}
