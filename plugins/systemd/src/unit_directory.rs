use std::cell::OnceCell;

use hermes_backend_sdk::files::{self, Directory, Kind, Metadata};
use hermes_backend_sdk::log;
use hermes_backend_sdk::types::{Error, Registration, ServiceName};

use crate::agents::Agents;
use crate::failure::{of_file, words_of};
use crate::manager::Scope;
use crate::manifest::{
    BOOTED, OWNERS_UNITS, SYSTEM_LOCAL_UNITS, SYSTEM_PACKAGED_UNITS, SYSTEM_UNITS,
    USER_LOCAL_UNITS, USER_PACKAGED_UNITS, USER_RUNTIME_UNITS, USER_UNITS,
};
use crate::unit::{DROP_IN, Installed, TEMPLATE, drop_in_directory, service_of, unit};

/// Bytes; what hermes-host writes is much shorter.
const LONGEST: u32 = 256 << 10;

/// Where a manager looks for the units of its administrator, as one home sees it.
pub(crate) struct UnitDirectory {
    /// One that is not there is as an empty one to everybody who reads.
    directory: Result<Directory, files::Error>,
    /// Opened where it is asked for.
    until_boot: OnceCell<Option<Directory>>,
    /// Likewise: what is not its administrator's.
    outside: OnceCell<Vec<Directory>>,
    scope: Scope,
    home: String,
}

impl UnitDirectory {
    pub(crate) fn open(scope: Scope, home: &str) -> Result<Self, Error> {
        let label = match scope {
            Scope::System => SYSTEM_UNITS,
            Scope::User => USER_UNITS,
        };
        Self::labelled(label, scope, home)
    }

    /// For a stop, which nothing that is wrong with the files holds up: what it is goes
    /// with it.
    pub(crate) fn open_anyway(scope: Scope, home: &str) -> (Self, Result<(), Error>) {
        match Self::open(scope, home) {
            Ok(directory) => (directory, Ok(())),
            Err(error) => {
                let missing = Self {
                    directory: Err(files::Error::NotFound),
                    until_boot: OnceCell::new(),
                    outside: OnceCell::new(),
                    scope,
                    home: home.to_owned(),
                };
                (missing, Err(error))
            }
        }
    }

    /// The same, where what it is is only told.
    pub(crate) fn open_to_stop(scope: Scope, home: &str) -> Self {
        let (directory, opened) = Self::open_anyway(scope, home);
        if let Err(error) = opened {
            log::write(log::Level::Warn, words_of(&error));
        }
        directory
    }

    /// Where the other manager looks that may have units for this home: to a user the
    /// machine's, to root that of the home's owner.
    fn open_elsewhere(&self) -> Result<Self, Error> {
        let (label, scope) = match self.scope {
            Scope::System => (OWNERS_UNITS, Scope::User),
            Scope::User => (SYSTEM_UNITS, Scope::System),
        };
        Self::labelled(label, scope, &self.home)
    }

    fn labelled(label: &str, scope: Scope, home: &str) -> Result<Self, Error> {
        let directory = match files::open(label) {
            Err(error @ (files::Error::NotFound | files::Error::NotADirectory)) => Err(error),
            opened => Ok(opened.map_err(|error| of_opening(&error))?),
        };
        Ok(Self {
            directory,
            until_boot: OnceCell::new(),
            outside: OnceCell::new(),
            scope,
            home: home.to_owned(),
        })
    }

    pub(crate) fn scope(&self) -> Scope {
        self.scope
    }

    pub(crate) fn home(&self) -> &str {
        &self.home
    }

    /// The drop-in of a service of this home.
    pub(crate) fn find(&self, service: &str) -> Result<Installed, Error> {
        let bytes = self.read(&drop_in_path(service))?;
        let installed = Installed::new(&bytes.ok_or(Error::NotRegistered)?);
        match installed.other_home(&self.home) {
            Some(other) => Err(Error::Foreign(other.to_owned())),
            None => Ok(installed),
        }
    }

    /// The same, and where there is none, what the other manager has: never are there
    /// to be two.
    pub(crate) fn find_anywhere(&self, service: &str) -> Result<Installed, Error> {
        let found = self.find(service);
        if found != Err(Error::NotRegistered) {
            return found;
        }
        match self.elsewhere(service) {
            Some(unit) => Err(Error::Elsewhere(match self.scope {
                Scope::System => format!("the systemd of its owner has {unit} for it"),
                Scope::User => format!("the machine's systemd has {unit} for it"),
            })),
            None => found,
        }
    }

