//! A slot: the directory of one service in the scan directory, and what is in it.
//!
//! | file | what it is |
//! |---|---|
//! | `run`, `finish` | the scripts of this module |
//! | `down` | there: s6-supervise waits for a command before it starts the service |
//! | `timeout-kill` | milliseconds from SIGTERM to SIGKILL |
//! | `notification-fd` | on 3 a newline says that the service is ready |
//! | `event/` | the fifodir |
//! | `log/run` | the logger, where there is a log directory, which it finds in `run` |
//! | `stamp-<hash of the home>` | a second name of `run`, made last: it is all there, and that home's |
//! | `room` | there for a moment: whether there is room for it |
//! | `data/` | there from the first start on: what commands and the scripts tell each other |
//! | `data/planned` | not empty: the next death is an operator's doing |
//! | `data/ending` | the stamp of a run that has been told to end, where nobody has seen that yet |
//! | `data/deaths` | seconds of uptime, a line for each death in the window; with `asked`: a restart that the service asked for |
//! | `data/delay` | the pause in seconds while `run` makes one |
//! | `data/group` | the process that leads the service's group, when it began (1/100 s since the boot) and which boot that was, until its `finish` |
//! | `data/restarts` | a byte for each restart since an operator's start |
//! | `data/verdict` | why `finish` leaves the service down: `final`, `quarantined <deaths> <seconds>` |
//!
//! s6-supervise adds `supervise/`. There is no `lock-fd`: s6 2.11 starts nothing
//! with it, as nobody creates the file that it would lock.

mod author;
mod common_files;
mod files;
mod fingerprint;
mod finish_script;
mod log_script;
pub(crate) mod records;
mod run_script;
#[cfg(test)]
mod script_tests;
mod shell_quote;
mod stamp;
mod stock;
pub(crate) mod validate;

use std::rc::Rc;

pub(crate) use author::Owner;
pub(crate) use common_files::CommonFiles;
pub use finish_script::render as finish_script;
use hermes_backend_sdk::types::{Duration, Error, RunState, ServiceSpec};
pub use records::Verdict;
pub(crate) use run_script::{home_of, is_ours, log_directory_of};
pub(crate) use stamp::Stamp;
pub(crate) use stock::Stock;

/// What both scripts know of a process.
const LOOK_AT: &str = include_str!("slot/look_at.sh");

/// Where a service says that it is ready.
const NOTIFICATION_FD: &str = "3";

/// A slot as it is to be.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) name: String,
    stamp: Stamp,
    run: String,
    common: Rc<CommonFiles>,
    initially: RunState,
}

impl Slot {
    /// `common`: of this service.
    pub(crate) fn new(
        home: &str,
        stamp: &Stamp,
        spec: &ServiceSpec,
        common: &Rc<CommonFiles>,
    ) -> Result<Self, Error> {
        validate::validate(home, spec)?;
        Ok(Self {
            name: spec.name.clone(),
            stamp: stamp.clone(),
            run: run_script::render(home, spec, common.fingerprint),
            common: Rc::clone(common),
            initially: spec.initially,
        })
    }

    /// Its `run`, which differs where anything is not as it is to be but `down`.
    pub(crate) fn run(&self) -> &str {
        &self.run
    }

    pub(crate) fn stamp(&self) -> &str {
        self.stamp.as_str()
    }

    pub(crate) fn starts_down(&self) -> bool {
        self.initially == RunState::Down
    }

    pub(crate) fn log_run(&self) -> Option<&str> {
        self.common.log_run.as_deref()
    }
}

/// Whole seconds, rounded up: what a shell can count with.
fn seconds(duration: Duration) -> u64 {
    duration.div_ceil(1_000_000_000)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod sample {
    use std::rc::Rc;

    use hermes_backend_sdk::types::{Limits, RestartPolicy, RunState, ServiceSpec};

    use super::{CommonFiles, Slot, Stamp};

    /// Whose the service is.
    pub(crate) const HOME: &str = "/data";

    pub(crate) fn slot(spec: &ServiceSpec) -> Slot {
        let common = Rc::new(CommonFiles::of(spec));
        Slot::new(HOME, &Stamp::of(HOME), spec, &common).unwrap()
    }

    /// A valid specification.
    pub(crate) fn spec() -> ServiceSpec {
        ServiceSpec {
            name: "gateway-coder".into(),
            command: vec!["/bin/true".into()],
            environment: Vec::new(),
            working_directory: "/".into(),
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
            readiness: None,
            limits: Limits {
                memory_bytes: None,
                cpu_percent: None,
                tasks: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use hermes_backend_sdk::types::{ServiceSpec, User};

    use super::*;

    #[test]
    fn whatever_changes_a_file_changes_the_specification() {
        let before = sample::slot(&sample::spec()).run;
        let changes: [fn(&mut ServiceSpec); 8] = [
            |spec| spec.command.push("--verbose".into()),
            |spec| spec.environment.push(("A".into(), "b".into())),
            |spec| spec.working_directory = "/tmp".into(),
            |spec| spec.log_directory = Some("/var/log/x".into()),
            |spec| spec.stop_timeout += 1_000_000_000,
            |spec| spec.readiness = Some(1),
            |spec| spec.restart.max_deaths = 7,
            |spec| {
                spec.user = Some(User {
                    name: "hermes".into(),
                    uid: 1,
                    gid: 1,
                });
            },
        ];
        for (place, change) in changes.iter().enumerate() {
            let mut spec = sample::spec();
            change(&mut spec);
            let after = sample::slot(&spec).run;
            assert_ne!(before, after, "change {place}");
        }
    }
}
