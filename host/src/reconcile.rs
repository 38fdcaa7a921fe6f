//! Brings the supervisor in line with what every profile's gateway is to be.

pub mod boot_log;
pub mod container_command;
pub mod decision;
pub mod legacy_command;
pub mod pass;
pub mod stale_files;
pub mod survey;
