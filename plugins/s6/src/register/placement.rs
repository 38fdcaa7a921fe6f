use std::collections::BTreeSet;
use std::rc::Rc;

use hermes_backend_sdk::files::{self, Directory};
use hermes_backend_sdk::types::{Error, Registration, ServiceSpec};

use crate::failure::failed;
use crate::ownership;
use crate::scan_directory::ScanDirectory;
use crate::slot::{CommonFiles, Owner, Slot, Stamp, Stock, log_directory_of};
use crate::subscription::Subscription;

/// A slot that is in place.
pub(super) struct Placement {
    pub(super) registration: Registration,
    pub(super) supervision: Supervision,
}

/// Whether s6-svscan has taken a slot over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Supervision {
    Done,
    /// Not yet, and an event will tell.
    Announced,
    /// Not yet, and it comes between others that events tell of.
    Silent,
}

/// Puts slots into the scan directory, or brings them up to date.
pub(super) struct Placer<'a> {
    scan: &'a ScanDirectory,
    home: &'a str,
    stamp: Stamp,
    /// Of the last service.
    common: Option<Rc<CommonFiles>>,
    /// What was in the scan directory a moment ago; `None`: it cannot be told.
    present: Option<BTreeSet<String>>,
    /// There as soon as something has to be written.
    writing: Option<Writing<'a>>,
    services: usize,
}

/// From so many services on a stock pays, and an event for each does not.
const MANY: usize = 10;

/// Of many new slots one in so many, at most, has its events subscribed to: s6-svscan
/// starts supervisors one after the other, and those in between are looked for.
const LONGEST_GAP: usize = 64;

/// So many have, at the least.
const ANNOUNCED: usize = 2;

pub(super) struct Writing<'a> {
    pub(super) events: Subscription<'a>,
    owner: Option<Owner>,
    /// There from the first new slot on, where there may be many.
    stock: Option<Stock<'a>>,
    stocks: bool,
    /// How many slots are new.
    created: usize,
}

/// A slot that is there already, compared with what it is to be.
struct Existing {
    same_files: bool,
    same_down: bool,
    supervised: bool,
}

impl<'a> Placer<'a> {
    pub(super) fn new(
        scan: &'a ScanDirectory,
        home: &'a str,
        present: Option<BTreeSet<String>>,
        services: usize,
    ) -> Self {
        Self {
            scan,
            home,
            stamp: Stamp::of(home),
            common: None,
            present,
            writing: None,
            services,
        }
    }

    pub(super) fn slot(&mut self, spec: &ServiceSpec) -> Result<Slot, Error> {
        let common = match self.common.take().filter(|common| common.are_of(spec)) {
            Some(common) => common,
            None => Rc::new(CommonFiles::of(spec)),
        };
        let slot = Slot::new(self.home, &self.stamp, spec, &common);
        self.common = Some(common);
        slot
    }

    /// The events of a slot that is not supervised are subscribed to.
    pub(super) fn place(&mut self, spec: &ServiceSpec) -> Result<Placement, Error> {
        let slot = self.slot(spec)?;
        let Some(existing) = self.find(&slot)? else {
            return match self.create(&slot, self.services < MANY) {
                Ok(supervision) => Ok(Placement {
                    registration: Registration::Created,
                    supervision,
                }),
                // Another command has made it meanwhile.
                Err(_) if self.present.take().is_some() && self.scan.has(&slot.name)? => {
                    self.place(spec)
                }
                Err(error) => Err(error),
            };
        };
        if existing.supervised && existing.same_files && existing.same_down {
            return Ok(Placement {
                registration: Registration::Unchanged,
                supervision: Supervision::Done,
            });
        }
        self.update(&slot, &existing)?;
        let supervision = if existing.supervised {
            Supervision::Done
        } else {
            self.writing()?.events.join(&slot.name)?;
            Supervision::Announced
        };
        Ok(Placement {
            registration: Registration::Updated,
            supervision,
        })
    }

    /// Builds a slot out of sight and moves it into place. `announced`: whatever its
    /// number is.
    pub(super) fn create(&mut self, slot: &Slot, announced: bool) -> Result<Supervision, Error> {
        let scan = self.scan;
        let gap = (self.services / ANNOUNCED).clamp(1, LONGEST_GAP);
        let writing = self.writing()?;
        if std::mem::take(&mut writing.stocks) {
            let path = writing.events.staged("stock");
            // Without one all is written.
            writing.stock = Stock::new(&scan.directory, path, slot, writing.owner).ok();
        }
        let staged = writing.events.staged(&slot.name);
        let owner = writing.owner;
        let announced = announced || writing.created.is_multiple_of(gap);
        writing.created += 1;
        slot.create(&scan.directory, &staged, owner, writing.stock.as_ref())
            .and_then(|()| match announced {
                true => {
                    Slot::create_fifodir(&scan.directory, &staged, owner)?;
                    writing.events.join(&staged)
                }
                false => Ok(()),
            })
            .and_then(|()| scan.rename(&staged, &slot.name))
            .inspect_err(|_| {
                // The next command sweeps it otherwise.
                let _ = scan.remove_tree(&staged);
            })
            .map(|()| match announced {
                true => Supervision::Announced,
                false => Supervision::Silent,
            })
    }

    /// All slots are in place: what served to build them goes.
    pub(super) fn is_done(&mut self) {
        if let Some(writing) = &mut self.writing {
            writing.stock = None;
        }
    }

