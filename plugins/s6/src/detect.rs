use hermes_backend_sdk::Detection;
use hermes_backend_sdk::files::{self, Kind};

use crate::manifest::{INIT_NAME, S6_RUN, SCAN_DIRECTORY};
use crate::scan_directory::{self, SVSCAN_CONTROL};

/// Is s6 in charge here?
///
/// The best sign is an s6-svscan that reads the control FIFO of the scan
/// directory. An unprivileged user may not open that of a root s6-svscan; then,
/// an s6-svscan as init that s6-overlay has set up counts as well. One that has
/// died and left gateways behind is in charge of them still: their supervisors obey.
pub(crate) fn detect() -> Option<Detection> {
    if svscan_listens() {
        return Some(Detection {
            confidence: 90,
            evidence: "s6-svscan reads the control FIFO of the scan directory".into(),
        });
    }
    if init_is_svscan() && has_overlay() {
        return Some(Detection {
            confidence: 80,
            evidence: "process 1 is s6-svscan and /run/s6/basedir exists".into(),
        });
    }
    scan_directory::has_orphans().then(|| Detection {
        confidence: 40,
        evidence: "no s6-svscan answers, and s6-supervise processes of gateways do".into(),
    })
}

fn svscan_listens() -> bool {
    files::open(SCAN_DIRECTORY)
        .is_ok_and(|directory| directory.signal(SVSCAN_CONTROL, &[], "").is_ok())
}

fn init_is_svscan() -> bool {
    // A process name has 15 bytes at most, and a newline.
    files::read_granted(INIT_NAME, 64).is_ok_and(|name| name == b"s6-svscan\n")
}

fn has_overlay() -> bool {
    files::open(S6_RUN).is_ok_and(|directory| {
        directory
            .metadata("basedir")
            .is_ok_and(|found| found.kind == Kind::Directory)
    })
}
