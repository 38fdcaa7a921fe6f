use std::fmt;

use Answer::{Disabled, Enabled, Job, Nothing};
use Subject::{All, Globs, Match, Properties, Units, User};

/// A call that the host can judge.
#[derive(Debug, PartialEq, Eq)]
pub struct Call {
    pub interface: &'static str,
    pub member: &'static str,
    /// Of its arguments.
    pub signature: &'static str,
    pub(super) subject: Subject,
    /// What it answers where it succeeds and changes something; `None`: it only
    /// reads, or concerns this connection alone.
    pub(super) change: Option<Answer>,
}

/// What has to be right in a call besides its object and its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// Nothing.
    All,
    /// The first argument, a unit or a list of them, and the mode of a job.
    Units,
    /// The second argument, a list of globs for units: one at least, as none means
    /// all units.
    Globs,
    /// The object, a unit; or a property of the manager without secrets.
    Properties,
    /// The argument, which selects signals.
    Match,
    /// The first argument, a user.
    User,
}

/// What a call answers that changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Nothing,
    /// A job, which ends.
    Job,
    /// That there is install information, and no new links.
    Enabled,
    /// No links that are gone.
    Disabled,
}

const SYSTEMD: &str = "org.freedesktop.systemd1.Manager";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const BUS: &str = "org.freedesktop.DBus";
const LOGIN: &str = "org.freedesktop.login1.Manager";

/// All that can be granted, as in `org.freedesktop.systemd1(5)`,
/// `org.freedesktop.login1(5)` and the D-Bus Specification.
pub const CALLS: &[Call] = &[
    Call::changes(SYSTEMD, "StartUnit", "ss", Units, Job),
    Call::changes(SYSTEMD, "StopUnit", "ss", Units, Job),
    Call::changes(SYSTEMD, "RestartUnit", "ss", Units, Job),
    Call::changes(SYSTEMD, "ResetFailedUnit", "s", Units, Nothing),
    Call::changes(SYSTEMD, "EnableUnitFiles", "asbb", Units, Enabled),
    Call::changes(SYSTEMD, "DisableUnitFiles", "asb", Units, Disabled),
    Call::changes(SYSTEMD, "Reload", "", All, Nothing),
    Call::reads(SYSTEMD, "GetUnit", "s", Units),
    Call::reads(SYSTEMD, "LoadUnit", "s", Units),
    Call::reads(SYSTEMD, "GetUnitFileState", "s", Units),
    Call::reads(SYSTEMD, "ListUnitsByNames", "as", Units),
    Call::reads(SYSTEMD, "ListUnitsByPatterns", "asas", Globs),
    Call::reads(SYSTEMD, "ListUnitFilesByPatterns", "asas", Globs),
    Call::reads(SYSTEMD, "Subscribe", "", All),
    Call::reads(SYSTEMD, "Unsubscribe", "", All),
    Call::reads(PROPERTIES, "Get", "ss", Properties),
    Call::reads(PROPERTIES, "GetAll", "s", Properties),
    Call::reads(BUS, "Hello", "", All),
    Call::reads(BUS, "AddMatch", "s", Match),
    Call::changes(LOGIN, "SetUserLinger", "ubb", User, Nothing),
];

impl Call {
    /// The one that a manifest calls `INTERFACE.MEMBER`.
    pub fn named(name: &str) -> Option<&'static Self> {
        let (interface, member) = name.rsplit_once('.')?;
        Self::find(interface, member)
    }

    pub(super) fn find(interface: &str, member: &str) -> Option<&'static Self> {
        let mut calls = CALLS.iter();
        calls.find(|call| call.interface == interface && call.member == member)
    }

    /// Destination and path of the object that it goes to, unless that is a unit.
    pub(super) fn target(&self) -> (&'static str, &'static str) {
        match self.interface {
            BUS => (BUS, "/org/freedesktop/DBus"),
            LOGIN => ("org.freedesktop.login1", "/org/freedesktop/login1"),
            _ => ("org.freedesktop.systemd1", "/org/freedesktop/systemd1"),
        }
    }

    const fn reads(
        interface: &'static str,
        member: &'static str,
        signature: &'static str,
        subject: Subject,
    ) -> Self {
        Self {
            interface,
            member,
            signature,
            subject,
            change: None,
        }
    }

    const fn changes(
        interface: &'static str,
        member: &'static str,
        signature: &'static str,
        subject: Subject,
        answer: Answer,
    ) -> Self {
        Self {
            change: Some(answer),
            ..Self::reads(interface, member, signature, subject)
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.interface, self.member)
    }
}
