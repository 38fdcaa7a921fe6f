use std::collections::BTreeMap;

use super::super::super::report::Exit;
use super::super::super::{CommandError, Result};
use super::super::orphans;
use super::Control;
use crate::backend::Backend;
use crate::gateway::stop_without_profile::stop_without_profile;
use crate::gateway::verb::Verb;
use crate::profile::{Home, Profile};

impl Control<'_> {
    /// Reports profiles that cannot be used. A stop does not stop at that: it
    /// ends what is registered under their names all the same.
    pub(super) fn take_unsound(
        &mut self,
        backend: &mut Backend,
        home: &Home,
        unsound: Vec<(String, CommandError)>,
        sound: &[Profile],
    ) -> Result<()> {
        let services = match self.verb {
            Verb::Stop if self.supervised && (self.all || !unsound.is_empty()) => {
                self.services_of(backend, &unsound, sound)
            }
            _ => None,
        };
        let is_known = services.is_some();
        let services = services.unwrap_or_default();
        let stopped = match services.is_empty() {
            true => Vec::new(),
            false => stop_without_profile(backend, &services, self.wait)?,
        };
        let mut stopped: BTreeMap<_, _> = services.into_iter().zip(stopped).collect();
        for (name, error) in unsound {
            match stopped.remove(&format!("gateway-{name}")) {
                // As of any profile that is not registered.
                None if is_known && !self.all => {
                    let exit = Exit::NotFound;
                    self.fail(&name, &CommandError { exit, ..error });
                }
                None => self.fail(&name, &error),
                // What is wrong with the profile comes up again.
                Some(Err(stop)) => self.fail(&name, &CommandError::from(stop).of(&name)),
                Some(Ok(happened)) => {
                    self.tell_happened(&name, &happened, None);
                    self.not_all_done(&unrecorded(&name, error));
                }
            }
        }
        // Of these not even a directory was found.
        for (service, stop) in stopped {
            self.asked += 1;
            let name = service.trim_start_matches("gateway-");
            match stop {
                Ok(happened) => {
                    self.tell_happened(name, &happened, None);
                    if let Some(error) = orphans::problem(home, name) {
                        self.not_all_done(&unrecorded(name, error));
                    }
                }
                Err(stop) => self.fail(name, &CommandError::from(stop).of(name)),
            }
        }
        Ok(())
    }

    /// What is registered and meant, and has no sound profile; `None`: the supervisor does
    /// not answer, and what is wrong with the profile is what there is to say.
    fn services_of(
        &self,
        backend: &mut Backend,
        unsound: &[(String, CommandError)],
        sound: &[Profile],
    ) -> Option<Vec<String>> {
        let mut services = backend.registered().ok()?;
        services.retain(|service| match self.all {
            true => !sound
                .iter()
                .any(|profile| profile.name().service() == *service),
            false => unsound
                .iter()
                .any(|(name, _)| *service == format!("gateway-{name}")),
        });
        Some(services)
    }
}

/// Whatever is wrong with the profile, its gateway has been stopped.
fn unrecorded(name: &str, error: CommandError) -> CommandError {
    let prefix = format!("{name}: ");
    let reason = error.message.strip_prefix(&prefix);
    let reason = reason.unwrap_or(&error.message);
    CommandError {
        exit: Exit::Failed,
        message: format!("{name}: not recorded that it is to stay stopped: {reason}"),
        ..error
    }
}
