//! Harness for the suites: containers whose PID 1 is a real `s6-svscan` or
//! systemd, made of namespaces and without Docker, and commands whose whole output is
//! compared.

mod assurance;
mod changes;
mod container;
mod eventually;
mod fifo;
mod home_model;
mod host_binary;
mod hostile_component;
mod image;
mod normalize;
mod output;
mod profiles;
mod recordings;
mod requirements;
mod small_scan_directory;
mod svscan;
mod svstat;
mod systemd;
mod test;

pub use assurance::assurance;
pub use changes::Changes;
pub use container::{Container, GATEWAY_UID, Options, Process, Shell, Tree};
pub use eventually::eventually;
pub use fifo::has_reader;
pub use home_model::HomeModel;
pub use host_binary::{host_binary, install_program, plugin_binary};
pub use hostile_component::hostile_component;
pub use image::{ImageContainer, ImageHost, ImageOptions, Volume};
pub use normalize::normalize;
pub use output::Output;
pub use recordings::{FLOWS, recordings};
pub use requirements::{Requirement, leave_to_another, missing, skip};
pub use small_scan_directory::{SMALL, SmallScanDirectory};
pub use svscan::Svscan;
pub use svstat::Svstat;
pub use systemd::UnitWitness;
pub use test::Test;