    /// The unit there, as far as this user may look.
    fn elsewhere(&self, service: &str) -> Option<String> {
        let directory = self.open_elsewhere().ok()?;
        match directory.find(service) {
            Ok(_) => Some(unit(service)),
            Err(Error::NotRegistered) => {
                let agents = Agents::candidate(&directory, service).ok()??;
                Some(format!("{} of hermes-agent", agents.unit))
            }
            Err(_) => None,
        }
    }

    fn metadata(&self, path: &str) -> Result<Metadata, files::Error> {
        match &self.directory {
            Ok(directory) => directory.metadata(path),
            Err(_) => Err(files::Error::NotFound),
        }
    }

    fn for_writing(&self) -> Result<&Directory, Error> {
        self.directory.as_ref().map_err(of_opening)
    }

    pub(crate) fn exists(&self, path: &str) -> Result<bool, Error> {
        match self.metadata(path) {
            Ok(_) => Ok(true),
            Err(files::Error::NotFound) => Ok(false),
            Err(error) => Err(of_file(&format!("look at {path}"), &error)),
        }
    }

    /// The uid of the one whose directory this is.
    pub(crate) fn owner(&self) -> Result<u32, Error> {
        let metadata = self.metadata(".");
        let metadata = metadata.map_err(|error| of_file("look at the unit directory", &error))?;
        Ok(metadata.uid)
    }

    /// Whether it comes up with the machine, or with its user.
    pub(crate) fn is_enabled(&self, service: &str) -> bool {
        self.is_link(&self.link(service))
    }

    pub(crate) fn is_link(&self, path: &str) -> bool {
        let found = self.metadata(path);
        found.is_ok_and(|found| found.kind == Kind::Symlink)
    }

    /// The same for what counts until the next boot, or until the user's systemd ends.
    pub(crate) fn is_link_until_boot(&self, path: &str) -> bool {
        let found = self.until_boot().map(|directory| directory.metadata(path));
        found.is_some_and(|found| found.is_ok_and(|found| found.kind == Kind::Symlink))
    }

    fn until_boot(&self) -> Option<&Directory> {
        let label = match self.scope {
            Scope::System => BOOTED,
            Scope::User => USER_RUNTIME_UNITS,
        };
        let directory = self.until_boot.get_or_init(|| files::open(label).ok());
        directory.as_ref()
    }

    /// Whether it is in another directory that systemd reads: of a package, of the
    /// machine's own programs, or until the next boot.
    pub(crate) fn is_outside(&self, path: &str) -> bool {
        let labels = match self.scope {
            Scope::System => [SYSTEM_LOCAL_UNITS, SYSTEM_PACKAGED_UNITS],
            Scope::User => [USER_LOCAL_UNITS, USER_PACKAGED_UNITS],
        };
        let opened = || labels.iter().filter_map(|label| files::open(label).ok());
        let outside = self.outside.get_or_init(|| opened().collect());
        let mut directories = self.until_boot().into_iter().chain(outside);
        directories.any(|directory| directory.metadata(path).is_ok())
    }

    pub(crate) fn enable(&self, service: &str) -> Result<(), Error> {
        let wants = self.wants();
        let directory = self.for_writing()?;
        match directory.create_directory(&wants, 0o755) {
            Ok(()) | Err(files::Error::AlreadyExists) => {}
            Err(error) => return Err(of_file(&format!("create {wants}"), &error)),
        }
        let link = self.link(service);
        directory
            .create_symlink(&format!("../{TEMPLATE}"), &link)
            .map_err(|error| of_file(&format!("create {link}"), &error))
    }

    pub(crate) fn disable(&self, service: &str) -> Result<(), Error> {
        let link = self.link(service);
        // The directory of the links stays: what changes in the one above it has
        // systemd look through all unit files again.
        match self.remove_path(&link) {
            Ok(()) | Err(files::Error::NotFound) => Ok(()),
            Err(error) => Err(of_file(&format!("remove {link}"), &error)),
        }
    }

