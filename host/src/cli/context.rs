use std::cell::OnceCell;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, OFlags};
use rustix::io::Errno;

use super::arguments::{Color, Global};
use super::environment::{Environment, SCAN_DIRECTORY};
use super::report::{Exit, Report};
use super::{CommandError, Result};
use crate::backend::{Backend, BackendError, Variables, choose};
use crate::effect::{Injection, LogLevel, LogSink, Progress};
use crate::gateway::account::{Account, Accounts};
use crate::gateway::settings::Settings;
use crate::gateway::specification::Specification;
use crate::os_error;
use crate::profile::{Home, HomePath, ProfileName};
use crate::recording::Recording;
use crate::rehearsal::{Plan, Rehearsal};
use crate::sandbox::Layers;
use crate::text::sanitise;

/// What every command starts from.
pub(super) struct Context {
    pub(super) global: Global,
    pub(super) environment: Environment,
    home: HomePath,
    recording: Option<Recording>,
    fault: Option<Injection>,
    accounts: OnceCell<Accounts>,
    /// `None`: what the command does is performed.
    rehearsal: Option<Rehearsal>,
}

/// What the services of the home are made of, to borrow a [`Specification`]
/// from.
pub(super) struct Services {
    pub(super) settings: Settings,
    account: Option<Account>,
    home: PathBuf,
    /// `None`: it is not known.
    executable: Option<PathBuf>,
}

impl Context {
    pub(super) fn new(global: Global, environment: Environment, dry_run: bool) -> Result<Self> {
        let path = global
            .home
            .clone()
            .or_else(|| environment.hermes_home.clone())
            .or_else(|| Some(environment.user_home.as_ref()?.join(".hermes")))
            .ok_or_else(|| {
                CommandError::new(
                    Exit::Usage,
                    "there is no home: $HOME is not set, or is no absolute path",
                )
                .hint("name it: --home DIR, or HERMES_HOME=DIR".to_owned())
            })?;
        if path.to_str().is_none() {
            return Err(CommandError::new(
                Exit::Usage,
                format!(
                    "{}: the home has to be UTF-8",
                    sanitise(&path.to_string_lossy())
                ),
            ));
        }
        let directory = match &environment.current_directory {
            Some(directory) => directory.as_path(),
            None if path.is_absolute() => Path::new("/"),
            None => {
                let shown = sanitise(&path.to_string_lossy()).into_owned();
                let message = format!("{shown}: is relative to a directory that is gone");
                let hint = "name the home by its whole path: --home DIR, or HERMES_HOME=DIR";
                return Err(CommandError::new(Exit::Usage, message).hint(hint.to_owned()));
            }
        };
        let home = HomePath::resolve(&path, directory).canonical();
        let shown = home.root().to_string_lossy();
        if sanitise(&shown) != shown {
            return Err(CommandError::new(
                Exit::Usage,
                format!(
                    "{}: a home cannot have control characters in its path",
                    sanitise(&shown)
                ),
            )
            .hint("name another one: --home DIR, or HERMES_HOME=DIR".to_owned()));
        }
        if let Some(path) = &environment.scan_directory
            && !path.is_absolute()
        {
            return Err(CommandError::new(
                Exit::Usage,
                format!(
                    "{SCAN_DIRECTORY}={}: not an absolute path",
                    sanitise(&path.to_string_lossy())
                ),
            ));
        }
        let recording = recording(&global)?;
        let rehearsal = dry_run.then(Rehearsal::default);
        Ok(Self {
            fault: global.fault.clone().map(Injection::new),
            home: match &rehearsal {
                Some(rehearsal) => home.rehearse(rehearsal.clone()),
                None => home,
            },
            rehearsal,
            global,
            environment,
            recording,
            accounts: OnceCell::new(),
        })
    }

    /// What the command would have done so far; `None`: it is no dry run.
    pub(super) fn plan(&self) -> Option<Plan> {
        self.rehearsal.as_ref().map(Rehearsal::plan)
    }

    pub(super) fn is_dry_run(&self) -> bool {
        self.rehearsal.is_some()
    }

