use super::call::{Call, Subject};
use super::method_call::{Argument, MethodCall};
use super::unit_pattern::{UnitPattern, unit_of};
use super::{Malformed, Refusal};

/// Modes of a job that touch other units only as the units themselves say.
/// `isolate`, for one, would stop everything else.
const MODES: [&str; 2] = ["replace", "fail"];

/// Properties of the manager that a backend may read; its environment is none.
const MANAGER_PROPERTIES: [&str; 4] = ["Version", "SystemState", "UnitPath", "Features"];

/// What a rule for signals of the manager is made of.
const RULE: [&str; 5] = [
    "type='signal'",
    "sender='org.freedesktop.systemd1'",
    "interface='org.freedesktop.systemd1.Manager'",
    "path='/org/freedesktop/systemd1'",
    "member='JobRemoved'",
];

/// The same for the bus's word on whether there is a systemd on it.
const PRESENCE: [&str; 5] = [
    "type='signal'",
    "sender='org.freedesktop.DBus'",
    "interface='org.freedesktop.DBus'",
    "member='NameOwnerChanged'",
    "arg0='org.freedesktop.systemd1'",
];

/// The calls of a grant, and the units that these may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub calls: Vec<&'static Call>,
    pub units: Vec<UnitPattern>,
    /// The one whose own settings may be changed: whoever runs the host.
    pub uid: u32,
    /// Who listens there obeys nobody but root.
    pub root_only: bool,
}

impl Policy {
    /// Whether it is a bus that listens, and no peer.
    pub(crate) fn greets_bus(&self) -> bool {
        Call::named("org.freedesktop.DBus.Hello").is_some_and(|hello| self.calls.contains(&hello))
    }

    /// The known call that this is, where the grant allows it.
    pub(super) fn judge(&self, message: &MethodCall) -> Result<&'static Call, Refusal> {
        let call = Call::find(message.interface, message.member)
            .filter(|call| self.calls.contains(call))
            .ok_or_else(|| Refusal::Call {
                call: format!("{}.{}", message.interface, message.member),
            })?;
        let (destination, path) = call.target();
        // Where there is no bus, there is no destination.
        if let Some(other) = message.destination.filter(|name| *name != destination) {
            return Err(argument(call, "destination", other));
        }
        if message.signature != call.signature {
            return Err(argument(call, "signature", message.signature));
        }
        let arguments = message.arguments()?;
        match unit_of(message.path) {
            Some(unit) if call.subject == Subject::Properties => self.unit(call, &unit)?,
            _ if message.path != path => return Err(argument(call, "path", message.path)),
            _ => self.subject(call, &arguments)?,
        }
        Ok(call)
    }

    /// What stands in the arguments of a call to anything but a unit.
    fn subject(&self, call: &'static Call, arguments: &[Argument]) -> Result<(), Refusal> {
        match (call.subject, arguments) {
            (Subject::All, _) => Ok(()),
            (Subject::Units, [Argument::Text(unit), mode @ ..]) => {
                self.unit(call, unit)?;
                match mode {
                    [Argument::Text(mode)] if !MODES.contains(mode) => {
                        Err(argument(call, "mode", mode))
                    }
                    _ => Ok(()),
                }
            }
            (Subject::Units, [Argument::Texts(units), ..]) => {
                units.iter().try_for_each(|unit| self.unit(call, unit))
            }
            (Subject::Globs, [_, Argument::Texts(globs)]) if globs.is_empty() => {
                Err(argument(call, "pattern", "of none"))
            }
            (Subject::Globs, [_, Argument::Texts(globs)]) => {
                let mut globs = globs.iter();
                match globs.find(|glob| !self.units.iter().any(|unit| unit.covers(glob))) {
                    Some(glob) => Err(refused_unit(call, glob)),
                    None => Ok(()),
                }
            }
            (Subject::Properties, [_, Argument::Text(property)])
                if MANAGER_PROPERTIES.contains(property) =>
            {
                Ok(())
            }
            (Subject::Properties, [.., Argument::Text(last)]) => {
                Err(argument(call, "property of the manager", last))
            }
            (Subject::Match, [Argument::Text(rule)]) => {
                let mut parts: Vec<&str> = rule.split(',').collect();
                let about_manager = [RULE[0], RULE[2]].iter().all(|part| parts.contains(part))
                    && parts.iter().all(|part| RULE.contains(part));
                parts.sort_unstable();
                let mut presence = PRESENCE;
                presence.sort_unstable();
                match about_manager || parts == presence {
                    true => Ok(()),
                    false => Err(argument(call, "rule", rule)),
                }
            }
            (Subject::User, [Argument::Number(uid), ..]) if *uid == self.uid => Ok(()),
            (Subject::User, [Argument::Number(uid), ..]) => {
                Err(argument(call, "user", &uid.to_string()))
            }
            _ => Err(Malformed("its arguments are of other types").into()),
        }
    }

    fn unit(&self, call: &'static Call, unit: &str) -> Result<(), Refusal> {
        match self.units.iter().any(|pattern| pattern.matches(unit)) {
            true => Ok(()),
            false => Err(refused_unit(call, unit)),
        }
    }
}

fn refused_unit(call: &Call, unit: &str) -> Refusal {
    Refusal::Unit {
        call: call.to_string(),
        unit: unit.to_owned(),
    }
}

fn argument(call: &Call, what: &'static str, value: &str) -> Refusal {
    Refusal::Argument {
        call: call.to_string(),
        what,
        value: value.to_owned(),
    }
}
