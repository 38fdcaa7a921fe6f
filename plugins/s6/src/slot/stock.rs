use hermes_backend_sdk::files::Directory;
use hermes_backend_sdk::types::Error;

use super::author::{Author, Owner};
use super::files::{self, PUBLIC, SCRIPT};
use super::{NOTIFICATION_FD, Slot};

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
    files: [(&'static str, String); 4],
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
            files: [
                ("finish", slot.finish.clone()),
                ("timeout-kill", slot.timeout_kill.clone()),
                ("notification-fd", NOTIFICATION_FD.to_owned()),
                ("down", String::new()),
            ],
        };
        let author = Author::new(&stock.directory, &stock.path, owner);
        for (name, contents) in &stock.files {
            let mode = if *name == "finish" { SCRIPT } else { PUBLIC };
            author.create(name, contents, mode)?;
        }
        Ok(stock)
    }

    /// Links a file into a slot. `false`: it is to be written, as the stock has
    /// none like it or the file system does not do it.
    pub(super) fn link(&self, name: &str, contents: &str, slot: &Directory) -> bool {
        self.files
            .iter()
            .any(|(own, stocked)| *own == name && stocked == contents)
            && self.directory.create_link(name, name, Some(slot)).is_ok()
    }
}

impl Drop for Stock<'_> {
    fn drop(&mut self) {
        // The next command sweeps it otherwise.
        let _ = self.scan.remove_tree(&self.path);
    }
}
