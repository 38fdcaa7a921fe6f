use hermes_backend_sdk::types::RestartPolicy;

use super::{LOOK_AT, seconds};

const DECISION: &str = include_str!("finish.sh");

/// `EX_TEMPFAIL` of sysexits.h: a gateway that asks to be started again.
const RESTART_EXIT_CODE: u8 = 75;

/// The script that decides, after each death, whether s6-supervise may start
/// the service again.
pub fn render(policy: &RestartPolicy) -> String {
    let codes: Vec<String> = policy.final_exit_codes.iter().map(u8::to_string).collect();
    format!(
        "#!/bin/sh\n# Written by hermes-host, and written anew whenever it registers.\n\
         exec 2>&1\nfinal_exit_codes='{}'\nrestart_exit_code={RESTART_EXIT_CODE}\nmax_deaths={}\nwindow={}\n{LOOK_AT}{DECISION}",
        codes.join(" "),
        policy.max_deaths,
        seconds(policy.window).max(1),
    )
}
