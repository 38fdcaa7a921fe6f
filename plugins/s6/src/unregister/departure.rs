use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::{Duration, Error, ServiceName};

use crate::duration::{MILLISECOND, SECOND};
use crate::scan_directory::ScanDirectory;
use crate::subscription::Subscription;
use crate::sweep::REMOVED;

/// For s6-supervise to see that its service has been killed, on top of the
/// service's own time to stop.
const MARGIN: Duration = 5 * SECOND;

/// The time to stop where the slot sets none.
const USUAL_STOP: Duration = 30 * SECOND;

/// One service on its way out.
pub(super) struct Departure {
    name: ServiceName,
    /// Where the slot is meanwhile.
    removed: String,
    /// The directories in the scan directory whose supervisors still run: the
    /// slot and its `log`.
    supervised: Vec<String>,
    result: Result<(), Error>,
}

impl Departure {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            removed: format!("{REMOVED}{name}"),
            supervised: Vec::new(),
            result: Ok(()),
        }
    }

    /// Does a step unless an earlier one failed.
    pub(super) fn attempt(&mut self, step: impl FnOnce(&mut Self) -> Result<(), Error>) {
        if self.result.is_ok() {
            self.result = step(self);
        }
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.result.is_ok() && !self.supervised.is_empty()
    }

    pub(super) fn supervisors(&self) -> usize {
        self.supervised.len()
    }

    /// Moves the slot out of sight and subscribes to its end.
    pub(super) fn move_out<'a>(
        &mut self,
        scan: &'a ScanDirectory,
        events: &mut Option<Subscription<'a>>,
    ) -> Result<(), Error> {
        if scan.has(&self.removed)? {
            self.finish_earlier(scan)?;
        }
        if !scan.has(&self.name)? {
            return Ok(());
        }
        for part in ["", "/log"] {
            let current = format!("{}{part}", self.name);
            if scan.supervisor(&current).is_alive()? {
                Subscription::once(events, &scan.directory)?.join(&current)?;
                self.supervised.push(format!("{}{part}", self.removed));
            }
        }
        scan.rename(&self.name, &self.removed)
    }

    /// What a call left that was ended half way has to be gone before its place
    /// is taken again.
    fn finish_earlier(&mut self, scan: &ScanDirectory) -> Result<(), Error> {
        self.supervised = vec![self.removed.clone(), format!("{}/log", self.removed)];
        self.look(scan)?;
        self.dismiss(scan)?;
        let deadline = clock::monotonic().saturating_add(self.stop_time(scan));
        while !self.supervised.is_empty() && clock::monotonic() < deadline {
            clock::sleep(MILLISECOND);
            self.look(scan)?;
        }
        if self.supervised.is_empty() {
            return scan.remove_tree(&self.removed);
        }
        Err(self.still_there())
    }

    /// Forgets the supervisors that have ended.
    pub(super) fn look(&mut self, scan: &ScanDirectory) -> Result<(), Error> {
        let mut alive = Vec::new();
        for directory in self.supervised.drain(..) {
            if scan.supervisor(&directory).is_alive()? {
                alive.push(directory);
            }
        }
        self.supervised = alive;
        Ok(())
    }

    /// Does what s6-svscan should have done. A logger ends with the pipe between
    /// it and its service.
    pub(super) fn dismiss(&mut self, scan: &ScanDirectory) -> Result<(), Error> {
        for directory in &self.supervised {
            let supervisor = scan.supervisor(directory);
            if *directory == self.removed {
                supervisor.dismiss()?;
            } else {
                supervisor.command_if_alive(b"x")?;
                supervisor.expect_end();
            }
        }
        Ok(())
    }

    pub(super) fn kill(&mut self, scan: &ScanDirectory) -> Result<(), Error> {
        for directory in &self.supervised {
            let supervisor = scan.supervisor(directory);
            supervisor.command_if_alive(b"kx")?;
            supervisor.expect_end();
        }
        Ok(())
    }

    /// s6-svscan ends the supervisors of what it does not see any more.
    pub(super) fn expect_end(&self, scan: &ScanDirectory) {
        for directory in &self.supervised {
            scan.supervisor(directory).expect_end();
        }
    }

    /// How long the service may take to stop.
    pub(super) fn stop_time(&self, scan: &ScanDirectory) -> Duration {
        let path = format!("{}/timeout-kill", self.removed);
        let milliseconds = scan
            .directory
            .read(&path, 20)
            .ok()
            .and_then(|text| std::str::from_utf8(&text).ok()?.trim().parse::<u64>().ok())
            .filter(|milliseconds| *milliseconds > 0);
        milliseconds
            .map_or(USUAL_STOP, |milliseconds| {
                milliseconds.saturating_mul(MILLISECOND)
            })
            .saturating_add(MARGIN)
    }

    /// Removes the slot once nothing runs in it.
    pub(super) fn conclude(self, scan: &ScanDirectory) -> Result<(), Error> {
        if self.is_waiting() {
            return Err(self.still_there());
        }
        self.result?;
        scan.remove_tree(&self.removed)
    }

    fn still_there(&self) -> Error {
        Error::TimedOut(format!(
            "its supervisor does not end ({} in the scan directory)",
            self.removed
        ))
    }
}