    /// Of what comes up at boot.
    fn wants(&self) -> String {
        format!("{}.wants", self.scope.target())
    }

    fn link(&self, service: &str) -> String {
        format!("{}/{}", self.wants(), unit(service))
    }

    /// Whether it was another one before.
    pub(crate) fn write_template(&self, text: &str) -> Result<bool, Error> {
        match self.read(TEMPLATE)? {
            Some(before) if before == text.as_bytes() => Ok(false),
            _ => self.write(TEMPLATE, text).map(|()| true),
        }
    }

    pub(crate) fn write_drop_in(&self, service: &str, text: &str) -> Result<Registration, Error> {
        let before = self.read(&drop_in_path(service))?;
        match before {
            Some(before) if before == text.as_bytes() => return Ok(Registration::Unchanged),
            Some(_) => {}
            None => {
                let path = drop_in_directory(service);
                match self.for_writing()?.create_directory(&path, 0o755) {
                    Ok(()) | Err(files::Error::AlreadyExists) => {}
                    Err(error) => return Err(of_file(&format!("create {path}"), &error)),
                }
            }
        }
        if let Err(error) = self.write(&drop_in_path(service), text) {
            // What was made for it goes again; what has something in it stays.
            let _ = self.remove_path(&drop_in_directory(service));
            return Err(error);
        }
        Ok(match before {
            Some(_) => Registration::Updated,
            None => Registration::Created,
        })
    }

    /// The drop-in first: without it a service is not registered. What somebody
    /// else has put beside it stays.
    pub(crate) fn remove(&self, service: &str) -> Result<(), Error> {
        for path in [drop_in_path(service), drop_in_directory(service)] {
            match self.remove_path(&path) {
                Ok(()) | Err(files::Error::NotFound | files::Error::NotEmpty) => {}
                Err(error) => return Err(of_file(&format!("remove {path}"), &error)),
            }
        }
        Ok(())
    }

    /// Where no service of any home needs it any more.
    pub(crate) fn remove_unused_template(&self) -> Result<(), Error> {
        for service in self.services()? {
            if self.exists(&drop_in_path(&service))? {
                return Ok(());
            }
        }
        // Somebody has masked it.
        if self.is_link(TEMPLATE) {
            return Ok(());
        }
        match self.remove_path(TEMPLATE) {
            Ok(()) | Err(files::Error::NotFound) => Ok(()),
            Err(error) => Err(of_file(&format!("remove {TEMPLATE}"), &error)),
        }
    }

    /// Those whose directories are there, of all homes.
    pub(crate) fn services(&self) -> Result<Vec<ServiceName>, Error> {
        let entries = self.entries(".")?.into_iter();
        Ok(entries
            .filter(|(_, kind)| *kind == Kind::Directory)
            .filter_map(|(name, _)| service_of(&name))
            .collect())
    }

    pub(crate) fn entries(&self, path: &str) -> Result<Vec<(String, Kind)>, Error> {
        let Ok(directory) = &self.directory else {
            return Ok(Vec::new());
        };
        let entries = directory.entries(path);
        entries.map_err(|error| of_file("list the unit directory", &error))
    }

    pub(crate) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let Ok(directory) = &self.directory else {
            return Ok(None);
        };
        match directory.read(path, LONGEST) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(files::Error::NotFound) => Ok(None),
            Err(error) => Err(of_file(&format!("read {path}"), &error)),
        }
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> Result<(), Error> {
        self.for_writing()?
            .write(path, text.as_bytes(), 0o644)
            .map_err(|error| of_file(&format!("write {path}"), &error))
    }

    pub(crate) fn remove_path(&self, path: &str) -> Result<(), files::Error> {
        let Ok(directory) = &self.directory else {
            return Err(files::Error::NotFound);
        };
        match directory.remove(path) {
            // A file system that is read-only says so before it looks.
            Err(files::Error::ReadOnly) => match directory.metadata(path) {
                Err(files::Error::NotFound) => Err(files::Error::NotFound),
                _ => Err(files::Error::ReadOnly),
            },
            removed => removed,
        }
    }
}

fn of_opening(error: &files::Error) -> Error {
    of_file("open the unit directory", error)
}

fn drop_in_path(service: &str) -> String {
    format!("{}/{DROP_IN}", drop_in_directory(service))
}
