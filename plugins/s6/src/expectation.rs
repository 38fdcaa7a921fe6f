//! What s6 makes of a command, said before it is waited for: see `expect` in the
//! contract.

use hermes_backend_sdk::clock;
use hermes_backend_sdk::files::Expectation;
use hermes_backend_sdk::types::{RunState, Timestamp};

use crate::supervise_status::SuperviseStatus;
use crate::supervisor::Supervisor;

impl Supervisor<'_> {
    /// After `u`.
    pub(crate) fn expect_ready(&self) {
        let status = SuperviseStatus::ready_from(clock::now());
        self.expect_status(&status, "it is up and ready");
    }

    /// After `d`.
    pub(crate) fn expect_down(&self) {
        let status = SuperviseStatus::ended_from(clock::now(), RunState::Down);
        self.expect_status(&status, "it is down");
    }

    /// After `u` to what is on its way down.
    pub(crate) fn expect_down_at_first(&self) {
        let status = SuperviseStatus::ended_from(clock::now(), RunState::Up);
        self.expect_status(&status, "it is down, and comes up again");
    }

    /// After a scan that finds the slot, which is `now` for all slots.
    pub(crate) fn expect_taken_over(&self, initially: RunState, now: Timestamp) {
        match initially {
            RunState::Up => {
                let control = self.path("control");
                self.expect(&control, &Expectation::Reader, "s6-supervise runs");
                self.expect_status(&SuperviseStatus::starting_from(now), "it starts");
            }
            // Nothing is told to it before the next command.
            RunState::Down => {
                let status = SuperviseStatus::down_from(now);
                self.expect_status(&status, "s6-supervise runs, and it is down");
            }
        }
    }

    /// After a scan that misses the slot, or `x`.
    pub(crate) fn expect_end(&self) {
        let control = self.path("control");
        self.expect(&control, &Expectation::NoReader, "s6-supervise has ended");
        self.expect_down();
    }

    fn expect_status(&self, status: &[u8], meaning: &str) {
        let path = self.path("status");
        self.expect(&path, &Expectation::Contents(status.to_vec()), meaning);
    }
}
