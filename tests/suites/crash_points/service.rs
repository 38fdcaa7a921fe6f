use std::fs;
use std::path::Path;

use hermes_tests::has_reader;

/// A slot's gateway, as the files and FIFOs of its supervisor show it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "s6 knows them as flags")]
pub(crate) struct Service {
    pub(crate) supervised: bool,
    pub(crate) logger_supervised: bool,
    pub(crate) up: bool,
    pub(crate) wanted_up: bool,
}

impl Service {
    /// Together with the process that its supervisor watches.
    pub(crate) fn look(slot: &Path) -> (Self, Option<u32>) {
        let supervised = has_reader(slot.join("supervise/control"));
        let logger_supervised = has_reader(slot.join("log/supervise/control"));
        let status = fs::read(slot.join("supervise/status")).unwrap_or_default();
        // 43 bytes from s6 2.13.0 to 2.13.2: pid at 24, the flags at the end.
        let (Some(pid), Some(flags)) = (status.get(24..32), status.last()) else {
            let nothing = Self {
                supervised,
                logger_supervised,
                ..Self::default()
            };
            return (nothing, None);
        };
        let pid = pid.iter().fold(0, |pid, byte| pid << 8 | u32::from(*byte));
        let (finishing, wanted_up) = (flags & 2 != 0, flags & 4 != 0);
        let service = Self {
            supervised,
            logger_supervised,
            up: pid != 0 && !finishing,
            wanted_up,
        };
        (service, Some(pid).filter(|pid| *pid != 0))
    }

    pub(crate) fn shown(&self) -> String {
        let words = [
            (self.supervised, "supervised", "without a supervisor"),
            (self.logger_supervised, "logged", "without a logger"),
            (self.up, "up", "down"),
            (self.wanted_up, "wanted up", "wanted down"),
        ];
        let words = words.map(|(so, yes, no)| if so { yes } else { no });
        words.join(", ")
    }
}
