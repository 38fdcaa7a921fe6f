//! `hermes-host.json`: what a gateway's account may choose for itself.

use std::path::Path;
use std::time::Duration;

use hermes_host::gateway::settings::Settings;

const PATIENCE: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_hours(1);

pub fn run(bytes: &[u8]) {
    match Settings::parse(bytes, Path::new("/home/hermes-host.json")) {
        Ok(settings) => {
            assert!(PATIENCE.contains(&settings.stop_timeout));
            assert!(
                settings
                    .ready_timeout
                    .is_none_or(|time| PATIENCE.contains(&time))
            );
            assert!((1..=1_000).contains(&settings.restart.max_deaths));
            assert!(!settings.restart.window.is_zero());
            assert!(settings.restart.max_delay <= Duration::from_hours(1));
            if let Some(command) = settings.command {
                let argv = command.for_profile("coder");
                assert!(argv.first().is_some_and(|program| !program.is_empty()));
                assert!(!argv.iter().any(|word| word.contains('\0')));
            }
        }
        Err(error) => {
            super::assert_is_one_line(&error.to_string());
            super::assert_is_one_line(&error.hint().unwrap_or_default());
        }
    }
}
