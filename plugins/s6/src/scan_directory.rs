use hermes_backend_sdk::files::{self, Directory, Kind};
use hermes_backend_sdk::types::{Error, ServiceName};

use crate::departure;
use crate::failure::{absent_is_fine, failed};
use crate::manifest::SCAN_DIRECTORY;
use crate::meaning;
use crate::ownership;
use crate::slot::validate::is_service_name;
use crate::slot::{Owner, Stamp};
use crate::supervisor::Supervisor;

/// Made by s6-svscan, relative to the scan directory.
const SVSCAN: &str = ".s6-svscan";

/// Read by s6-svscan, relative to the scan directory.
pub(crate) const SVSCAN_CONTROL: &str = ".s6-svscan/control";

/// The directory whose subdirectories s6-svscan has supervised.
///
/// It looks only when told to, and passes over names that begin with a dot.
pub(crate) struct ScanDirectory {
    pub(crate) directory: Directory,
}

impl ScanDirectory {
    pub(crate) fn open() -> Result<Self, Error> {
        match files::open(SCAN_DIRECTORY) {
            Ok(directory) => Ok(Self { directory }),
            Err(files::Error::NotFound) => Err(Error::Unavailable(
                "there is no scan directory: is s6-svscan running?".into(),
            )),
            Err(error) => Err(failed("open the scan directory", &error)),
        }
    }

    /// Writes commands to s6-svscan; none: only asks whether it is alive.
    pub(crate) fn command(&self, bytes: &[u8]) -> Result<(), Error> {
        let meaning = meaning::for_svscan(bytes);
        match self.directory.signal(SVSCAN_CONTROL, bytes, &meaning) {
            Ok(()) => Ok(()),
            Err(files::Error::NoReader | files::Error::NotFound) => Err(Error::Unavailable(
                "no s6-svscan runs on the scan directory".into(),
            )),
            Err(error) => Err(failed("command s6-svscan (.s6-svscan/control)", &error)),
        }
    }

    pub(crate) fn supervisor<'a>(&'a self, slot: &'a str) -> Supervisor<'a> {
        Supervisor::new(&self.directory, slot)
    }

    pub(crate) fn rename(&self, path: &str, new_path: &str) -> Result<(), Error> {
        self.directory
            .rename(path, new_path)
            .map_err(|error| failed(&format!("move {path} to {new_path}"), &error))
    }

    /// A file or a directory with all that is in it, which need not be there.
    pub(crate) fn remove_tree(&self, path: &str) -> Result<(), Error> {
        absent_is_fine(self.directory.remove_tree(path))
            .map_err(|error| failed(&format!("remove {path}"), &error))
    }

    /// The account that s6-svscan runs as, where it is another than ours: files
    /// of ours are to be given to it. `own` is a file that we have made.
    pub(crate) fn foreign_owner(&self, own: &str) -> Result<Option<Owner>, Error> {
        let owner = |path: &str| match self.directory.metadata(path) {
            Ok(found) => Ok(Owner {
                uid: found.uid,
                gid: found.gid,
            }),
            Err(error) => Err(failed(&format!("look at {path}"), &error)),
        };
        let svscan = owner(SVSCAN)?;
        Ok((svscan.uid != owner(own)?.uid).then_some(svscan))
    }

    /// Whether something of this name is there, relative to the scan directory.
    pub(crate) fn has(&self, path: &str) -> Result<bool, Error> {
        match self.directory.metadata(path) {
            Ok(_) => Ok(true),
            Err(files::Error::NotFound) => Ok(false),
            Err(error) => Err(failed(&format!("look at {path}"), &error)),
        }
    }
}

/// Whether there are gateways whose s6-supervise runs; no matter whether s6-svscan
/// does.
pub(crate) fn has_orphans() -> bool {
    let Ok(directory) = files::open(SCAN_DIRECTORY) else {
        return false;
    };
    directory.entries(".").is_ok_and(|entries| {
        entries.iter().any(|(name, kind)| {
            *kind == Kind::Directory
                && is_service_name(departure::service_of(name).unwrap_or(name))
                && Supervisor::new(&directory, name).is_alive() == Ok(true)
        })
    })
}

/// The services of ours: those whose slots are in place, and those that an ended
/// command has begun to remove and that still have a supervisor. None of another home.
pub(crate) fn registered(home: &str) -> Result<Vec<ServiceName>, Error> {
    let scan = match files::open(SCAN_DIRECTORY) {
        Ok(directory) => ScanDirectory { directory },
        // Nothing is registered where nothing can be.
        Err(files::Error::NotFound) => return Ok(Vec::new()),
        Err(error) => return Err(failed("open the scan directory", &error)),
    };
    let entries = scan
        .directory
        .entries(".")
        .map_err(|error| failed("list the scan directory", &error))?;
    let mut services = Vec::with_capacity(entries.len());
    for (name, _) in entries
        .into_iter()
        .filter(|(_, kind)| *kind == Kind::Directory)
    {
        if is_service_name(&name) {
            services.push(name);
        } else if let Some(service) = departure::service_of(&name)
            && is_service_name(service)
            && scan.supervisor(&name).is_alive() == Ok(true)
        {
            services.push(service.to_owned());
        }
    }
    let stamp = Stamp::of(home);
    services.retain(|service| ownership::check(&scan, home, &stamp, service).is_ok());
    Ok(services)
}
