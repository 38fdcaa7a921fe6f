//! What a verb says of one gateway.

use std::time::Duration;

use super::super::time::fine;
use crate::backend::Exit;
use crate::gateway::operation::Happened;
use crate::gateway::verb::Verb;

/// A wait that is worth saying.
const NOTABLE: Duration = Duration::from_secs(1);

/// What would be seen, in a dry run.
pub(super) fn before(verb: Verb, happened: &Happened) -> String {
    match (verb, happened.already) {
        (Verb::Start, true) => "already running".to_owned(),
        (Verb::Stop, true) if !happened.was_wanted => "already stopped".to_owned(),
        _ => format!("would be {}", verb.past()),
    }
}

/// What was seen, in the fewest words. `waited`: until it had happened; `stop_timeout`: after
/// which its supervisor kills it.
pub(super) fn after(
    verb: Verb,
    happened: &Happened,
    port: Option<u16>,
    waited: bool,
    stop_timeout: Duration,
) -> String {
    let took = match happened.took > NOTABLE {
        true => format!(" after {}", fine(happened.took)),
        false => String::new(),
    };
    let Some(status) = &happened.status else {
        return match verb {
            Verb::Start => "told to start".to_owned(),
            Verb::Stop if happened.already => {
                "not registered yet, and will not be started".to_owned()
            }
            // Its supervisor has let go of it: a removal has been finished.
            Verb::Stop if waited => format!("stopped{took}"),
            Verb::Stop => "told to stop".to_owned(),
            Verb::Restart => "told to restart".to_owned(),
        };
    };
    if verb == Verb::Stop {
        match (happened.already, happened.was_wanted) {
            (true, false) => return "already stopped".to_owned(),
            // Between two runs, or given up.
            (true, true) => return "was down, and stays down".to_owned(),
            (false, _) => {}
        }
        return match status.last_exit {
            Some(Exit::Signal(9)) if happened.took >= stop_timeout => {
                format!("killed{took}, it did not stop on SIGTERM")
            }
            Some(Exit::Signal(9)) => format!("stopped{took}, by SIGKILL"),
            _ => format!("stopped{took}"),
        };
    }
    let mut words = match (verb, happened.already) {
        (Verb::Start, true) => "already running".to_owned(),
        _ => format!("running, ready after {}", fine(happened.took)),
    };
    let pid = status.pid.map(|pid| format!(", pid {pid}"));
    let port = port.map(|port| format!(", port {port}"));
    words.extend(pid.into_iter().chain(port));
    words
}
