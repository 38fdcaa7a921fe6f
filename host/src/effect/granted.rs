use std::collections::BTreeMap;

use super::grant::{Access, Grant, Grants};
use super::{
    Bytes, ConnectionId, Denial, DirectoryId, Effect, Failure, Outcome, PathAction, Perform, Reply,
    bounded, names, place,
};
use crate::dbus::Filter;

/// Refuses every effect that no grant allows.
pub struct Granted<P> {
    grants: Grants,
    opened: BTreeMap<DirectoryId, Opened>,
    connected: BTreeMap<ConnectionId, Connected>,
    below: P,
}

#[derive(Clone)]
struct Opened {
    access: Access,
    label: String,
    /// For messages only.
    path: String,
    /// From the directory of the grant on; `None`: only the kernel knows.
    inside: Option<String>,
}

impl Opened {
    fn allows(&self, path: &str, action: &PathAction) -> bool {
        match &self.access {
            Access::WriteDirectory => true,
            Access::WriteNames(names) if !action.only_reads() => {
                names::joined(self.inside.as_deref(), path)
                    .is_some_and(|path| names.allow(&path, action))
            }
            _ => action.only_reads(),
        }
    }
}

struct Connected {
    label: String,
    /// `None`: all bytes pass.
    filter: Option<Filter>,
}

impl Connected {
    /// Bytes that are held back.
    fn held(&self) -> usize {
        self.filter.as_ref().map_or(0, Filter::held)
    }
}

impl<P: Perform> Granted<P> {
    pub fn new(grants: Grants, below: P) -> Self {
        Self {
            grants,
            opened: BTreeMap::new(),
            connected: BTreeMap::new(),
            below,
        }
    }

    fn grant(&self, effect: &Effect, label: &str, function: Function) -> Result<&Grant, Failure> {
        let Function { capability, needs } = function;
        match self.grants.by_label.get(label) {
            Some(grant) if grant.access.serves(effect) => Ok(grant),
            _ => {
                let label = place::shown(label);
                let missing = format!("--label {label} --{needs}");
                Err(self.denial(capability, format!("label {label}"), missing))
            }
        }
    }

    /// The grant that would let a directory be written to, with its place.
    fn missing(&self, label: &str) -> String {
        let path = self.grants.by_label.get(label).map(|grant| &grant.path);
        let path = path.map(|path| path.display().to_string());
        let access = Access::WriteDirectory.name();
        let missing = format!("--label {label} --{access} {}", path.unwrap_or_default());
        place::shown(missing.trim_end())
    }

    fn denial(&self, capability: &str, argument: String, missing: String) -> Failure {
        Failure::NotGranted(Denial {
            backend: self.grants.backend.clone(),
            capability: capability.to_owned(),
            argument,
            missing,
        })
    }

    /// A labelled effect: where its grant is there, the layer below decides.
    fn labelled(&mut self, effect: &Effect, label: &str, function: Function) -> Outcome {
        let Grant { access, path } = self.grant(effect, label, function)?.clone();
        let outcome = self.below.perform(effect);
        let label = label.to_owned();
        match outcome {
            Ok(Reply::Directory(id)) => {
                let path = path.display().to_string();
                let opened = Opened {
                    access,
                    label,
                    path,
                    inside: Some(String::new()),
                };
                self.opened.insert(id, opened);
            }
            Ok(Reply::Connection(id)) => {
                let filter = match access {
                    Access::Dbus(policy) => Some(Filter::new(policy)),
                    _ => None,
                };
                self.connected.insert(id, Connected { label, filter });
            }
            _ => {}
        }
        outcome
    }

