use hermes_backend_sdk::types::{Duration, RestartPolicy, ServiceSpec, User};

use super::{fingerprint, finish_script, log_script};

/// The files that are the same in all slots whose services have the same settings.
#[derive(Debug)]
pub(crate) struct CommonFiles {
    pub(super) finish: String,
    pub(super) timeout_kill: String,
    /// `None`: no logger.
    pub(super) log_run: Option<String>,
    /// Of all of them.
    pub(super) fingerprint: u64,
    restart: RestartPolicy,
    stop_timeout: Duration,
    /// Of the logger.
    user: Option<User>,
}

impl CommonFiles {
    pub(crate) fn of(spec: &ServiceSpec) -> Self {
        let finish = finish_script::render(&spec.restart);
        // 0 would mean never.
        let timeout_kill = spec.stop_timeout.div_ceil(1_000_000).max(1).to_string();
        let has_log = spec.log_directory.is_some();
        let log_run = has_log.then(|| log_script::render(spec.user.as_ref()));
        let fingerprint =
            fingerprint::of(&[&finish, &timeout_kill, log_run.as_deref().unwrap_or("")]);
        Self {
            finish,
            timeout_kill,
            log_run,
            fingerprint,
            restart: spec.restart.clone(),
            stop_timeout: spec.stop_timeout,
            user: spec.user.clone(),
        }
    }

    /// Whether they are those of this service as well.
    pub(crate) fn are_of(&self, spec: &ServiceSpec) -> bool {
        self.restart == spec.restart
            && self.stop_timeout == spec.stop_timeout
            && self.user == spec.user
            && self.log_run.is_some() == spec.log_directory.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    type Change = fn(&mut ServiceSpec);

    #[test]
    fn services_of_other_settings_have_files_of_their_own() {
        let common = CommonFiles::of(&sample::spec());
        let changes: [(Change, bool); 6] = [
            (|spec| spec.name = "gateway-writer".into(), true),
            (|spec| spec.working_directory = "/tmp".into(), true),
            (|spec| spec.restart.max_deaths += 1, false),
            (|spec| spec.stop_timeout += 1_000_000, false),
            (|spec| spec.log_directory = Some("/logs".into()), false),
            (
                |spec| {
                    spec.user = Some(User {
                        name: "hermes".into(),
                        uid: 1,
                        gid: 1,
                    });
                },
                false,
            ),
        ];
        for (place, (change, same)) in changes.iter().enumerate() {
            let mut spec = sample::spec();
            change(&mut spec);
            assert_eq!(common.are_of(&spec), *same, "change {place}");
        }
    }

    #[test]
    fn the_kill_timeout_is_in_milliseconds_and_never_zero() {
        for (stop_timeout, expected) in [(0, "1"), (1, "1"), (30_000_000_000, "30000")] {
            let spec = ServiceSpec {
                stop_timeout,
                ..sample::spec()
            };
            assert_eq!(CommonFiles::of(&spec).timeout_kill, expected);
        }
    }
}
