use serde::Serialize;

use crate::rehearsal::Plan;

/// The fields of `--dry-run --json`. They are only ever added to.
#[derive(Serialize)]
pub(super) struct Planned<'a> {
    pub(super) manager: &'a str,
    pub(super) dry_run: bool,
    pub(super) gateways: Vec<PlannedGateway>,
    pub(super) plan: Plan,
}

#[derive(Serialize)]
pub(super) struct PlannedGateway {
    pub(super) profile: String,
    /// `started`, `stopped`, `restarted`; `none`: it is so already, or is left
    /// alone; null: it would fail.
    pub(super) action: Option<&'static str>,
    pub(super) problem: Option<String>,
}
