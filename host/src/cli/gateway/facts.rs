use std::path::Path;

use serde::Serialize;

use super::super::time::{age, coarse, rfc3339};
use crate::backend::{Exit, Phase, ServiceError, ServiceStatus, left_behind};
use crate::gateway::keeper::Keeper;

/// All that there is to know of one gateway: the fields of `--json`. They are
/// only ever added to.
#[derive(Debug, Serialize)]
pub(super) struct Facts {
    pub(super) profile: String,
    /// `down`, `starting`, `running`, `stopping`, `failed`, or `unknown` where
    /// its supervisor does not answer.
    pub(super) phase: &'static str,
    pub(super) ready: bool,
    /// What the operator wants: `running`, `stopped`, or `unknown` where that cannot be read.
    pub(super) wanted: &'static str,
    pub(super) pid: Option<u32>,
    /// When it went up or down, in RFC 3339.
    pub(super) since: Option<String>,
    /// Whole seconds since it went up.
    pub(super) uptime: Option<u64>,
    /// Restarts by the supervisor since an operator last started it.
    pub(super) restarts: Option<u32>,
    pub(super) last_exit: Option<LastExit>,
    pub(super) port: Option<u16>,
    /// What supervises it.
    pub(super) manager: String,
    pub(super) note: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LastExit {
    Code(u8),
    Signal(u8),
}

/// What is known of a gateway before its supervisor is asked.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) profile: String,
    pub(super) wanted: &'static str,
    pub(super) port: Option<u16>,
    /// The process that says it is the gateway.
    pub(super) foreground: Option<u32>,
    /// Whether a supervisor is asked as well.
    pub(super) supervised: bool,
    /// Something wrong with the profile's own files.
    pub(super) problem: Option<String>,
}

impl Facts {
    pub(super) fn new(
        known: Known,
        status: Result<&ServiceStatus, &ServiceError>,
        manager: &str,
    ) -> Self {
        let mut facts = Self {
            profile: known.profile,
            phase: "down",
            ready: false,
            wanted: known.wanted,
            pid: None,
            since: None,
            uptime: None,
            restarts: None,
            last_exit: None,
            port: known.port,
            manager: manager.to_owned(),
            note: known.problem,
        };
        match status {
            Ok(_)
                if let Some(pid) = known.foreground
                    && !known.supervised =>
            {
                facts.phase = "running";
                facts.pid = Some(pid);
                match Keeper::of(Path::new("/proc"), pid) {
                    Keeper::Nobody => facts.note_also("in the foreground, not supervised"),
                    keeper => facts.note_also(&format!("runs {keeper}")),
                }
            }
            // Another supervisor runs it.
            Err(ServiceError::Elsewhere(words)) if known.foreground.is_some() => {
                facts.phase = "running";
                facts.pid = known.foreground;
                facts.note_also(words);
            }
            Ok(status) => facts.take(status, known.foreground),
            Err(error) if error.means_absent() => {
                facts.note_also("not registered");
                match error {
                    ServiceError::Foreign { home } if home.is_empty() => {
                        facts.note_also("its name is taken by a service of somebody else's");
                    }
                    ServiceError::Foreign { home } => {
                        facts.note_also(&format!("its name is taken by a gateway of {home}"));
                    }
                    ServiceError::Elsewhere(words) => facts.note_also(words),
                    _ => {}
                }
                facts.note_foreground(known.foreground);
            }
            Err(error) => {
                facts.phase = "unknown";
                facts.note_also(&error.to_string());
            }
        }
        facts
    }

    fn take(&mut self, status: &ServiceStatus, foreground: Option<u32>) {
        self.ready = status.phase == Phase::Ready;
        self.phase = match status.phase {
            Phase::Down => "down",
            Phase::Starting => "starting",
            Phase::Up | Phase::Ready => "running",
            Phase::Stopping => "stopping",
            Phase::Failed => "failed",
        };
        let left = left_behind(status);
        self.pid = status.pid.filter(|_| left.is_none());
        self.since = status.since.and_then(rfc3339);
        if self.pid.is_some() {
            self.uptime = status.since.map(|since| age(since).as_secs());
        }
        self.restarts = status.restarts;
        self.last_exit = status.last_exit.map(|exit| match exit {
            Exit::Code(code) => LastExit::Code(code),
            Exit::Signal(signal) => LastExit::Signal(signal),
        });
        let foreground = foreground.filter(|_| self.pid.is_none()).or(left);
        match &status.note {
            Some(note) => self.note_also(&crate::text::excerpt(note, 200)),
            None if self.phase == "down" && self.wanted == "running" && foreground.is_none() => {
                self.note_also("wanted, but down: gateway start or reconcile starts it");
            }
            None => {}
        }
        self.note_foreground(foreground);
    }

    fn note_foreground(&mut self, foreground: Option<u32>) {
        if let Some(pid) = foreground {
            let keeper = Keeper::of(Path::new("/proc"), pid);
            self.note_also(&format!("runs {keeper}, pid {pid}"));
        }
    }

    fn note_also(&mut self, note: &str) {
        self.note = match self.note.take() {
            Some(first) => Some(format!("{first}; {note}")),
            None => Some(note.to_owned()),
        };
    }

    pub(super) fn runs(&self) -> bool {
        self.phase == "running"
    }

    /// The cells of the table, in the order of [`HEADER`].
    pub(super) fn cells(&self, colours: bool) -> Vec<String> {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        vec![
            self.profile.clone(),
            self.state(colours),
            or_dash(self.pid.map(|pid| pid.to_string())),
            or_dash(
                self.uptime
                    .map(|seconds| coarse(std::time::Duration::from_secs(seconds))),
            ),
            or_dash(self.restarts.map(|restarts| restarts.to_string())),
            self.wanted.to_owned(),
            or_dash(self.port.map(|port| port.to_string())),
            self.note.clone().unwrap_or_default(),
        ]
    }

    fn state(&self, colours: bool) -> String {
        let colour = match self.phase {
            "running" => "32",
            "failed" | "unknown" => "31",
            "starting" | "stopping" => "33",
            _ => return self.phase.to_owned(),
        };
        match colours {
            true => format!("\u{1b}[{colour}m{}\u{1b}[0m", self.phase),
            false => self.phase.to_owned(),
        }
    }
}

pub(super) const HEADER: [&str; 8] = [
    "PROFILE", "STATE", "PID", "UPTIME", "RESTARTS", "WANTED", "PORT", "NOTE",
];
