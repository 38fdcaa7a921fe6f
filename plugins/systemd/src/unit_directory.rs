use hermes_backend_sdk::files::{self, Directory, Kind};
use hermes_backend_sdk::types::{Error, Registration, ServiceName};

use crate::failure::of_file;
use crate::manager::{Manager, Scope};
use crate::manifest::{SYSTEM_UNITS, USER_UNITS};
use crate::unit::{DROP_IN, TEMPLATE, agents_unit, drop_in_directory, service_of, unit};

/// Bytes; what hermes-host writes is much shorter.
const LONGEST: u32 = 256 << 10;

/// Where a manager looks for the units of its administrator.
pub(crate) struct UnitDirectory {
    directory: Directory,
    scope: Scope,
}

impl UnitDirectory {
    pub(crate) fn open(scope: Scope) -> Result<Self, Error> {
        let label = match scope {
            Scope::System => SYSTEM_UNITS,
            Scope::User => USER_UNITS,
        };
        let directory =
            files::open(label).map_err(|error| of_file("open the unit directory", &error))?;
        Ok(Self { directory, scope })
    }

    /// The drop-in of a service; `None`: it is not registered.
    pub(crate) fn drop_in(&self, service: &str) -> Result<Option<Vec<u8>>, Error> {
        self.read(&drop_in_path(service))
    }

    pub(crate) fn is_registered(&self, service: &str) -> Result<bool, Error> {
        let path = drop_in_path(service);
        match self.directory.metadata(&path) {
            Ok(_) => Ok(true),
            Err(files::Error::NotFound) => Ok(false),
            Err(error) => Err(of_file(&format!("look at {path}"), &error)),
        }
    }

    /// The unit that hermes-agent has installed for the same profile, if it has.
    pub(crate) fn agents_unit(&self, service: &str) -> Result<Option<String>, Error> {
        let unit = agents_unit(service);
        match self.directory.metadata(&unit) {
            Ok(_) => Ok(Some(unit)),
            Err(files::Error::NotFound) => Ok(None),
            Err(error) => Err(of_file(&format!("look at {unit}"), &error)),
        }
    }

    /// The text of a unit that is there.
    pub(crate) fn text(&self, unit: &str) -> Result<String, Error> {
        let bytes = self.read(unit)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether a unit of hermes-agent's comes up at boot, or with its user.
    pub(crate) fn has_link(&self, agents: &str) -> bool {
        let mut links = agents_links(agents);
        links.any(|link| self.directory.metadata(&link).is_ok())
    }

    /// A copy that systemd takes for nothing.
    pub(crate) fn keep(&self, agents: &str, text: &str) -> Result<(), Error> {
        self.write(&kept(agents), text)
    }

    pub(crate) fn forget_kept(&self, agents: &str) {
        // It does no harm either.
        let _ = self.directory.remove(&kept(agents));
    }

    /// What would bring it up, and then its file.
    pub(crate) fn remove_agents(&self, agents: &str) -> Result<(), Error> {
        for path in agents_links(agents).chain([agents.to_owned()]) {
            match self.directory.remove(&path) {
                Ok(()) | Err(files::Error::NotFound) => {}
                Err(error) => return Err(of_file(&format!("remove {path}"), &error)),
            }
        }
        Ok(())
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
        match self.directory.remove(&link) {
            Ok(()) | Err(files::Error::NotFound) => {}
            Err(error) => return Err(of_file(&format!("remove {link}"), &error)),
        }
        // As systemd does; where it is not empty, or not to be had, it stays.
        let _ = self.directory.remove(&self.wants());
        Ok(())
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
        if self.read(TEMPLATE)?.as_deref() == Some(text.as_bytes()) {
            return Ok(false);
        }
        self.write(TEMPLATE, text).map(|()| true)
    }

    pub(crate) fn write_drop_in(&self, service: &str, text: &str) -> Result<Registration, Error> {
        let before = self.drop_in(service)?;
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
        self.write(&drop_in_path(service), text)?;
        Ok(match before {
            Some(_) => Registration::Updated,
            None => Registration::Created,
        })
    }

    /// The drop-in first: without it a service is not registered. What somebody
    /// else has put beside it stays.
    pub(crate) fn remove(&self, service: &str) -> Result<(), Error> {
        for path in [drop_in_path(service), drop_in_directory(service)] {
            match self.directory.remove(&path) {
                Ok(()) | Err(files::Error::NotFound | files::Error::NotEmpty) => {}
                Err(error) => return Err(of_file(&format!("remove {path}"), &error)),
            }
        }
        Ok(())
    }

    /// Where no service needs it any more.
    pub(crate) fn remove_unused_template(&self) -> Result<(), Error> {
        if !self.services()?.is_empty() {
            return Ok(());
        }
        match self.directory.remove(TEMPLATE) {
            Ok(()) | Err(files::Error::NotFound) => Ok(()),
            Err(error) => Err(of_file(&format!("remove {TEMPLATE}"), &error)),
        }
    }

    fn services(&self) -> Result<Vec<ServiceName>, Error> {
        let entries = self
            .directory
            .entries(".")
            .map_err(|error| of_file("list the unit directory", &error))?;
        let mut services = Vec::new();
        for (name, kind) in entries {
            if kind == Kind::Directory
                && let Some(service) = service_of(&name)
                && self.is_registered(&service)?
            {
                services.push(service);
            }
        }
        Ok(services)
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.directory.read(path, LONGEST) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(files::Error::NotFound) => Ok(None),
            Err(error) => Err(of_file(&format!("read {path}"), &error)),
        }
    }

    fn write(&self, path: &str, text: &str) -> Result<(), Error> {
        self.directory
            .write(path, text.as_bytes(), 0o644)
            .map_err(|error| of_file(&format!("write {path}"), &error))
    }
}

/// The services whose units are there.
pub(crate) fn registered() -> Result<Vec<ServiceName>, Error> {
    Manager::with(|manager| match UnitDirectory::open(manager.scope) {
        Ok(directory) => directory.services(),
        // A user without any units has no directory for them.
        Err(Error::Other(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    })
}

/// Both of the targets that hermes-agent's installer names.
fn agents_links(agents: &str) -> impl Iterator<Item = String> {
    ["multi-user.target", "default.target"]
        .map(|target| format!("{target}.wants/{agents}"))
        .into_iter()
}

fn kept(agents: &str) -> String {
    format!("{agents}.migrated")
}

fn drop_in_path(service: &str) -> String {
    format!("{}/{DROP_IN}", drop_in_directory(service))
}
