//! What s6-supervise does where it cannot write its status, as in a full scan directory.

use hermes_backend_sdk::clock;
use hermes_backend_sdk::types::Duration;

use super::operation::{ANSWER, Operation, Step};
use crate::duration::MILLISECOND;
use crate::slot::records;

/// The times of files lag the clock by as much.
const TICK: Duration = 10 * MILLISECOND;

impl Operation<'_> {
    /// Whether s6-supervise has gone on without a word of it in its status, as far as it
    /// can be told. `silent`: nothing has been heard of it for [`ANSWER`].
    pub(super) fn is_unwritten(&self, silent: bool) -> bool {
        let is_as =
            |before: &[u8; 12]| matches!(&self.seen, Some(status) if status.stamp == *before);
        let may_be = match &self.step {
            Step::Starting { before } => silent || (self.heard.up && is_as(before)),
            Step::Restarting { before } => {
                (self.heard.down && is_as(before)) || (silent && !self.has_been_taken())
            }
            Step::Stopping { .. } | Step::Done(_) => false,
        };
        may_be && records::is_full(self.scan, self.name)
    }

    /// Whether a stop has come to its end though the status does not say it.
    pub(super) fn has_ended_unwritten(&self) -> bool {
        self.is_stopping()
            && self.heard.down
            && (self.hindered.is_some() || records::is_full(self.scan, self.name))
    }

    /// Has a status written anew that may be of before there was room for it. To what is on
    /// its way down, or is down, this changes nothing.
    pub(super) fn renew(&mut self) {
        let told_before = matches!(self.step, Step::Stopping { told_before: true });
        let may_be_old = self.seen.as_ref().is_some_and(|status| {
            if status.wants_up() {
                self.heard.down && status.pid == self.ran
            } else {
                self.heard.down || told_before || self.hindered.is_some()
            }
        });
        let due = self.renewed.saturating_add(ANSWER);
        if may_be_old && clock::now() >= due {
            self.renewed = clock::now();
            let _ = self.scan.supervisor(self.name).command(b"O");
        }
    }

    /// Whether s6-supervise has written its status since it was told: of a restart it
    /// is wanted up before and after.
    pub(super) fn has_been_taken(&self) -> bool {
        let path = self.scan.supervisor(self.name).path("status");
        let written = self.scan.directory.metadata(&path);
        matches!(self.step, Step::Restarting { .. })
            && written.is_ok_and(|file| file.modified.saturating_add(TICK) >= self.told)
    }
}
