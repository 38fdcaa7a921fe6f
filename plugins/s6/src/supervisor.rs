use hermes_backend_sdk::clock;
use hermes_backend_sdk::files::{self, Directory, Expectation};
use hermes_backend_sdk::types::Error;

use crate::duration::MILLISECOND;
use crate::failure::failed;
use crate::meaning;
use crate::supervise_status::SuperviseStatus;

/// Milliseconds: s6-supervise reads its FIFO a moment before it writes its status.
const UNTIL_WRITTEN: u32 = 100;

/// What makes a slot have a supervisor again, for a person.
const START: &str = "gateway start or reconcile registers it anew";

/// The s6-supervise of one slot, as its files show it.
pub(crate) struct Supervisor<'a> {
    directory: &'a Directory,
    slot: &'a str,
}

impl<'a> Supervisor<'a> {
    pub(crate) fn new(directory: &'a Directory, slot: &'a str) -> Self {
        Self { directory, slot }
    }

    /// Whether it runs: it alone holds the reading end of its control FIFO.
    pub(crate) fn is_alive(&self) -> Result<bool, Error> {
        match self.directory.signal(&self.path("control"), &[], "") {
            Ok(()) => Ok(true),
            Err(files::Error::NoReader | files::Error::NotFound) => Ok(false),
            Err(error) => Err(self.out_of_reach(&error)),
        }
    }

    /// Whether one has begun in a slot that has just been made: what it writes first, once it
    /// listens, costs less to look for than whether it does.
    pub(crate) fn has_begun(&self) -> Result<bool, Error> {
        match self.directory.metadata(&self.path("status")) {
            Ok(_) => Ok(true),
            // It may have no room to write.
            Err(_) => self.is_alive(),
        }
    }

    /// What it last wrote, which is stale where it does not run.
    pub(crate) fn status(&self) -> Result<SuperviseStatus, Error> {
        let path = self.path("status");
        let bytes = match self.directory.read(&path, SuperviseStatus::LIMIT) {
            Ok(bytes) => bytes,
            Err(files::Error::NotFound) => return Err(self.absent()),
            Err(files::Error::TooLarge) => return Err(unsupported(&path)),
            Err(error) => return Err(failed(&format!("read {path}"), &error)),
        };
        SuperviseStatus::parse(&bytes).ok_or_else(|| unsupported(&path))
    }

    /// What is so now: refused where the supervisor is dead.
    pub(crate) fn live_status(&self) -> Result<SuperviseStatus, Error> {
        let alive = self.is_alive()?;
        let mut status = self.status();
        let mut looks = 0..UNTIL_WRITTEN;
        while alive && matches!(status, Err(Error::Unavailable(_))) && looks.next().is_some() {
            clock::sleep(MILLISECOND);
            status = self.status();
        }
        let status = match status {
            Err(Error::Unavailable(_)) if alive => return Err(self.lost()),
            status => status?,
        };
        match alive {
            true => Ok(status),
            false => Err(self.dead(&status)),
        }
    }

    /// What it writes upon a command in place of what is no status. `None`: nothing.
    pub(crate) fn written_anew(&self) -> Option<SuperviseStatus> {
        (0..UNTIL_WRITTEN).find_map(|_| {
            clock::sleep(MILLISECOND);
            self.status().ok()
        })
    }

    /// Refuses what a dead one has last written.
    pub(crate) fn check_alive(&self) -> Result<(), Error> {
        match self.is_alive()? {
            true => Ok(()),
            false => Err(self.dead(&self.status()?)),
        }
    }

    fn dead(&self, last: &SuperviseStatus) -> Error {
        let orphan = match last.pid {
            Some(pid) => {
                format!("; what it last ran may still run as pid {pid}: kill {pid} ends it")
            }
            None => String::new(),
        };
        Error::Unavailable(format!(
            "its supervisor is dead, what {}/supervise/status says is stale{orphan}",
            self.slot
        ))
    }

    /// It writes its status with every command that it takes.
    fn lost(&self) -> Error {
        Error::Other(format!(
            "{} is missing, though its s6-supervise runs: gateway stop has it written anew",
            self.path("status")
        ))
    }

    /// Writes commands, a byte each.
    pub(crate) fn command(&self, bytes: &[u8]) -> Result<(), Error> {
        let (control, meaning) = (self.path("control"), meaning::for_supervise(bytes));
        match self.directory.signal(&control, bytes, &meaning) {
            Ok(()) => Ok(()),
            Err(files::Error::NotFound) => Err(self.absent()),
            Err(files::Error::NoReader) => Err(Error::Unavailable(format!(
                "its supervisor is dead: {START}"
            ))),
            Err(error) => Err(self.out_of_reach(&error)),
        }
    }

    /// Writes commands to a supervisor that may end any time.
    pub(crate) fn command_if_alive(&self, bytes: &[u8]) -> Result<(), Error> {
        match self.command(bytes) {
            Err(Error::Unavailable(_) | Error::NotRegistered) => Ok(()),
            other => other,
        }
    }

    /// Lets the supervisor end with its service, which is stopped unless that is
    /// under way: a second SIGTERM would hurry it.
    pub(crate) fn dismiss(&self) -> Result<(), Error> {
        let running = self.status().is_ok_and(|status| status.wants_up());
        self.command_if_alive(if running { b"xd" } else { b"x" })?;
        self.expect_end();
        Ok(())
    }

    /// A file of the supervisor's, relative to the scan directory.
    pub(crate) fn path(&self, file: &str) -> String {
        format!("{}/supervise/{file}", self.slot)
    }

    pub(crate) fn expect(&self, path: &str, expectation: &Expectation, meaning: &str) {
        self.directory.expect(path, expectation, meaning);
    }

    fn out_of_reach(&self, error: &files::Error) -> Error {
        failed(
            &format!("reach {} in the scan directory", self.path("control")),
            error,
        )
    }

    /// Why there is no file of the supervisor.
    fn absent(&self) -> Error {
        match self.directory.metadata(self.slot) {
            Ok(_) => Error::Unavailable(format!("s6-svscan has not taken it over: {START}")),
            Err(files::Error::NotFound) => Error::NotRegistered,
            Err(error) => failed(&format!("look at {}", self.slot), &error),
        }
    }
}

fn unsupported(path: &str) -> Error {
    Error::Other(format!(
        "unsupported s6: the layout of {path} is none of s6 2.4 to 2.15"
    ))
}
