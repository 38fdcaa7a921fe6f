pub mod bus_message;
pub mod compiler_output;
pub mod component;
pub mod death_tally;
pub mod duration;
pub mod env_file;
pub mod intent;
pub mod lease;
pub mod manifest;
pub mod path;
pub mod profile_name;
pub mod recording;
pub mod settings;
pub mod state;
pub mod supervise_status;
pub mod systemd_message;
pub mod verdict;

/// One thing that reads foreign bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Of its file in `targets/` and `fuzz_targets/`, and of its folder of seeds.
    pub name: &'static str,
    pub run: fn(&[u8]),
    /// Executions in a short run: fewer where each of them costs system calls.
    pub short: u32,
}

pub const ALL: [Target; 17] = [
    Target::new("bus_message", bus_message::run, 5_000),
    Target::new("compiler_output", compiler_output::run, 3_000),
    Target::new("component", component::run, 300),
    Target::new("death_tally", death_tally::run, 100),
    Target::new("duration", duration::run, 5_000),
    Target::new("env_file", env_file::run, 3_000),
    Target::new("intent", intent::run, 3_000),
    Target::new("lease", lease::run, 3_000),
    Target::new("manifest", manifest::run, 3_000),
    Target::new("path", path::run, 1_500),
    Target::new("profile_name", profile_name::run, 5_000),
    Target::new("recording", recording::run, 300),
    Target::new("settings", settings::run, 3_000),
    Target::new("state", state::run, 3_000),
    Target::new("supervise_status", supervise_status::run, 5_000),
    Target::new("systemd_message", systemd_message::run, 5_000),
    Target::new("verdict", verdict::run, 5_000),
];

impl Target {
    const fn new(name: &'static str, run: fn(&[u8]), short: u32) -> Self {
        Self { name, run, short }
    }
}

/// What is told an operator is one line of a length to read, whatever it quotes.
fn assert_is_one_line(message: &str) {
    assert!(!message.chars().any(char::is_control), "{message:?}");
    assert!(message.chars().count() < 1_000, "{message:?}");
}
