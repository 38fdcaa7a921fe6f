//! Puts a slot on the disk.

use hermes_backend_sdk::files::Directory;
use hermes_backend_sdk::types::Error;

use super::author::{Author, Owner};
use super::stock::Stock;
use super::{NOTIFICATION_FD, Slot};
use crate::failure::{absent_is_fine, failed};

/// Environments hold secrets: for s6-supervise only.
pub(super) const SCRIPT: u32 = 0o700;
pub(super) const PUBLIC: u32 = 0o644;
pub(super) const DIRECTORY: u32 = 0o755;

/// Everybody of the group may subscribe, and remove only what is theirs. The
/// group is kept for what is created inside.
const FIFODIR: u32 = 0o3730;

impl Slot {
    /// Fills a new directory, which nobody looks into yet. s6-supervise makes `event`
    /// where [`Slot::create_fifodir`] has not.
    pub(crate) fn create(
        &self,
        scan: &Directory,
        path: &str,
        owner: Option<Owner>,
        stock: Option<&Stock>,
    ) -> Result<(), Error> {
        let directory = make(scan, path, owner)?;
        let stock = stock.filter(|stock| stock.serves(self));
        let author = Author::new(&directory, &self.name, owner).with_stock(stock);
        if !self.starts_down() {
            // `run` needs it at once; for the others the first start makes it.
            author.directory("data", DIRECTORY)?;
        }
        author.create("run", &self.run, SCRIPT)?;
        author.create("finish", &self.common.finish, SCRIPT)?;
        author.create("timeout-kill", &self.common.timeout_kill, PUBLIC)?;
        author.create("notification-fd", NOTIFICATION_FD, PUBLIC)?;
        if self.starts_down() {
            author.create("down", "", PUBLIC)?;
        }
        if let Some(log_run) = &self.common.log_run {
            author.directory("log", DIRECTORY)?;
            author.create("log/run", log_run, SCRIPT)?;
        }
        author.link("run", self.stamp())
    }

    /// What events are subscribed to in, before there is a supervisor.
    pub(crate) fn create_fifodir(
        scan: &Directory,
        path: &str,
        owner: Option<Owner>,
    ) -> Result<(), Error> {
        let slots = Author::new(scan, ".", owner);
        slots.directory(&format!("{path}/event"), FIFODIR).map(drop)
    }

    /// Brings the files up to date under a service that may be running.
    /// The stamp goes first and comes last, so that what a crash leaves is done
    /// again.
    pub(crate) fn update(&self, scan: &Directory, owner: Option<Owner>) -> Result<(), Error> {
        let directory = open(scan, &self.name)?;
        let author = Author::new(&directory, &self.name, owner);
        author.remove(self.stamp())?;
        author.directory("event", FIFODIR)?;
        author.directory("data", DIRECTORY)?;
        author.replace("run", &self.run, SCRIPT)?;
        author.replace("finish", &self.common.finish, SCRIPT)?;
        author.replace("timeout-kill", &self.common.timeout_kill, PUBLIC)?;
        author.replace("notification-fd", NOTIFICATION_FD, PUBLIC)?;
        if let Some(log_run) = &self.common.log_run {
            author.directory("log", DIRECTORY)?;
            author.replace("log/run", log_run, SCRIPT)?;
        }
        author.link("run", self.stamp())
    }

    /// Whether the next s6-supervise starts the service by itself.
    pub(crate) fn set_down(&self, scan: &Directory, owner: Option<Owner>) -> Result<(), Error> {
        if self.starts_down() {
            let directory = open(scan, &self.name)?;
            return Author::new(&directory, &self.name, owner).replace("down", "", PUBLIC);
        }
        let path = format!("{}/down", self.name);
        absent_is_fine(scan.remove(&path))
            .map_err(|error| failed(&format!("remove {path}"), &error))
    }
}

/// A new directory, instead of one that an ended command has left.
pub(super) fn make(scan: &Directory, path: &str, owner: Option<Owner>) -> Result<Directory, Error> {
    let slots = Author::new(scan, ".", owner);
    if !slots.directory(path, DIRECTORY)? {
        scan.remove_tree(path)
            .map_err(|error| failed(&format!("remove {path}"), &error))?;
        slots.directory(path, DIRECTORY)?;
    }
    open(scan, path)
}

fn open(scan: &Directory, path: &str) -> Result<Directory, Error> {
    scan.open_directory(path)
        .map_err(|error| failed(&format!("open {path}"), &error))
}