    /// Gives on what passes; what does not ends the connection.
    fn send(&mut self, connection: ConnectionId, bytes: &Bytes, timeout: u64) -> Outcome {
        let held: usize = self.connected.values().map(Connected::held).sum();
        let connected = self.connected.get_mut(&connection);
        let Connected { label, filter } = connected.ok_or(Failure::Closed)?;
        let bytes = match filter {
            None => bytes.clone(),
            Some(_) if held + bytes.0.len() > bounded::MOST_BYTES => {
                return Err(Failure::TooLarge);
            }
            Some(filter) => match filter.pass(&bytes.0) {
                Ok(passed) if passed.is_empty() => return Ok(Reply::Done),
                Ok(passed) => Bytes(passed),
                Err(refusal) => {
                    let missing = refusal.missing(label);
                    self.connected.remove(&connection);
                    self.below
                        .perform(&Effect::CloseConnection { connection })?;
                    return Err(self.denial("sockets.send", refusal.to_string(), missing));
                }
            },
        };
        self.below.perform(&Effect::Send {
            connection,
            bytes,
            timeout,
        })
    }

    fn path(
        &mut self,
        effect: &Effect,
        directory: DirectoryId,
        path: &str,
        action: &PathAction,
    ) -> Outcome {
        let opened = self.opened.get(&directory).ok_or(Failure::Closed)?;
        if !opened.allows(path, action) {
            return Err(self.denial(
                &format!("files.{}", action.name()),
                place::below(&opened.path, path),
                self.missing(&opened.label),
            ));
        }
        if is_program_of_another(action) {
            return Err(Failure::PermissionDenied);
        }
        if let PathAction::CreateLink {
            other: Some(other), ..
        } = action
            && self.opened.get(other).ok_or(Failure::Closed)?.label != opened.label
        {
            return Err(Failure::Escapes);
        }
        let outcome = self.below.perform(effect);
        if let Ok(Reply::Directory(id)) = outcome {
            let mut inner = opened.clone();
            inner.path = place::below(&inner.path, path);
            inner.inside = names::joined(inner.inside.as_deref(), path);
            self.opened.insert(id, inner);
        }
        outcome
    }
}

/// A set-id file is a program that runs as the host's own account, whoever
/// starts it: no grant of a directory means that.
fn is_program_of_another(action: &PathAction) -> bool {
    const SET_ID: u32 = 0o6000;
    match action {
        PathAction::Write { mode, .. } | PathAction::CreateFile { mode, .. } => mode & SET_ID != 0,
        _ => false,
    }
}

/// A function of the contract that takes a label.
#[derive(Clone, Copy)]
struct Function {
    capability: &'static str,
    /// The access that is enough for it.
    needs: &'static str,
}

const fn function(capability: &'static str, needs: &'static str) -> Function {
    Function { capability, needs }
}

impl<P: Perform> Perform for Granted<P> {
    fn perform(&mut self, effect: &Effect) -> Outcome {
        match effect {
            Effect::Open { label } => {
                self.labelled(effect, label, function("files.open", "read-directory"))
            }
            Effect::ReadGranted { label, .. } => {
                self.labelled(effect, label, function("files.read-granted", "read-file"))
            }
            Effect::Connect { label, .. } => {
                self.labelled(effect, label, function("sockets.connect", "unix-socket"))
            }
            Effect::Run { label, .. } => {
                self.labelled(effect, label, function("commands.run", "command"))
            }
            Effect::Path {
                directory,
                path,
                action,
            } => self.path(effect, *directory, path, action),
            Effect::CloseDirectory { directory } => {
                self.opened.remove(directory);
                self.below.perform(effect)
            }
            Effect::Send {
                connection,
                bytes,
                timeout,
            } => self.send(*connection, bytes, *timeout),
            Effect::ReceiveFrom { connection, .. } => {
                match self.connected.contains_key(connection) {
                    true => self.below.perform(effect),
                    false => Err(Failure::Closed),
                }
            }
            Effect::CloseConnection { connection } => match self.connected.remove(connection) {
                Some(_) => self.below.perform(effect),
                None => Ok(Reply::Done),
            },
            // Handles come from granted effects, time and words are free.
            _ => self.below.perform(effect),
        }
    }
}

#[cfg(test)]
mod tests;
