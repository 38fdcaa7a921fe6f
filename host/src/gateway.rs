//! One gateway per profile: what it is to be, how it is configured, how it runs.

pub mod account;
pub mod duration;
pub mod embedded;
pub mod foreground;
pub mod intent;
pub mod keeper;
pub mod launch;
pub mod legacy_state;
pub mod operation;
pub mod operation_lock;
pub mod operation_note;
pub mod process_stat;
pub mod reach;
pub mod revive;
pub mod settings;
pub mod specification;
pub mod stop_without_profile;
mod syncing;
pub mod unit_processes;
pub mod verb;
pub mod vigil;
