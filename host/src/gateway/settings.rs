//! `hermes-host.json`: how the gateways of a home are run.

mod command;
mod error;
mod section;
mod trust;

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

pub use command::Command;
pub use error::SettingsError;

use super::account::{Account, Accounts};
use super::duration::HumanDuration;
use crate::volume::VolumeDir;
use section::Section;

/// The file in the home.
pub const FILE: &str = "hermes-host.json";

/// Bytes.
const MAX_SIZE: u64 = 64 * 1024;

/// What a stop or a start may be given: shorter can only fail, longer would
/// hold up every shutdown.
const PATIENCE: RangeInclusive<HumanDuration> =
    HumanDuration::from_millis(100)..=HumanDuration::from_secs(3_600);
const MAX_DEATHS: RangeInclusive<u32> = 1..=1_000;
const WINDOW: RangeInclusive<HumanDuration> =
    HumanDuration::from_secs(1)..=HumanDuration::from_secs(24 * 3_600);
const MAX_DELAY: RangeInclusive<HumanDuration> =
    HumanDuration::from_secs(0)..=HumanDuration::from_secs(3_600);

/// No gateway starts with less, and no machine has more.
const MEMORY_MB: RangeInclusive<u64> = 16..=16 * 1024 * 1024;
const CPU_PERCENT: RangeInclusive<u32> = 1..=100_000;
const TASKS: RangeInclusive<u32> = 4..=1_000_000;

/// The `gateway` section; every key has a default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What runs instead of `hermes` or the embedded gateway.
    pub command: Option<Command>,
    /// A gateway that runs this long after it was asked to stop is killed.
    pub stop_timeout: Duration,
    /// The command tells when it is ready and has this long to do so. `None`:
    /// running counts as ready.
    pub ready_timeout: Option<Duration>,
    pub restart: RestartBudget,
    pub limits: ResourceLimits,
    /// Only through [`Settings::account`], which checks it.
    user: Option<String>,
}

/// How often a gateway may die before it stays down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestartBudget {
    /// This many unplanned deaths within `window` are the end.
    pub max_deaths: u32,
    pub window: Duration,
    /// The longest pause before a restart.
    pub max_delay: Duration,
}

/// What one gateway may use, with all that it starts; `None`: what there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResourceLimits {
    /// MiB.
    pub memory_mb: Option<u64>,
    /// Of one processor.
    pub cpu_percent: Option<u32>,
    /// Processes and threads.
    pub tasks: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            command: None,
            stop_timeout: Duration::from_secs(30),
            ready_timeout: None,
            restart: RestartBudget::default(),
            limits: ResourceLimits::default(),
            user: None,
        }
    }
}

impl Default for RestartBudget {
    fn default() -> Self {
        Self {
            max_deaths: 5,
            window: Duration::from_mins(1),
            max_delay: Duration::from_secs(30),
        }
    }
}

impl Settings {
    /// The settings of a home; the defaults where it has no such file. `euid`
    /// is the effective user of this process: root takes nobody else's word
    /// for what root is to run.
    pub fn load(home: &VolumeDir, euid: u32) -> Result<Self, SettingsError> {
        let Some(bytes) = home.read(FILE, MAX_SIZE)? else {
            return Ok(Self::default());
        };
        if euid == 0 {
            trust::check(home)?;
        }
        Self::parse(&bytes, &home.path().join(FILE))
    }

    /// The account a gateway drops to; `None`: it stays what its supervisor is.
    ///
    /// Only root can choose: the `user` of the settings, else the owner of the
    /// home where that is not root. The home's owner could have written the
    /// settings and gets nobody else's rights. `home` is for messages only.
    pub fn account(
        &self,
        home: &Path,
        home_owner: (u32, u32),
        euid: u32,
        accounts: &Accounts,
    ) -> Result<Option<Account>, SettingsError> {
        if euid != 0 {
            return Ok(None);
        }
        let (uid, gid) = home_owner;
        let Some(user) = &self.user else {
            return Ok((uid != 0).then(|| {
                let unnamed = Account {
                    name: uid.to_string(),
                    uid,
                    gid,
                };
                accounts.with_uid(uid).cloned().unwrap_or(unnamed)
            }));
        };
        let path = || home.join(FILE).to_string_lossy().into_owned();
        let account = accounts
            .named(user)
            .ok_or_else(|| SettingsError::UnknownUser {
                path: path(),
                user: user.clone(),
                nearest: section::nearest(user, accounts.names()).map(str::to_owned),
            })?;
        if uid != 0 && account.uid != uid {
            return Err(SettingsError::ForeignUser {
                path: path(),
                user: user.clone(),
                owner: uid,
            });
        }
        Ok(Some(account.clone()))
    }

    /// What the bytes of the file say; `path` is for messages only.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, SettingsError> {
        Self::from_json(bytes).map_err(|reason| SettingsError::Invalid {
            path: path.to_string_lossy().into_owned(),
            reason,
        })
    }

    fn from_json(bytes: &[u8]) -> Result<Self, error::Invalid> {
        let mut settings = Self::default();
        let mut root = Section::root(bytes)?;
        if let Some(mut gateway) = root.section("gateway")? {
            settings.read_gateway(&mut gateway)?;
            gateway.finish()?;
        }
        root.finish()?;
        Ok(settings)
    }

    fn read_gateway(&mut self, gateway: &mut Section) -> Result<(), error::Invalid> {
        if let Some(words) = gateway.take("command")? {
            self.command =
                Some(Command::new(words).map_err(|reason| gateway.invalid("command", reason))?);
        }
        if let Some(timeout) = gateway.take_within("stop_timeout", &PATIENCE)? {
            self.stop_timeout = timeout.get();
        }
        if let Some(timeout) = gateway.take_within("ready_timeout", &PATIENCE)? {
            self.ready_timeout = Some(timeout.get());
        }
        if let Some(user) = gateway.take::<String>("user")? {
            if user.is_empty() || user.contains(|c: char| c == ':' || c.is_control()) {
                return Err(gateway.invalid("user", "is not the name of an account"));
            }
            self.user = Some(user);
        }
        if let Some(mut restart) = gateway.section("restart")? {
            self.restart.read(&mut restart)?;
            restart.finish()?;
        }
        if let Some(mut limits) = gateway.section("limits")? {
            self.limits.memory_mb = limits.take_within("memory_mb", &MEMORY_MB)?;
            self.limits.cpu_percent = limits.take_within("cpu_percent", &CPU_PERCENT)?;
            self.limits.tasks = limits.take_within("tasks", &TASKS)?;
            limits.finish()?;
        }
        Ok(())
    }
}

impl RestartBudget {
    fn read(&mut self, restart: &mut Section) -> Result<(), error::Invalid> {
        if let Some(deaths) = restart.take_within("max_deaths", &MAX_DEATHS)? {
            self.max_deaths = deaths;
        }
        if let Some(window) = restart.take_within("window", &WINDOW)? {
            self.window = window.get();
        }
        if let Some(delay) = restart.take_within("max_delay", &MAX_DELAY)? {
            self.max_delay = delay.get();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