    pub(super) fn writing(&mut self) -> Result<&mut Writing<'a>, Error> {
        Ok(match &mut self.writing {
            Some(writing) => writing,
            none => {
                let events = Subscription::open(&self.scan.directory)?;
                let owner = self.scan.foreign_owner(events.fifo())?;
                none.insert(Writing {
                    events,
                    owner,
                    stock: None,
                    stocks: self.services >= MANY,
                    created: 0,
                })
            }
        })
    }

    fn find(&self, slot: &Slot) -> Result<Option<Existing>, Error> {
        let name = &slot.name;
        if let Some(present) = &self.present
            && !present.contains(name)
        {
            return Ok(None);
        }
        let directory = match self.scan.directory.open_directory(name) {
            Ok(directory) => directory,
            Err(files::Error::NotFound) => return Ok(None),
            Err(error) => return Err(failed(&format!("open {name}"), &error)),
        };
        let run = slot.run().as_bytes();
        let limit = u32::try_from(run.len()).unwrap_or(u32::MAX);
        let same_files = match directory.read("run", limit) {
            Ok(registered) => {
                // The others are as `run` says, unless somebody has lost them.
                is_same(&registered, run)
                    && has(&directory, name, slot.stamp())?
                    && has(&directory, name, "finish")?
                    && (slot.log_run().is_none() || has(&directory, name, "log/run")?)
            }
            Err(files::Error::TooLarge | files::Error::NotFound) => false,
            Err(error) => return Err(failed(&format!("read {name}/run"), &error)),
        };
        if !same_files {
            ownership::check(self.scan, self.home, &self.stamp, name)?;
        }
        Ok(Some(Existing {
            same_files,
            same_down: has(&directory, name, "down")? == slot.starts_down(),
            supervised: self.scan.supervisor(name).is_alive()?,
        }))
    }

    fn update(&mut self, slot: &Slot, existing: &Existing) -> Result<(), Error> {
        let directory = &self.scan.directory;
        // Nothing is written where only `down` goes.
        let writes = !existing.same_files || slot.starts_down();
        let owner = match writes {
            true => self.writing()?.owner,
            false => None,
        };
        if !existing.same_files {
            let log_changed = self.prepare_log(slot, existing.supervised)?;
            slot.update(directory, owner)?;
            if log_changed {
                // A logger has no next start of its own; the pipe outlives it.
                let log = format!("{}/log", slot.name);
                self.scan.supervisor(&log).command_if_alive(b"t")?;
            }
        }
        if !existing.same_down {
            slot.set_down(directory, owner)?;
        }
        Ok(())
    }

    /// Whether the slot has a logger that will be another one; removes one that
    /// it is not to have.
    fn prepare_log(&self, slot: &Slot, supervised: bool) -> Result<bool, Error> {
        let log = format!("{}/log", slot.name);
        let has_log = self.scan.has(&log)?;
        if supervised && has_log != slot.log_run().is_some() {
            return Err(Error::Unsupported(
                "s6 cannot add or remove the logger of a supervised service: unregister it first"
                    .into(),
            ));
        }
        let Some(log_run) = slot.log_run() else {
            if has_log {
                self.scan.remove_tree(&log)?;
            }
            return Ok(false);
        };
        let limit = u32::try_from(log_run.len()).unwrap_or(u32::MAX);
        let registered = self.scan.directory.read(&format!("{log}/run"), limit);
        let same = registered.is_ok_and(|registered| registered == log_run.as_bytes());
        Ok(!same || !self.logs_there(slot))
    }

    /// Whether the logger of a slot writes where it is to write.
    fn logs_there(&self, slot: &Slot) -> bool {
        let run = format!("{}/run", slot.name);
        let registered = self.scan.directory.read(&run, ownership::LIMIT);
        registered.is_ok_and(|registered| {
            log_directory_of(&registered) == log_directory_of(slot.run().as_bytes())
        })
    }
}

/// Whether something of this name is in a slot.
fn has(directory: &Directory, slot: &str, name: &str) -> Result<bool, Error> {
    match directory.metadata(name) {
        Ok(_) => Ok(true),
        Err(files::Error::NotFound) => Ok(false),
        Err(error) => Err(failed(&format!("look at {slot}/{name}"), &error)),
    }
}

/// Compared by the word: WebAssembly has no instruction that compares memory,
/// and byte by byte it takes longer than reading the file.
fn is_same(left: &[u8], right: &[u8]) -> bool {
    let ((left, left_rest), (right, right_rest)) = (left.as_chunks::<8>(), right.as_chunks::<8>());
    left.len() == right.len()
        && left_rest == right_rest
        && left
            .iter()
            .zip(right)
            .all(|(left, right)| u64::from_le_bytes(*left) == u64::from_le_bytes(*right))
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn only_the_same_bytes_are_the_same() {
        let bytes: Vec<u8> = (0..=40).collect();
        for length in 0..bytes.len() {
            let same = bytes[..length].to_vec();
            assert!(is_same(&bytes[..length], &same), "{length}");
            assert!(!is_same(&bytes[..length], &bytes[..=length]), "{length}");
            for place in 0..length {
                let mut other = same.clone();
                other[place] ^= 0x80;
                assert!(!is_same(&bytes[..length], &other), "{length}, {place}");
            }
        }
    }
}
