use hermes_backend_sdk::types::User;

use super::shell_quote::quote;

const LOGGER: &str = include_str!("log_run.sh");

/// The script that becomes the logger of a service: the same one for all services of
/// one user.
pub(super) fn render(user: Option<&User>) -> String {
    format!(
        "#!/bin/sh\n# Written by hermes-host, and written anew whenever it registers.\n\
         user={}\n{LOGGER}",
        quote(user.map_or("", |user| &user.name)),
    )
}
