use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::foreground::is_supervised;
use super::process_stat::ProcessStat;
use crate::backend::{Backend, Scope};
use crate::profile::ProfileName;
use crate::text;

/// Who starts a gateway again that the supervisor here knows nothing of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    Nobody,
    /// A systemd, as a unit that is not the gateway's own here.
    Systemd {
        unit: String,
        /// Whose it is, where it does what whoever asks tells it.
        scope: Option<Scope>,
    },
    /// An s6-supervise that cannot write its status, or one in a scan directory that is not
    /// looked at here.
    Silent {
        pid: u32,
        /// The directory that it works in, of one that is s6-supervise.
        slot: Option<PathBuf>,
    },
}

impl Keeper {
    /// Of the process `pid`. `proc` is where procfs is mounted.
    pub fn of(proc: &Path, pid: u32) -> Self {
        match unit_of(proc, pid) {
            Some((unit, user)) => Self::Systemd {
                unit,
                scope: scope_for(user),
            },
            None if is_supervised(proc, pid) => match ProcessStat::read(proc, pid) {
                Some(stat) => Self::Silent {
                    pid: stat.parent,
                    slot: slot_of(proc, stat.parent),
                },
                None => Self::Nobody,
            },
            None => Self::Nobody,
        }
    }

    /// Whether it is another one than the supervisor that `backend` speaks for.
    pub fn is_elsewhere(&self, backend: &Backend) -> bool {
        match self {
            Self::Systemd { .. } => true,
            Self::Silent {
                slot: Some(slot), ..
            } => slot.parent().is_some_and(|place| !backend.works_in(place)),
            Self::Silent { slot: None, .. } | Self::Nobody => false,
        }
    }

    /// What ends the process for good.
    pub fn hint(&self, pid: u32) -> String {
        match self {
            Self::Nobody => format!("end it first: kill {pid}"),
            Self::Systemd { unit, scope } => {
                let unit = text::excerpt(unit, 200);
                match scope {
                    Some(Scope::System) => format!("systemctl stop {unit} ends it"),
                    Some(Scope::User) => format!("systemctl --user stop {unit} ends it"),
                    None => "do it as root, or as the account whose systemd it is".to_owned(),
                }
            }
            Self::Silent {
                slot: Some(slot), ..
            } => {
                let scan_directory = slot.parent().unwrap_or(slot).to_string_lossy();
                let profile = profile_of(slot).map(|name| name.to_string());
                format!(
                    "what is killed comes up again: HERMES_S6_SCANDIR={} \
                     hermes-host gateway stop -p {} ends it",
                    text::excerpt(&scan_directory, 200),
                    profile.unwrap_or_default()
                )
            }
            Self::Silent { pid, slot: None } => {
                format!("what is killed comes up again: end its supervisor first, pid {pid}")
            }
        }
    }
}

/// As in "its gateway runs without a supervisor".
impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("without a supervisor"),
            Self::Systemd { unit, scope } => {
                let whose = match scope {
                    Some(Scope::System) => "the machine's systemd",
                    Some(Scope::User) => "this account's systemd",
                    None => "a systemd that is not in charge here",
                };
                write!(f, "as {} of {whose}", text::excerpt(unit, 200))
            }
            Self::Silent { .. } => f.write_str("under a supervisor that does not say so"),
        }
    }
}

/// Where an s6-supervise works: its service's own directory.
fn slot_of(proc: &Path, supervisor: u32) -> Option<PathBuf> {
    let place = fs::read_link(proc.join(supervisor.to_string()).join("cwd")).ok()?;
    (profile_of(&place).is_some() && place.join("supervise").is_dir()).then_some(place)
}

fn profile_of(slot: &Path) -> Option<ProfileName> {
    ProfileName::from_service(slot.file_name()?.to_str()?)
}

/// `user`: whose systemd it is; `None`: the machine's.
fn scope_for(user: Option<u32>) -> Option<Scope> {
    let own = geteuid();
    match user {
        None => own.is_root().then_some(Scope::System),
        Some(user) => (user == own.as_raw()).then_some(Scope::User),
    }
}

/// The unit of which a process is, and the account whose systemd has it, unless that is the
/// machine's: cgroups(7).
pub(super) fn unit_of(proc: &Path, pid: u32) -> Option<(String, Option<u32>)> {
    let groups = fs::read_to_string(proc.join(pid.to_string()).join("cgroup")).ok()?;
    groups.lines().find_map(|line| {
        let mut names = line.split('/');
        let mut user = None;
        let unit = names.find(|name| {
            let manager = name
                .strip_prefix("user@")
                .and_then(|it| it.strip_suffix(".service"));
            user = manager.and_then(|uid| uid.parse().ok()).or(user);
            name.starts_with("hermes-gateway") && name.ends_with(".service")
        })?;
        Some((unit.to_owned(), user))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_told_by_its_control_group() {
        let proc = tempfile::tempdir().unwrap();
        fs::create_dir(proc.path().join("7")).unwrap();
        let unit = "hermes-gateway@coder.service";
        let slice = r"system.slice/system-hermes\x2dgateway.slice";
        for (groups, expected) in [
            (format!("0::/{slice}/{unit}\n"), Some((unit, None))),
            (
                format!("12:pids:/\n1:name=systemd:/{slice}/{unit}\n0::/\n"),
                Some((unit, None)),
            ),
            (format!("0::/{slice}/{unit}/below\n"), Some((unit, None))),
            (
                format!("0::/user.slice/user-7.slice/user@7.service/app.slice/{unit}\n"),
                Some((unit, Some(7))),
            ),
            (format!("0::/{slice}/other.service\n"), None),
            (
                "0::/user.slice/user-0.slice/session-1.scope\n".to_owned(),
                None,
            ),
            (String::new(), None),
        ] {
            fs::write(proc.path().join("7/cgroup"), &groups).unwrap();
            let expected = expected.map(|(unit, user)| (unit.to_owned(), user));
            assert_eq!(unit_of(proc.path(), 7), expected, "{groups}");
        }
        assert_eq!(unit_of(proc.path(), 8), None);
    }
}
