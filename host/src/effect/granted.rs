use std::collections::BTreeMap;

use super::grant::{Access, Grant, Grants};
use super::{Denial, DirectoryId, Effect, Failure, Outcome, PathAction, Perform, Reply, place};

/// Refuses every effect that no grant allows.
pub struct Granted<P> {
    grants: Grants,
    opened: BTreeMap<DirectoryId, Opened>,
    below: P,
}

#[derive(Clone)]
struct Opened {
    access: Access,
    label: String,
    /// For messages only.
    path: String,
}

impl<P: Perform> Granted<P> {
    pub fn new(grants: Grants, below: P) -> Self {
        Self {
            grants,
            opened: BTreeMap::new(),
            below,
        }
    }

    fn grant(&self, label: &str, allowed: &[Access], capability: &str) -> Result<&Grant, Failure> {
        match self.grants.by_label.get(label) {
            Some(grant) if allowed.contains(&grant.access) => Ok(grant),
            _ => {
                let label = place::shown(label);
                let missing = format!("--label {label} --{}", wanted(allowed));
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
    fn labelled(
        &mut self,
        effect: &Effect,
        label: &str,
        allowed: &[Access],
        capability: &str,
    ) -> Outcome {
        let grant = self.grant(label, allowed, capability)?;
        let (access, path) = (grant.access, grant.path.display().to_string());
        let outcome = self.below.perform(effect);
        if let Ok(Reply::Directory(id)) = outcome {
            let label = label.to_owned();
            self.opened.insert(
                id,
                Opened {
                    access,
                    label,
                    path,
                },
            );
        }
        outcome
    }

    fn path(
        &mut self,
        effect: &Effect,
        directory: DirectoryId,
        path: &str,
        action: &PathAction,
    ) -> Outcome {
        let opened = self.opened.get(&directory).ok_or(Failure::Closed)?;
        if opened.access != Access::WriteDirectory && !action.only_reads() {
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

fn wanted(allowed: &[Access]) -> &'static str {
    allowed.first().map_or("other", |access| access.name())
}

impl<P: Perform> Perform for Granted<P> {
    fn perform(&mut self, effect: &Effect) -> Outcome {
        match effect {
            Effect::Open { label } => self.labelled(
                effect,
                label,
                &[Access::ReadDirectory, Access::WriteDirectory],
                "files.open",
            ),
            Effect::ReadGranted { label, .. } => {
                self.labelled(effect, label, &[Access::ReadFile], "files.read-granted")
            }
            Effect::Connect { label } => {
                self.labelled(effect, label, &[Access::UnixSocket], "sockets.connect")
            }
            Effect::Run { label, .. } => {
                self.labelled(effect, label, &[Access::Command], "commands.run")
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
            // Handles come from granted effects, time and words are free.
            _ => self.below.perform(effect),
        }
    }
}

#[cfg(test)]
mod tests;
