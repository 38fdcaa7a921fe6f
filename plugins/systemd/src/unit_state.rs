use hermes_backend_sdk::types::Exit;

/// What systemd says of one unit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct UnitState {
    /// It has it in memory. What is down, and what nothing refers to, it has not.
    pub(crate) loaded: bool,
    /// Its files were missing or wrong when it read them.
    pub(crate) misread: bool,
    pub(crate) active: String,
    pub(crate) sub: String,
    /// What systemd has queued for it and may wait for others. Empty: nothing.
    pub(crate) job: String,
    /// Of its main process.
    pub(crate) pid: Option<u32>,
    pub(crate) exit: Option<Exit>,
    /// What is behind its being down.
    pub(crate) end: End,
    /// Why the service failed.
    pub(crate) result: String,
    /// Microseconds since the epoch.
    pub(crate) since: Option<u64>,
    pub(crate) restarts: Option<u32>,
    /// So many starts in so many microseconds.
    pub(crate) start_limit: (u64, u64),
    /// Of a unit that has failed: exit codes after which it is not restarted.
    pub(crate) final_codes: Vec<u8>,
}

/// How what was started last came to its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum End {
    #[default]
    ByItself,
    /// systemd had begun to stop it before.
    Stopped,
    /// The start came to nothing, as a condition of the unit was not met.
    Skipped,
}

impl UnitState {
    /// Whether its process is to be there, or is coming.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.active.as_str(), "active" | "reloading")
    }

    /// It is up once more, after it has ended by itself.
    pub(crate) fn has_come_back(&self) -> bool {
        self.is_up() && self.restarts > Some(0)
    }

    /// And nothing is about to bring it up.
    pub(crate) fn is_down(&self) -> bool {
        self.has_ended() && !self.is_queued()
    }

    /// What ran last has not ended yet.
    pub(crate) fn is_stopping(&self) -> bool {
        self.active == "deactivating"
    }

    /// It is down for as long as its start waits for its turn.
    pub(crate) fn waits_for_its_turn(&self) -> bool {
        self.has_ended() && self.is_queued()
    }

    fn is_queued(&self) -> bool {
        !matches!(self.job.as_str(), "" | "stop")
    }

    fn has_ended(&self) -> bool {
        matches!(self.active.as_str(), "inactive" | "failed" | "")
    }

    /// Whether systemd ended it because it took too long.
    pub(crate) fn timed_out(&self) -> bool {
        self.result == "timeout"
    }

    /// Nothing has happened to it that systemd still knows of.
    pub(crate) fn is_forgotten(&self) -> bool {
        self.is_down() && self.since.is_none()
    }

    /// As it is after an operator's stop, at `now` (microseconds).
    pub(crate) fn stopped(mut self, now: u64) -> Self {
        self.active = "inactive".into();
        self.sub = "dead".into();
        self.since = Some(now);
        self.pid = None;
        self
    }

    pub(crate) fn is_failed(&self) -> bool {
        self.active == "failed"
    }

    /// Between two runs.
    pub(crate) fn is_pausing(&self) -> bool {
        self.sub == "auto-restart"
    }
}
