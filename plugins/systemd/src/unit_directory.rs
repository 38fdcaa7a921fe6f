use hermes_backend_sdk::files::{self, Directory, Kind};
use hermes_backend_sdk::types::{Error, Registration, ServiceName};

use crate::failure::of_file;
use crate::manager::{Manager, Scope};
use crate::manifest::{BOOTED, OWNERS_UNITS, SYSTEM_UNITS, USER_RUNTIME_UNITS, USER_UNITS};
use crate::unit::{DROP_IN, Installed, TEMPLATE, drop_in_directory, service_of, unit};

/// Bytes; what hermes-host writes is much shorter.
const LONGEST: u32 = 256 << 10;

/// Where a manager looks for the units of its administrator, as one home sees it.
pub(crate) struct UnitDirectory {
    directory: Directory,
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
        let directory =
            files::open(label).map_err(|error| of_file("open the unit directory", &error))?;
        Ok(Self {
            directory,
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
            Err(Error::NotRegistered) => directory.agents_unit(service).ok()?,
            Err(_) => None,
        }
    }

    pub(crate) fn exists(&self, path: &str) -> Result<bool, Error> {
        match self.directory.metadata(path) {
            Ok(_) => Ok(true),
            Err(files::Error::NotFound) => Ok(false),
            Err(error) => Err(of_file(&format!("look at {path}"), &error)),
        }
    }

    /// The uid of the one whose directory this is.
    pub(crate) fn owner(&self) -> Result<u32, Error> {
        let metadata = self.directory.metadata(".");
        let metadata = metadata.map_err(|error| of_file("look at the unit directory", &error))?;
        Ok(metadata.uid)
    }

    /// Whether it comes up with the machine, or with its user.
    pub(crate) fn is_enabled(&self, service: &str) -> bool {
        self.directory
            .metadata(&self.link(service))
            .is_ok_and(|found| found.kind == Kind::Symlink)
    }

    /// Whether something is in the place of the unit itself that may mask it, for good
    /// or until the next boot.
    pub(crate) fn may_be_masked(&self, service: &str) -> bool {
        let until_boot = match self.scope {
            Scope::System => BOOTED,
            Scope::User => USER_RUNTIME_UNITS,
        };
        let masks = |directory: &Directory| {
            let found = directory.metadata(&unit(service));
            found.is_ok_and(|found| found.kind == Kind::Symlink)
        };
        masks(&self.directory) || files::open(until_boot).is_ok_and(|directory| masks(&directory))
    }

    pub(crate) fn enable(&self, service: &str) -> Result<(), Error> {
        let wants = self.wants();
        match self.directory.create_directory(&wants, 0o755) {
            Ok(()) | Err(files::Error::AlreadyExists) => {}
            Err(error) => return Err(of_file(&format!("create {wants}"), &error)),
        }
        let link = self.link(service);
        self.directory
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
                match self.directory.create_directory(&path, 0o755) {
                    Ok(()) | Err(files::Error::AlreadyExists) => {}
                    Err(error) => return Err(of_file(&format!("create {path}"), &error)),
                }
            }
        }
        if let Err(error) = self.write(&drop_in_path(service), text) {
            // What was made for it goes again; what has something in it stays.
            let _ = self.directory.remove(&drop_in_directory(service));
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
        match self.remove_path(TEMPLATE) {
            Ok(()) | Err(files::Error::NotFound) => Ok(()),
            Err(error) => Err(of_file(&format!("remove {TEMPLATE}"), &error)),
        }
    }

    /// Those whose directories are there, of all homes.
    fn services(&self) -> Result<Vec<ServiceName>, Error> {
        let entries = self.entries()?.into_iter();
        Ok(entries
            .filter(|(_, kind)| *kind == Kind::Directory)
            .filter_map(|(name, _)| service_of(&name))
            .collect())
    }

    pub(crate) fn entries(&self) -> Result<Vec<(String, Kind)>, Error> {
        let entries = self.directory.entries(".");
        entries.map_err(|error| of_file("list the unit directory", &error))
    }

    pub(crate) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.directory.read(path, LONGEST) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(files::Error::NotFound) => Ok(None),
            Err(error) => Err(of_file(&format!("read {path}"), &error)),
        }
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> Result<(), Error> {
        self.directory
            .write(path, text.as_bytes(), 0o644)
            .map_err(|error| of_file(&format!("write {path}"), &error))
    }

    pub(crate) fn remove_path(&self, path: &str) -> Result<(), files::Error> {
        match self.directory.remove(path) {
            // A file system that is read-only says so before it looks.
            Err(files::Error::ReadOnly) => match self.directory.metadata(path) {
                Err(files::Error::NotFound) => Err(files::Error::NotFound),
                _ => Err(files::Error::ReadOnly),
            },
            removed => removed,
        }
    }
}

/// The services of a home whose units are there.
pub(crate) fn registered(home: &str) -> Result<Vec<ServiceName>, Error> {
    Manager::with(|manager| {
        let directory = match UnitDirectory::open(manager.scope, home) {
            Ok(directory) => directory,
            // A user without any units has no directory for them.
            Err(Error::Other(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut registered = Vec::new();
        for service in directory.services()? {
            match directory.find(&service) {
                Ok(_) => registered.push(service),
                Err(Error::NotRegistered | Error::Foreign(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(registered)
    })
}

fn drop_in_path(service: &str) -> String {
    format!("{}/{DROP_IN}", drop_in_directory(service))
}
