use std::rc::Rc;

use hermes_backend_sdk::files::Directory;
use hermes_backend_sdk::types::Error;

use super::author::{Author, Owner};
use super::files::{self, PUBLIC, SCRIPT};
use super::{CommonFiles, NOTIFICATION_FD, Slot};

/// The stock's name for a file, and the file's name in a slot.
const FILES: [(&str, &str); 5] = [
    ("finish", "finish"),
    ("timeout-kill", "timeout-kill"),
    ("notification-fd", "notification-fd"),
    ("down", "down"),
    ("log-run", "log/run"),
];

/// Files that many slots have in common. A link to one costs a fraction of a file
/// of its own.
///
/// They stand in a directory of the command's own and are only ever replaced,
/// never written to, so that no slot changes with another. It is removed with
/// the stock; the files stay where they were linked to.
pub(crate) struct Stock<'a> {
    scan: &'a Directory,
    path: String,
    directory: Directory,
    common: Rc<CommonFiles>,
}

impl<'a> Stock<'a> {
    /// With the files of a slot like those that are to come.
    pub(crate) fn new(
        scan: &'a Directory,
        path: String,
        slot: &Slot,
        owner: Option<Owner>,
    ) -> Result<Self, Error> {
        let directory = files::make(scan, &path, owner)?;
        let stock = Self {
            scan,
            path,
            directory,
            common: Rc::clone(&slot.common),
        };
        let author = Author::new(&stock.directory, &stock.path, owner);
        let common = &stock.common;
        author.create("finish", &common.finish, SCRIPT)?;
        author.create("timeout-kill", &common.timeout_kill, PUBLIC)?;
        author.create("notification-fd", NOTIFICATION_FD, PUBLIC)?;
        author.create("down", "", PUBLIC)?;
        if let Some(log_run) = &common.log_run {
            author.create("log-run", log_run, SCRIPT)?;
        }
        Ok(stock)
    }

    /// Whether its files are those of a slot.
    pub(super) fn serves(&self, slot: &Slot) -> bool {
        Rc::ptr_eq(&self.common, &slot.common)
    }

    /// Links a file into a slot that it serves. `false`: it is to be written, as the stock has
    /// none of that name or the file system does not do it.
    pub(super) fn link(&self, name: &str, slot: &Directory) -> bool {
        FILES
            .iter()
            .find(|(_, theirs)| *theirs == name)
            .is_some_and(|(own, _)| self.directory.create_link(own, name, Some(slot)).is_ok())
    }
}

impl Drop for Stock<'_> {
    fn drop(&mut self) {
        // The next command sweeps it otherwise.
        let _ = self.scan.remove_tree(&self.path);
    }
}
