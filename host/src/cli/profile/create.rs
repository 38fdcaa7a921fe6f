use serde::Serialize;

use super::super::Result;
use super::super::context::Context;
use super::super::report::{Exit, Report};
use crate::backend::{Backend, RunState, ServiceError};
use crate::profile::{Deletion, Home, ProfileName};
use crate::rehearsal::Plan;
use crate::text::sanitise;

/// The fields of `--json`. They are only ever added to.
#[derive(Serialize)]
struct Created<'a> {
    profile: &'a str,
    path: String,
    port: u16,
    /// The backend that knows its gateway now.
    registered_with: Option<&'a str>,
    /// What a clone left behind: links and special files.
    skipped: Vec<String>,
    dry_run: bool,
    /// Of a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Plan>,
}

pub(super) fn run(
    context: &Context,
    name: &str,
    clone: Option<&str>,
    json: bool,
    report: &mut Report,
) -> Result {
    let name: ProfileName = name.parse()?;
    let source: Option<ProfileName> = clone.map(str::parse).transpose()?;
    name.check_not_reserved()?;
    let home = Home::open_or_create(context.home_path())?;
    let services = context.services(&home)?;
    let backend = context.backend()?;
    services.check_executable(backend)?;
    let draft = home.create_profile(&name, source.as_ref(), "profile create")?;
    let port = draft.port();
    let skipped: Vec<String> = draft
        .skipped()
        .iter()
        .map(|skipped| sanitise(&skipped.path.to_string_lossy()).into_owned())
        .collect();
    let profile = draft.publish()?;
    let place = super::check_place(backend, &home);
    let registered = match &place {
        Ok(()) => super::register(backend, &services, &name, RunState::Down),
        Err(_) => Ok(None),
    };
    let registered = match registered {
        Ok(registered) => registered,
        Err(error) => {
            // Nothing half made is left behind; the first failure is the one
            // to report. What more than one home may use, though, may well be
            // another home's.
            if backend.scope().is_none()
                && super::unregister(backend, &services, &name).is_err()
                && may_be_registered(backend, &name)
            {
                // A slot must not lose its profile.
                return Err(error.hint(format!(
                    "{name} is there, and not registered: hermes-host reconcile"
                )));
            }
            let deleted = home.delete_profile(&name, "profile create");
            return Err(match deleted.and_then(Deletion::commit) {
                Ok(()) => error,
                Err(left) => error.hint(left.to_string()).hint(left.hint()),
            });
        }
    };
    if let Err(refused) = &place {
        super::tell_unregistered(&name, refused, report);
    }
    for path in &skipped {
        report.note(&format!("{name}: not cloned, no regular file: {path}"));
    }
    if json {
        report.json(&Created {
            profile: name.as_str(),
            path: sanitise(&profile.path().to_string_lossy()).into_owned(),
            port,
            registered_with: registered.as_deref(),
            skipped,
            dry_run: context.is_dry_run(),
            plan: context.plan(),
        });
    } else {
        let with = registered.map_or_else(String::new, |backend| {
            format!(", registered with {backend} (down)")
        });
        report.line(&format!(
            "{name}: {}created at {}, port {port}{with}",
            context.would(),
            sanitise(&profile.path().to_string_lossy())
        ));
    }
    Ok(Exit::Done)
}

/// Of a name that can be neither registered nor unregistered: something else may be there.
fn may_be_registered(backend: &mut Backend, name: &ProfileName) -> bool {
    let status = backend.status(&[name.service()]).map(|mut it| it.pop());
    !matches!(
        status,
        Ok(Some(Err(
            ServiceError::NotRegistered | ServiceError::Other(_)
        )))
    )
}
