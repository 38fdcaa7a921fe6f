//! What has been seen of a service until the time was up, in words.

use hermes_backend_sdk::types::Duration;

use super::Verb;
use super::operation::{ANSWER, Operation, Step};
use crate::duration::words;
use crate::failure::text;
use crate::slot::records;

impl Operation<'_> {
    pub(super) fn not_ready(&self, waited: Duration) -> String {
        match self
            .seen
            .as_ref()
            .map(|status| (status.pid, status.wants_up()))
        {
            Some((Some(pid), _)) => match records::delay(self.scan, self.name) {
                Some(delay) => format!("it has died, and waits {delay} s before its restart"),
                None => format!("pid {pid} is not ready after {}", words(waited)),
            },
            Some((None, true)) if waited >= ANSWER => "s6 cannot execute its run script".into(),
            Some((None, false)) if self.heard.up => {
                "it has been started, but s6-supervise does not write its status".into()
            }
            _ if waited < ANSWER => {
                format!("told to start, and not seen ready in {}", words(waited))
            }
            _ => "its s6-supervise does not answer: whether it starts is not known".into(),
        }
    }

    pub(super) fn still_there(&self, waited: &str) -> String {
        let Some(status) = &self.seen else {
            return "nothing has been seen of it".into();
        };
        let stopping = matches!(self.step, Step::Stopping { .. });
        if let Some(hindrance) = self.hindered.as_ref().filter(|_| status.wants_up()) {
            return format!(
                "told to stop, but not seen to after {waited}, and its s6-supervise may not be \
                 able to say it: {}",
                text(hindrance)
            );
        }
        match status.pid {
            Some(pid) if status.is_finishing() => {
                format!("its finish script (pid {pid}) still runs")
            }
            Some(pid) if stopping && status.wants_up() && self.heard.heeded => {
                format!("something else has started it again (pid {pid})")
            }
            Some(pid) if status.wants_up() && !self.has_been_taken() => format!(
                "still running after {waited}, pid {pid}, and its s6-supervise has not taken \
                 the stop"
            ),
            Some(pid) if self.verb == Verb::Start => format!(
                "still on its way down after {waited}, pid {pid}: s6 starts it anew once that is gone"
            ),
            Some(pid) => format!("still running after {waited}, pid {pid}"),
            None if self.heard.heeded => "something else has told s6 to start it again".into(),
            None => "its s6-supervise has not taken the stop".into(),
        }
    }
}
