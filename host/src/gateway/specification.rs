use std::path::Path;
use std::time::Duration;

use super::account::Account;
use super::settings::Settings;
use crate::backend::{Limits, RestartPolicy, RunState, ServiceSpec, User, nanoseconds};
use crate::profile::ProfileName;

/// How long the embedded gateway, or a command that does not tell, may take
/// until it counts as ready.
const DEFAULT_READY_TIMEOUT: Duration = Duration::from_secs(30);

/// Exit codes of a gateway that has nothing more to do: clean, and `EX_CONFIG`
/// of sysexits.h.
const FINAL_EXIT_CODES: [u8; 2] = [0, 78];

/// What the services of one home have in common.
#[derive(Debug)]
pub struct Specification<'a> {
    /// Absolute.
    pub home: &'a Path,
    /// This program.
    pub executable: &'a Path,
    pub settings: &'a Settings,
    /// What a gateway drops to where the supervisor is root.
    pub account: Option<&'a Account>,
}

impl Specification<'_> {
    /// The service of one profile.
    pub fn service(&self, profile: &ProfileName, initially: RunState) -> ServiceSpec {
        let home = self.home.to_string_lossy();
        let directory = match profile.is_default() {
            true => home.to_string(),
            false => format!("{home}/profiles/{profile}"),
        };
        let Settings {
            restart, limits, ..
        } = self.settings;
        ServiceSpec {
            name: profile.service(),
            command: vec![
                self.executable.to_string_lossy().into_owned(),
                "gateway".to_owned(),
                "run".to_owned(),
                "--home".to_owned(),
                home.to_string(),
                "--profile".to_owned(),
                profile.to_string(),
            ],
            environment: Vec::new(),
            working_directory: directory,
            user: self.account.map(|account| User {
                // An account without a name is written as s6-setuidgid and
                // chown take it.
                name: match account.name.bytes().all(|byte| byte.is_ascii_digit()) {
                    true => format!("{}:{}", account.uid, account.gid),
                    false => account.name.clone(),
                },
                uid: account.uid,
                gid: account.gid,
            }),
            log_directory: Some(format!("{home}/logs/gateways/{profile}")),
            initially,
            restart: RestartPolicy {
                final_exit_codes: FINAL_EXIT_CODES.to_vec(),
                max_deaths: restart.max_deaths,
                window: nanoseconds(restart.window),
                max_delay: nanoseconds(restart.max_delay),
            },
            stop_timeout: nanoseconds(self.settings.stop_timeout),
            readiness: Some(nanoseconds(self.ready_timeout())),
            limits: Limits {
                memory_bytes: limits.memory_mb.map(|mebibytes| mebibytes << 20),
                cpu_percent: limits.cpu_percent,
                tasks: limits.tasks,
            },
        }
    }

    /// How long a start may take. `gateway run` tells readiness for a command
    /// that does not.
    pub fn ready_timeout(&self) -> Duration {
        self.settings.ready_timeout.unwrap_or(DEFAULT_READY_TIMEOUT)
    }
}
