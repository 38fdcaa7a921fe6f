use serde::{Deserialize, Serialize};

use crate::pairs::Pairs;
use crate::row::Row;

/// All that is measured inside.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Measured {
    pub(super) status: Pairs,
    pub(super) stop: Pairs,
    pub(super) start: Pairs,
    /// As ours do, theirs say what is to be at the next boot as well.
    pub(super) disable: Pairs,
    pub(super) enable: Pairs,
    pub(super) stop_many: Pairs,
    pub(super) start_many: Pairs,
}

impl Measured {
    /// Of each row, in their order.
    pub(super) const WHAT: [&str; 10] = [
        "status | systemctl is-active",
        "stop | systemctl stop",
        "start | systemctl start",
        "stop | systemctl disable --now",
        "start | systemctl enable --now",
        "stop --all, 100 gateways | systemctl stop",
        "start --all, 100 gateways | systemctl start",
        "peak memory: status | systemctl is-active",
        "peak memory: stop | systemctl stop",
        "peak memory: start | systemctl start",
    ];

    pub(super) fn rows(&self) -> Vec<Row> {
        let times = [
            (&self.status, Some(0.5)),
            (&self.stop, Some(1.0)),
            (&self.start, Some(1.0)),
            (&self.disable, None),
            (&self.enable, None),
            (&self.stop_many, Some(1.0)),
            (&self.start_many, Some(1.0)),
        ];
        let memory = [&self.status, &self.stop, &self.start];
        let times = Self::WHAT
            .iter()
            .zip(times)
            .map(|(what, (pairs, limit))| pairs.times(what, limit));
        let memory = Self::WHAT[7..]
            .iter()
            .zip(memory)
            .map(|(what, pairs)| pairs.memory(what));
        times.chain(memory).collect()
    }
}
