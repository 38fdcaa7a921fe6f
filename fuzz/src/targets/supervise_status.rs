//! `supervise/status`: written by s6-supervise, in one of two layouts.

use hermes_backend_s6::SuperviseStatus;

pub fn run(bytes: &[u8]) {
    let Some(status) = SuperviseStatus::parse(bytes) else {
        return;
    };
    assert!(matches!(bytes.len(), 35 | 43));
    assert!(!(status.is_up() && status.is_finishing()));
    assert!(status.is_up() || !status.is_ready());
    assert_ne!(status.pid, Some(0));
    let _ = (status.since(), status.last_exit(), status.wanted());
}
