use std::io::{self, Write};
use std::time::Duration;

use super::super::Result;
use super::super::arguments::{ControlArguments, StartArguments};
use super::super::context::Context;
use super::super::report::{Exit, Report};
use super::super::signals::Signals;
use super::control;
use crate::backend::{ServiceError, ServiceStatus};
use crate::gateway::intent::{Desired, Intent};
use crate::gateway::verb::Verb;
use crate::gateway::vigil::{Ending, Vigil};
use crate::profile::{Home, ProfileName};
use crate::text::sanitise;

/// A look costs about 2 ms.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// Starts a gateway, and stays with it where that is asked for.
pub(super) fn start(context: &Context, arguments: &StartArguments, report: &mut Report) -> Result {
    let StartArguments { control, attach } = arguments;
    match attach {
        true => attached(context, control, report),
        false => Ok(control::run(context, Verb::Start, control, report)?.exit),
    }
}

fn attached(context: &Context, arguments: &ControlArguments, report: &mut Report) -> Result {
    let started = control::run(context, Verb::Start, arguments, report)?;
    // One that has ended at once is a crash like any other: it may be started again.
    if started.exit != Exit::Done && !started.has_ended {
        return Ok(started.exit);
    }
    report.flush();
    let attached = Attached {
        context,
        backend: context.backend()?.manifest().id.clone(),
        home: context.home()?,
        profile: context.profile()?,
    };
    attached.stay(&Signals::install()?)
}

/// A gateway that was started, and somebody who waits for its end.
struct Attached<'a> {
    context: &'a Context,
    backend: String,
    home: Home,
    profile: ProfileName,
}

impl Attached<'_> {
    /// Until the gateway is down for good.
    fn stay(&self, signals: &Signals) -> Result {
        let mut vigil = Vigil::default();
        let mut told = false;
        loop {
            let (status, wanted) = (self.look(), self.wanted());
            match &status {
                Err(error) if wanted.is_some() && !told => {
                    self.say(&format!("cannot be seen at the moment: {error}"));
                    told = true;
                }
                Err(_) => {}
                Ok(_) => told = false,
            }
            if let Some(ending) = vigil.look(status, wanted) {
                return Ok(self.end(&ending));
            }
            if let Some(signal) = signals.asked() {
                return Ok(Exit::Gateway(128_u8.saturating_add(signal)));
            }
            signals.sleep(BETWEEN_LOOKS);
        }
    }

    fn end(&self, ending: &Ending) -> Exit {
        self.say(ending.words());
        Exit::Gateway(ending.exit_code())
    }

    /// With an instance of its own, which has no more than the start had.
    fn look(&self) -> std::result::Result<ServiceStatus, ServiceError> {
        let unseen = |error: String| Err(ServiceError::Unavailable(error));
        let answers = self
            .context
            .observer(&self.backend)
            .and_then(|mut backend| backend.status(&[self.profile.service()]));
        match answers.map(|mut answers| answers.pop()) {
            Ok(Some(answer)) => answer,
            Ok(None) => unseen("no answer".to_owned()),
            Err(error) => unseen(error.to_string()),
        }
    }

    /// `None`: its profile is gone. Where that cannot be read the operator has not
    /// stopped it.
    fn wanted(&self) -> Option<Desired> {
        match self.home.profile(&self.profile) {
            Err(error) if error.is_not_found() => None,
            Err(_) => Some(Desired::Running),
            Ok(profile) => Some(match Intent::load(profile.dir()) {
                Ok(Some(intent)) => intent.desired,
                Ok(None) | Err(_) => Desired::Running,
            }),
        }
    }

    /// At once, as it stays.
    fn say(&self, words: &str) {
        let line = format!("{}: {words}", self.profile);
        let _ = writeln!(io::stderr(), "{}", sanitise(&line));
    }
}
