use std::path::Path;

use super::super::context::Context;
use super::super::report::Report;
use crate::backend::Scope;

/// One file for each user whose systemd runs without a session (`loginctl(1)`).
const LINGER: &str = "/var/lib/systemd/linger";

/// Says what a user's systemd needs to outlive the last session.
pub(super) fn report(context: &Context, scope: Scope, report: &mut Report) {
    let user = context.operator();
    if scope == Scope::User && !Path::new(LINGER).join(&user).exists() {
        report.note("warning: without linger these gateways end with your last session");
        report.hint(&format!("loginctl enable-linger {user}"));
    }
}