    /// Before what is done: in a dry run it only would be.
    pub(super) fn would(&self) -> &'static str {
        if self.is_dry_run() { "would be " } else { "" }
    }

    pub(super) fn home_path(&self) -> &HomePath {
        &self.home
    }

    pub(super) fn home(&self) -> Result<Home> {
        Ok(Home::open(&self.home)?)
    }

    /// The profile that `-p` names, else the default one.
    pub(super) fn profile(&self) -> Result<ProfileName> {
        match &self.global.profile {
            Some(name) => Ok(name.parse()?),
            None => Ok(ProfileName::default_profile()),
        }
    }

    /// Refuses `-p` where a command is about all profiles, or names its own.
    pub(super) fn refuse_profile(&self, why: &str, hint: &str) -> Result<()> {
        match self.global.profile {
            Some(_) => Err(CommandError::new(Exit::Usage, why).hint(hint.to_owned())),
            None => Ok(()),
        }
    }

    /// The backend that the operator named, or the one that detects its
    /// supervisor.
    ///
    /// It is there until the process ends, which takes it apart faster than we would.
    pub(super) fn backend(&self) -> Result<&'static mut Backend> {
        let choice = choose(
            self.global.backend.as_deref(),
            self.home.root(),
            &self.variables(),
            |backend| self.layers(backend),
        )?;
        let refused = choice.is_last_resort().then(|| self.no_svscan());
        match refused.flatten() {
            Some(error) => Err(error),
            None => Ok(Box::leak(Box::new(choice.backend))),
        }
    }

    /// Where nobody supervises anything here: why the scan directory that the operator has
    /// named is of no use.
    pub(super) fn no_svscan(&self) -> Option<CommandError> {
        let path = self.environment.scan_directory.as_deref()?;
        let shown = sanitise(&path.to_string_lossy()).into_owned();
        let why = format!("{SCAN_DIRECTORY}={shown}: {}", why_no_svscan(path));
        let hint = format!("start one as this user, or unset {SCAN_DIRECTORY}");
        Some(CommandError::new(Exit::Failed, why).hint(hint))
    }

    /// An instance of a backend that only looks: not in the trace, and no faults.
    pub(super) fn observer(&self, backend: &str) -> std::result::Result<Backend, BackendError> {
        let choice = choose(Some(backend), self.home.root(), &self.variables(), |_| {
            Layers::default()
        })?;
        Ok(choice.backend)
    }

    /// The settings of the host that a backend's manifest may name.
    pub(super) fn variables(&self) -> Variables {
        let mut variables = self.environment.variables.clone();
        let euid = rustix::process::geteuid();
        // As after a bare `env -i`: where the user's systemd looks does not hang on it.
        if self.environment.user_home.is_none() && !euid.is_root() {
            let accounts = self.accounts().ok();
            let home = accounts.and_then(|accounts| accounts.home_of(euid.as_raw()).cloned());
            variables = variables.with("HOME", home);
        }
        let owner = std::fs::metadata(self.home.root()).map(|metadata| metadata.uid());
        match owner {
            // Only root reaches what another user has.
            Ok(owner) if owner != 0 && euid.is_root() => {
                let accounts = self.accounts().ok();
                let home = accounts.and_then(|accounts| accounts.home_of(owner).cloned());
                variables.with(Variables::OWNER_HOME, home)
            }
            _ => variables,
        }
    }

    /// What stands around an instance of a backend.
    pub(super) fn layers(&self, backend: &str) -> Layers {
        Layers {
            recording: self.recording.clone(),
            log: Some(log(backend.to_owned(), self.global.verbose)),
            fault: self.fault.clone(),
            rehearsal: self.rehearsal.clone(),
        }
    }

    /// Says at the end of a command where `--fault` has come to nothing.
    pub(super) fn tell_of_fault(&self, report: &mut Report) {
        let Some(injection) = &self.fault else { return };
        let number = injection.fault.number;
        let why = match injection.progress() {
            Progress::Injected => return,
            Progress::Waiting => format!("the backend did not come to effect {number}"),
            Progress::CannotFail => format!("effect {number} is one that cannot fail"),
        };
        report.note(&format!("no fault was injected: {why}"));
        report.hint("--trace FILE numbers the effects");
    }

    pub(super) fn services(&self, home: &Home) -> Result<Services> {
        let euid = rustix::process::geteuid().as_raw();
        let settings = Settings::load(home.dir(), euid)?;
        let owner = home
            .dir()
            .owner()
            .map_err(crate::profile::ProfileError::from)?;
        let account = match euid {
            0 => settings.account(home.path(), owner, euid, self.accounts()?)?,
            _ => None,
        };
        Ok(Services {
            settings,
            account,
            home: home.path().to_owned(),
            executable: Environment::executable(),
        })
    }

    /// Who gives the command, for the record.
    pub(super) fn operator(&self) -> String {
        self.operator_name()
            .unwrap_or_else(|| format!("uid {}", rustix::process::getuid()))
    }

    /// The name of their account, where it has one.
    pub(super) fn operator_name(&self) -> Option<String> {
        let uid = rustix::process::getuid().as_raw();
        let account = self.accounts().ok()?.with_uid(uid)?;
        Some(sanitise(&account.name).into_owned())
    }

    /// Ends the trace of a command; says where it is not whole.
    pub(super) fn end_trace(&self, report: &mut Report) {
        let lost = self.recording.as_ref().and_then(|recording| {
            recording.finish();
            recording.lost()
        });
        if let (Some(error), Some(path)) = (lost, &self.global.trace) {
            report.note(&format!(
                "warning: {}: the trace is incomplete: {error}",
                path.display()
            ));
        }
    }

    fn accounts(&self) -> Result<&Accounts> {
        if let Some(accounts) = self.accounts.get() {
            return Ok(accounts);
        }
        let accounts = Accounts::of_this_machine().map_err(|error| {
            CommandError::new(
                Exit::Failed,
                format!("the accounts cannot be read: {}", os_error::words(&error)),
            )
        })?;
        Ok(self.accounts.get_or_init(|| accounts))
    }

    pub(super) fn colours(&self) -> bool {
        match self.global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => self.environment.stdout_is_terminal && !self.environment.no_color,
        }
    }
}

