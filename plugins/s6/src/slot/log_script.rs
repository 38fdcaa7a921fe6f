use hermes_backend_sdk::types::User;

use super::shell_quote::quote;

const LOGGER: &str = include_str!("log_run.sh");

/// The script that becomes the logger of one service.
pub(super) fn render(directory: &str, user: Option<&User>) -> String {
    format!(
        "#!/bin/sh\n# Written by hermes-host, and written anew whenever it registers.\n\
         user={}\ndirectory={}\n{LOGGER}",
        quote(user.map_or("", |user| &user.name)),
        quote(directory),
    )
}
