//! A slot on its way out of the scan directory.
//!
//! It is moved under a hidden name first, where s6-svscan does not see it and all
//! its files stay in reach. There it is until its supervisors have ended, also
//! where the command that moved it was ended half way: whoever comes to the service
//! next finishes that first, so that there is never a second one beside it.

mod ending;

pub(crate) use ending::{Departures, finish, finish_earlier, is_departing, tell};

use hermes_backend_sdk::types::{Duration, Error};

use crate::duration::{MILLISECOND, SECOND};
use crate::left_behind;
use crate::scan_directory::ScanDirectory;
use crate::subscription::Subscription;

/// What the hidden names begin with.
const HIDDEN: &str = ".gone-";

/// For s6-supervise to see that its service has been killed, on top of the
/// service's own time to stop.
const MARGIN: Duration = 5 * SECOND;

/// The time to stop where the slot sets none.
const USUAL_STOP: Duration = 30 * SECOND;

/// Where the slot of a service is while it is removed.
pub(crate) fn hidden(service: &str) -> String {
    format!("{HIDDEN}{service}")
}

/// The service whose slot has this hidden name.
pub(crate) fn service_of(hidden: &str) -> Option<&str> {
    hidden.strip_prefix(HIDDEN)
}

/// One slot on its way out.
pub(crate) struct Departure {
    name: String,
    /// Where the slot is meanwhile.
    hidden: String,
    /// The directories in the scan directory whose supervisors still run: the
    /// slot and its `log`.
    supervised: Vec<String>,
    /// An ended command has lost its supervisor, and said so.
    abandoned: bool,
    result: Result<(), Error>,
}

impl Departure {
    pub(crate) fn new(service: &str) -> Self {
        Self {
            name: service.to_owned(),
            hidden: hidden(service),
            supervised: Vec::new(),
            abandoned: false,
            result: Ok(()),
        }
    }

    /// Does a step unless an earlier one failed.
    fn attempt(&mut self, step: impl FnOnce(&mut Self) -> Result<(), Error>) {
        if self.result.is_ok() {
            self.result = step(self);
        }
    }

    fn is_waiting(&self) -> bool {
        self.result.is_ok() && self.is_supervised()
    }

    pub(crate) fn is_supervised(&self) -> bool {
        !self.supervised.is_empty()
    }

    /// Moves the slot out of sight and subscribes to its end.
    fn move_out<'a>(
        &mut self,
        scan: &'a ScanDirectory,
        events: &mut Option<Subscription<'a>>,
    ) -> Result<(), Error> {
        if !scan.has(&self.name)? {
            return Ok(());
        }
        for part in ["", "/log"] {
            let current = format!("{}{part}", self.name);
            if scan.supervisor(&current).is_alive()? {
                Subscription::once(events, &scan.directory)?.join(&current)?;
                self.supervised.push(format!("{}{part}", self.hidden));
            }
        }
        scan.rename(&self.name, &self.hidden)
    }

    /// Takes up what an ended command has moved out of sight.
    pub(crate) fn resume(&mut self, scan: &ScanDirectory) -> Result<(), Error> {
        self.supervised = vec![self.hidden.clone(), format!("{}/log", self.hidden)];
        self.look(scan)?;
        self.abandoned = self.is_only_logging();
        Ok(())
    }

    /// What its supervisor ran when that was killed.
    pub(crate) fn left_behind(&self, scan: &ScanDirectory) -> Option<u32> {
        let last = scan.supervisor(&self.hidden).status().ok()?;
        last.pid.filter(|_| last.is_up())
    }

    /// Subscribes to the end of what has been taken up.
    fn subscribe<'a>(
        &self,
        scan: &'a ScanDirectory,
        events: &mut Option<Subscription<'a>>,
    ) -> Result<(), Error> {
        for directory in &self.supervised {
            Subscription::once(events, &scan.directory)?.join(directory)?;
        }
        Ok(())
    }

    /// Forgets the supervisors that have ended.
    fn look(&mut self, scan: &ScanDirectory) -> Result<(), Error> {
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
    fn dismiss(&mut self, scan: &ScanDirectory) -> Result<(), Error> {
        for directory in &self.supervised {
            let supervisor = scan.supervisor(directory);
            if *directory == self.hidden {
                supervisor.dismiss()?;
            } else {
                supervisor.command_if_alive(b"x")?;
                supervisor.expect_end();
            }
        }
        Ok(())
    }

    /// What an ended command has begun, without waiting for it.
    pub(crate) fn go_on(&mut self, scan: &ScanDirectory) -> Result<(), Error> {
        if !self.is_stopping(scan) && scan.command(b"an").is_ok() {
            self.expect_end(scan);
            return Ok(());
        }
        // Else s6-svscan would start anew what it still counts among its own.
        let _ = scan.command(b"a");
        self.dismiss(scan)
    }

    /// Whether it is on its way down already: a second SIGTERM would hurry it.
    fn is_stopping(&self, scan: &ScanDirectory) -> bool {
        let status = scan.supervisor(&self.hidden).status();
        status.is_ok_and(|status| status.pid.is_some() && !status.wants_up())
    }

    /// Whether the service itself has ended, and only its logger has not.
    pub(crate) fn is_only_logging(&self) -> bool {
        !self.supervised.contains(&self.hidden)
    }

    fn kill(&mut self, scan: &ScanDirectory) -> Result<(), Error> {
        for directory in &self.supervised {
            let supervisor = scan.supervisor(directory);
            supervisor.command_if_alive(b"kx")?;
            supervisor.expect_end();
        }
        Ok(())
    }

    /// s6-svscan ends the supervisors of what it does not see any more.
    fn expect_end(&self, scan: &ScanDirectory) {
        for directory in &self.supervised {
            scan.supervisor(directory).expect_end();
        }
    }

    /// How long the service may take to stop.
    fn stop_time(&self, scan: &ScanDirectory) -> Duration {
        let path = format!("{}/timeout-kill", self.hidden);
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
    fn conclude(self, scan: &ScanDirectory) -> Result<(), Error> {
        if self.is_waiting() {
            return Err(self.still_there(scan));
        }
        if let (Ok(()), false, Some(pid)) = (&self.result, self.abandoned, self.left_behind(scan)) {
            return Err(Error::Unavailable(left_behind::words(pid)));
        }
        self.result?;
        scan.remove_tree(&self.hidden)
    }

    fn still_there(&self, scan: &ScanDirectory) -> Error {
        let status = scan.supervisor(&self.hidden).status();
        let runs = match status.ok().and_then(|status| status.pid) {
            Some(pid) => format!("pid {pid} still runs"),
            None => "its supervisor does not end".to_owned(),
        };
        Error::TimedOut(format!(
            "its removal is not finished: {runs} ({} in the scan directory); try again once it \
             has ended",
            self.hidden
        ))
    }
}