impl Services {
    /// Those of a home whose settings cannot be read, for what needs no account.
    pub(super) fn defaults(home: &Home) -> Self {
        Self {
            settings: Settings::default(),
            account: None,
            home: home.path().to_owned(),
            executable: Environment::executable(),
        }
    }

    pub(super) fn specification(&self) -> Specification<'_> {
        Specification {
            home: &self.home,
            executable: self.executable.as_deref().unwrap_or(Path::new("")),
            settings: &self.settings,
            account: self.account.as_ref(),
        }
    }

    /// Before something is registered: it is this program that a supervisor runs.
    pub(super) fn check_executable(&self, backend: &Backend) -> Result<()> {
        match &self.executable {
            None if backend.supervises() => Err(CommandError::new(
                Exit::Failed,
                "hermes-host cannot find its own file: nothing is at /proc/self/exe",
            )
            .hint("mount /proc".to_owned())),
            _ => Ok(()),
        }
    }

    pub(super) fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }
}

/// Why nobody was found to supervise a scan directory.
fn why_no_svscan(scan_directory: &Path) -> &'static str {
    let control = scan_directory.join(".s6-svscan/control");
    match rustix::fs::accessat(CWD, &control, Access::WRITE_OK, AtFlags::EACCESS) {
        Err(Errno::ACCESS | Errno::PERM) => {
            "this user may not ask its s6-svscan, which belongs to another one"
        }
        _ => "no s6-svscan answers there",
    }
}

/// What `--trace` and `--redact` ask for.
fn recording(global: &Global) -> Result<Option<Recording>> {
    let Some(path) = &global.trace else {
        return match global.redact {
            true => Err(CommandError::new(
                Exit::Usage,
                "--redact needs --trace FILE",
            )),
            false => Ok(None),
        };
    };
    let file = create(path).map_err(|error| {
        CommandError::new(
            Exit::Failed,
            format!(
                "{}: cannot write the trace: {}",
                path.display(),
                os_error::words(&error)
            ),
        )
    })?;
    Ok(Some(match global.redact {
        true => Recording::redacted(Box::new(file)),
        false => Recording::new(Box::new(file)),
    }))
}

/// A FIFO that nobody reads must not hold the command up. What is new is for its
/// owner alone, since secrets may pass.
fn create(path: &Path) -> io::Result<File> {
    File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
}

/// A backend's words, on standard error: all of them or only what matters.
fn log(backend: String, verbose: bool) -> LogSink {
    Box::new(move |level, message| {
        if verbose || matches!(level, LogLevel::Error | LogLevel::Warn) {
            let _ = writeln!(io::stderr(), "{backend}: {}", sanitise(message));
        }
    })
}
